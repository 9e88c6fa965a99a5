import assert from 'node:assert/strict';
import { downloadFile } from '@huggingface/hub';
import type { GgufRecipe } from '../../hub/gguf.ts';
import { ggufBody } from '../../hub/gguf.ts';
import { ggufRecipe, withChangedTensors, withMetadata } from '../../hub/ggufRecipe.ts';
import type { Hub } from '../../hub/hub.ts';
import type { Packing } from '../../hub/xet/cas.ts';
import type { Uploaded } from '../../hub/xet/upload.ts';
import { useSharedHub } from '../support/useHub.ts';

export const REPO = 'cortexso/tinyllama';
/** The file that the rig commits twice. */
export const PATH = 'xet.gguf';

export interface Span {
  readonly start: number;
  readonly end: number;
}

interface Reconstruction {
  readonly offset_into_first_range: number;
  readonly terms: readonly {
    readonly hash: string;
    readonly unpacked_length: number;
    readonly range: Span;
  }[];
}

export interface V1 extends Reconstruction {
  readonly fetch_info: Record<string, readonly { range: Span; url: string; url_range: Span }[]>;
}

export interface V2 extends Reconstruction {
  readonly xorbs: Record<
    string,
    readonly { url: string; ranges: readonly { chunks: Span; bytes: Span }[] }[]
  >;
}

export interface Token {
  readonly accessToken: string;
  readonly exp: number;
  readonly casUrl: string;
}

export async function buffer(answer: { arrayBuffer(): Promise<ArrayBuffer> }): Promise<Buffer> {
  return Buffer.from(await answer.arrayBuffer());
}

export function rangeOf(spans: readonly Span[]): string {
  return `bytes=${spans.map(({ start, end }) => `${start}-${end}`).join(',')}`;
}

const made = ggufRecipe({
  tensors: 12,
  tensorBytes: 400_000,
  metadata: { 'tokenizer.chat_template': '{{ message.content }}\n'.repeat(9_000) },
});
const weights = { name: 'output_norm.weight', type: 'F32', shape: [256, 400], seed: 5 } as const;
export const BASE: GgufRecipe = { ...made, tensors: [...made.tensors, weights] };
/** Two of the tensors of 400,000 bytes are others. */
export const NEXT = withChangedTensors(withMetadata(BASE, { 'general.version': 'two' }), 4, 9);

function bytesOf(recipe: GgufRecipe): Buffer {
  const body = ggufBody(recipe);
  return Buffer.concat([...body.read(0, body.size)]);
}

export const BASE_BYTES = bytesOf(BASE);
export const NEXT_BYTES = bytesOf(NEXT);

interface Committed {
  readonly status: number;
  readonly sha: string;
  /** By path. */
  readonly xet?: Readonly<Record<string, Uploaded>>;
}

interface CommittedTwice {
  /** Commits. */
  readonly shas: { readonly base: string; readonly next: string };
  readonly base: Uploaded;
  readonly next: Uploaded;
}

/** A hub with a file at the CAS in two commits, and the questions that clients ask. */
export class XetRig {
  readonly #hub: () => Hub;
  #tokens = 0;
  #committed: CommittedTwice | undefined;

  constructor(hub: () => Hub) {
    this.#hub = hub;
  }

  get hub(): Hub {
    return this.#hub();
  }

  get committed(): CommittedTwice {
    assert.ok(this.#committed);
    return this.#committed;
  }

  async commit(files: readonly object[], packing?: Packing): Promise<Committed> {
    const answer = await fetch(`${this.hub.url}/__hub/commit`, {
      method: 'POST',
      body: JSON.stringify({ repository: REPO, files, packing }),
    });
    const { sha, xet } = (await answer.json()) as Omit<Committed, 'status'>;
    return { status: answer.status, sha, ...(xet && { xet }) };
  }

  async commitTwice(): Promise<void> {
    const plain = { path: 'plain.gguf', size: 1_000 };
    const first = await this.commit([{ path: PATH, gguf: BASE, xet: true }, plain]);
    const second = await this.commit([{ path: PATH, gguf: NEXT, xet: true }]);
    const [base, next] = [first.xet?.[PATH], second.xet?.[PATH]];
    assert.ok(base && next);
    this.#committed = { shas: { base: first.sha, next: second.sha }, base, next };
  }

  api(rest: string, token?: string, id = REPO): Promise<Response> {
    return fetch(`${this.hub.url}/api/models/${id}/${rest}`, {
      headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    });
  }

  async token(revision = 'main', id = REPO): Promise<Token> {
    const answer = await this.api(`xet-read-token/${revision}`, undefined, id);
    assert.equal(answer.status, 200);
    return (await answer.json()) as Token;
  }

  /** Asks for a reconstruction of the file at its second commit. */
  async ask(
    version: 'v1' | 'v2',
    options: { readonly token?: Token; readonly range?: string } = {},
  ): Promise<Response> {
    const { accessToken, casUrl } = options.token ?? (await this.token());
    return fetch(`${casUrl}/${version}/reconstructions/${this.committed.next.hash}`, {
      headers: {
        Authorization: `Bearer ${accessToken}`,
        ...(options.range !== undefined && { Range: options.range }),
      },
    });
  }

  async v1(): Promise<V1> {
    const answer = await this.ask('v1');
    assert.equal(answer.status, 200);
    return (await answer.json()) as V1;
  }

  async v2(range?: string): Promise<V2> {
    const answer = await this.ask('v2', range === undefined ? {} : { range });
    assert.equal(answer.status, 200);
    return (await answer.json()) as V2;
  }

  /** A signed address that is good for several ranges, and these. */
  async severalRanges(): Promise<{ readonly url: string; readonly range: string }> {
    const entries = Object.values((await this.v2()).xorbs).flat();
    const entry = entries.find(({ ranges }) => ranges.length > 1);
    assert.ok(entry);
    return { url: entry.url, range: rangeOf(entry.ranges.map(({ bytes }) => bytes)) };
  }

  xorb(url: string, range?: string): Promise<Response> {
    return fetch(url, range === undefined ? {} : { headers: { Range: range } });
  }

  /** The file as the official client has it; with a new token, for it keeps what it got for the last. */
  async download(revision = 'main'): Promise<Blob> {
    this.#tokens += 1;
    const accessToken = `hf_${this.#tokens}` as const;
    const hubUrl = this.hub.url;
    const blob = await downloadFile({ repo: REPO, path: PATH, revision, hubUrl, accessToken });
    assert.ok(blob);
    return blob;
  }
}

/** One rig for all tests of a `describe`; each begins without faults. */
export function useXet(): XetRig {
  const rig = new XetRig(useSharedHub({ models: 120 }));
  before(() => rig.commitTwice());
  return rig;
}
