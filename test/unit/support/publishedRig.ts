import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../../../src/sync/fingerprint.ts';
import { PublishedCatalogue } from '../../../src/sync/gateway/publishedCatalogue.ts';
import type { Listing, Question } from '../../../src/sync/gateway/source.ts';
import type { HttpSession } from '../../../src/sync/http/httpClient.ts';
import type { StoredBody, Validators } from '../../../src/sync/model.ts';
import { sha256Of } from '../../../src/sync/publish/compression.ts';
import type { Hub } from '../../hub/hub.ts';
import { collectingLogger } from './collectingLogger.ts';
import { bodyOf, publishTo, readPointer } from './publishing.ts';
import type { RawPointer } from './publishing.ts';
import { useTemporaryFolder } from './temporaryFolder.ts';
import { useHub } from './useHub.ts';
import { useSession } from './useSession.ts';

/** What the engine keeps of the source between two questions. */
interface Kept {
  manifest: Manifest;
  validators: Validators;
  body: StoredBody | undefined;
}

/** A client of a published catalogue that the hub serves from a folder. */
export class PublishedRig {
  readonly folder: string;
  readonly hub: Hub;
  readonly logger = collectingLogger();
  kept: Kept = { manifest: new Map(), validators: {}, body: undefined };
  /** Of the last question. */
  last: HttpSession | undefined;
  readonly #session: () => HttpSession;

  constructor(folder: string, hub: Hub, session: () => HttpSession) {
    this.folder = folder;
    this.hub = hub;
    this.#session = session;
  }

  /** Where it is published. */
  get out(): string {
    return join(this.folder, 'out');
  }

  path(name: string): string {
    return join(this.out, name);
  }

  pointer(): RawPointer {
    return readPointer({ read: (name) => readFileSync(this.path(name)) });
  }

  deltaName(from: Buffer, to: Buffer): string {
    return `${sha256Of(from)}-${sha256Of(to)}.dcz`;
  }

  /** The next question, with what is kept. */
  question(): Question {
    const { kept, logger } = this;
    const http = (this.last = this.#session());
    return {
      ...{ manifest: kept.manifest, times: new Map(), validators: kept.validators },
      ...{ first: kept.manifest.size === 0, counters: false, pageRows: 1_000 },
      ...{ http, logger, body: () => kept.body },
    };
  }

  /** Asks, and takes over what is answered as the engine does. */
  async ask({ key, dictionaries }: { key?: string; dictionaries?: boolean } = {}): Promise<
    Listing | undefined
  > {
    const url = `${this.hub.url}/published`;
    const source = new PublishedCatalogue(`published:${url}`, url, key, dictionaries);
    const listing = await source.sweep(this.question());
    if (listing !== undefined) {
      const { manifest, validators, body = this.kept.body } = listing;
      this.kept = { manifest, validators, body };
    }
    return listing;
  }

  /** Publishes versions, the client being at the first of them. */
  async begin(...versions: readonly number[]): Promise<void> {
    const [first = 1, ...others] = versions;
    await publishTo(this.out, bodyOf(first));
    await this.ask();
    for (const version of others) await publishTo(this.out, bodyOf(version));
  }

  assertAt(version: number): void {
    assert.equal(this.kept.body?.sha256, sha256Of(bodyOf(version)));
  }
}

/** A rig for each test. */
export function usePublished(): () => PublishedRig {
  const folder = useTemporaryFolder();
  const hub = useHub(() => ({ models: 1, versions: 1, published: join(folder(), 'out') }));
  const session = useSession();
  let rig: PublishedRig;
  beforeEach(() => {
    rig = new PublishedRig(folder(), hub(), session);
  });
  return () => rig;
}
