import type { KeyObject } from 'node:crypto';
import { t } from '@vscode/l10n';
import { describeError, SyncError } from '../errors.ts';
import type { SourceKey, StoredBody } from '../model.ts';
import {
  applyDelta,
  bodyFile,
  deltaFile,
  knowsDictionaries,
  mostCompressed,
  packBody,
  sha256Of,
  unpackBody,
} from '../publish/compression.ts';
import type { Pointer } from '../publish/pointer.ts';
import {
  isSignedBy,
  MOST_BODY_BYTES,
  MOST_POINTER_BYTES,
  parsePointer,
  POINTER_FILE,
  publicKeyFrom,
} from '../publish/pointer.ts';
import { withoutUndefined } from '../withoutUndefined.ts';
import { listBody } from './publishedBody.ts';
import type { Listing, Question, Source } from './source.ts';

/**
 * A published catalogue: a folder on any static host, written by `npm run publish-catalogue`. It is
 * asked for its pointer, then for the one delta from what is here to the newest body, else for that
 * body. Where the host sends a request on to another one does not matter: nothing is accepted
 * but what the pointer names by its sha256. Probe and sweep are the same.
 */
export class PublishedCatalogue implements Source {
  readonly key: SourceKey;
  readonly #folder: URL;
  readonly #publicKey: KeyObject | undefined;
  readonly #dictionaries: boolean;

  /**
   * @param address of the folder
   * @param publicKey 32 bytes as base64url: what is not signed with it is refused
   * @param dictionaries whether deltas can be undone here
   */
  constructor(
    key: SourceKey,
    address: string,
    publicKey?: string,
    dictionaries = knowsDictionaries(),
  ) {
    this.key = key;
    this.#folder = new URL(address.endsWith('/') ? address : `${address}/`);
    this.#publicKey = publicKey === undefined ? undefined : publicKeyFrom(publicKey);
    this.#dictionaries = dictionaries;
  }

  probe(question: Question): Promise<Listing | undefined> {
    return this.sweep(question);
  }

  async sweep(question: Question): Promise<Listing | undefined> {
    const answer = await question.http.get(new URL(POINTER_FILE, this.#folder), {
      etag: question.validators['pointer'],
      maxBytes: MOST_POINTER_BYTES,
    });
    if (answer.unchanged) return undefined;
    const pointer = this.#checked(parsePointer(answer.body, this.#folder.host));
    const last = question.body?.();
    this.#refuseOlder(pointer, last, question.validators['accepted']);

    const { etag } = answer.headers;
    const validators = withoutUndefined({ pointer: etag, accepted: markOf(pointer) });
    if (question.validators['accepted'] === markOf(pointer)) {
      return nothingNew(question, validators);
    }
    const { body, ...cost } = await this.#fetchBody(question, pointer, last);
    const { sequence, sha256 } = pointer;
    return {
      ...listBody(body, this.key, question, validators),
      ...cost,
      body: { sequence, sha256, bytes: await packBody(body) },
    };
  }

  #checked(pointer: Pointer): Pointer {
    if (this.#publicKey === undefined || isSignedBy(pointer, this.#publicKey)) return pointer;
    const what =
      pointer.signature === undefined ? t('is not signed') : t('is signed with another key');
    throw new SyncError(
      'badAnswer',
      t(
        'The catalogue at {0} {1}: what was known is kept. Ask its publisher, and check the key behind "#key=" in the settings.',
        this.#folder.host,
        what,
      ),
    );
  }

  /** A host, or somebody on the way, may show an old catalogue that was signed once. */
  #refuseOlder(pointer: Pointer, last: StoredBody | undefined, mark: string | undefined): void {
    const accepted = [last, parseMark(mark)].filter((version) => version !== undefined);
    const isOlder = accepted.some(
      ({ sequence, sha256 }) =>
        pointer.sequence < sequence || (pointer.sequence === sequence && pointer.sha256 !== sha256),
    );
    if (!isOlder) return;
    throw new SyncError(
      'badAnswer',
      t(
        'The catalogue at {0} is older than the one that is known here, or made anew: what was known is kept. It is tried again later; if it stays so, tell its publisher: a catalogue that is made anew needs a new address.',
        this.#folder.host,
      ),
    );
  }

  async #fetchBody(
    question: Question,
    pointer: Pointer,
    last: StoredBody | undefined,
  ): Promise<Pick<Listing, 'wholeBytes'> & { readonly body: Buffer }> {
    const known = last && (await this.#unpack(last));
    if (known !== undefined && last?.sha256 === pointer.sha256) return { body: known };
    if (known !== undefined && !this.#dictionaries) {
      question.logger.info(`${this.key}: no zstd dictionaries here, so the whole body is fetched.`);
    }
    const isDelta = known !== undefined && this.#dictionaries;
    const led = isDelta ? await this.#fetchDelta(question, pointer, known) : undefined;
    if (led !== undefined) return { body: led };
    const before = question.http.bytesReceived;
    const body = await this.#fetchWhole(question, pointer);
    return { body, wholeBytes: question.http.bytesReceived - before };
  }

  /** What was stored, if it can be read: without it there is no delta, and that is all. */
  async #unpack({ bytes, sha256 }: StoredBody): Promise<Buffer | undefined> {
    const body = await unpackBody(bytes, MOST_BODY_BYTES).catch(() => undefined);
    return body !== undefined && sha256Of(body) === sha256 ? body : undefined;
  }

  /** Undefined if there is no delta from there. */
  async #fetchDelta(
    question: Question,
    pointer: Pointer,
    known: Buffer,
  ): Promise<Buffer | undefined> {
    const name = deltaFile(sha256Of(known), pointer.sha256);
    try {
      const delta = await this.#fetchFile(question, name, pointer);
      return await this.#verified(applyDelta(known, delta, pointer.size), name, pointer);
    } catch (error) {
      // Some hosts call a file that is not there forbidden, so that nobody learns what there is.
      const isMissing = SyncError.is(error, 'notFound') || SyncError.is(error, 'forbidden');
      if (isMissing) return undefined;
      throw error;
    }
  }

  async #fetchWhole(question: Question, pointer: Pointer): Promise<Buffer> {
    const name = bodyFile(pointer.sha256);
    const packed = await this.#fetchFile(question, name, pointer);
    return await this.#verified(unpackBody(packed, pointer.size), name, pointer);
  }

  async #fetchFile({ http }: Question, name: string, pointer: Pointer): Promise<Buffer> {
    const maxBytes = mostCompressed(pointer.size);
    const answer = await http.get(new URL(name, this.#folder), { maxBytes });
    return answer.unchanged ? Buffer.alloc(0) : answer.body;
  }

  async #verified(unpacking: Promise<Buffer>, name: string, pointer: Pointer): Promise<Buffer> {
    let cause = t('its sha256 is another one');
    try {
      const body = await unpacking;
      if (body.length === pointer.size && sha256Of(body) === pointer.sha256) return body;
    } catch (error) {
      cause = describeError(error);
    }
    throw new SyncError(
      'badAnswer',
      t(
        'The catalogue at {0} came damaged ({1}: {2}): what was known is kept. It is tried again later; if it stays so, tell its publisher.',
        this.#folder.host,
        name,
        cause,
      ),
    );
  }
}

/** The pointer says what it said; only its ETag may be another. */
function nothingNew({ manifest }: Question, validators: Listing['validators']): Listing {
  return {
    ...{ manifest, complete: true, dropped: 0, validators },
    ...{ counters: new Map(), counted: true },
    load: () => Promise.resolve({ rows: [], dropped: 0 }),
  };
}

/** What was accepted last, so that it is known even where the body itself was let go of. */
function markOf({ sequence, sha256 }: Pointer): string {
  return `${sequence} ${sha256}`;
}

function parseMark(mark: string | undefined): Pick<Pointer, 'sequence' | 'sha256'> | undefined {
  const [sequence, sha256] = mark?.split(' ') ?? [];
  return sha256 === undefined ? undefined : { sequence: Number(sequence), sha256 };
}
