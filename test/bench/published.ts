import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';

import { temporaryFolder } from '../../scripts/lib/files.ts';
import { CatalogueReader } from '../../src/sync/cache/catalogueReader.ts';
import { openForReading } from '../../src/sync/cache/database.ts';
import { Engine } from '../../src/sync/engine.ts';
import { PublishedCatalogue } from '../../src/sync/gateway/publishedCatalogue.ts';
import type { Question } from '../../src/sync/gateway/source.ts';
import { HttpClient } from '../../src/sync/http/httpClient.ts';
import { undiciTransport } from '../../src/sync/http/undiciTransport.ts';
import type { StoredBody } from '../../src/sync/model.ts';
import { catalogueBody } from '../../src/sync/publish/body.ts';
import { withFolder } from '../../src/sync/publish/folder.ts';
import { publishBody } from '../../src/sync/publish/publisher.ts';
import { sha256Of } from '../../src/sync/publish/compression.ts';
import { systemClock } from '../../src/sync/worker/systemClock.ts';
import type { Hub } from '../hub/hub.ts';
import { startHub } from '../hub/hub.ts';
import { newKey } from '../unit/support/publishing.ts';
import type { BenchResult } from './result.ts';

const GENERATED_MODELS = 1_500;
const GENERATED_VERSIONS = 30;
/** How often a follower asks for each version: hourly, for a day. */
const ASKS = 24;
const REACH = 1.25;

const silent = (): void => undefined;
const logger = { debug: silent, info: silent, warn: console.error, error: console.error };
const { privateKey, text: publicKey } = newKey();

/**
 * Publishes a whole history, signed, and follows it: after each version one question that finds it
 * and 23 that find nothing new. Response bodies only, of pointers, deltas and the first whole body.
 * @param historyFolder versions of Jan's catalogue; without it, a generated history
 */
export async function measurePublished(historyFolder: string | undefined): Promise<BenchResult[]> {
  const { folder, remove } = await temporaryFolder('bench-published');
  const published = path.join(folder, 'published');
  const hub = await startHub({
    published,
    ...(historyFolder === undefined
      ? { models: GENERATED_MODELS, versions: GENERATED_VERSIONS }
      : { catalogueHistory: historyFolder }),
  });
  const follower = new Follower(`${hub.url}/published`);
  const peers = new Peers(folder);
  let versions = 0;
  try {
    for await (const body of bodiesOf(hub, path.join(folder, 'team'))) {
      const { changed } = await withFolder(published, (out) =>
        // The follower is one version behind at most; further deltas would be made for nobody.
        publishBody(out, body, { key: privateKey, deltas: 1, logger }),
      );
      if (changed) await peers.add(body);
      versions += Number(changed);
      for (let ask = 0; ask < ASKS; ask++) await follower.ask();
      if (follower.sha256 !== sha256Of(body)) throw new Error('The follower has another body.');
    }
  } finally {
    await follower.close();
    await hub.close();
    await remove();
  }
  const { pointers, files } = follower;
  const floor = peers.floor;
  return [
    {
      id: 'published-history-bodies',
      unit: 'B',
      self: pointers + files,
      peers: { 'whole body gzip': peers.gzip, [`floor: ${peers.tool}`]: floor },
      reach: `${REACH} x the floor`,
      reached: pointers + files <= REACH * floor,
      why:
        `${versions} versions, each asked for ${ASKS} times: deltas and the first body ${files} B, ` +
        `signed pointers ${pointers} B; ${((pointers + files) / floor).toFixed(3)} x the floor`,
    },
  ];
}

/** The bodies of a catalogue that the engine syncs from one version of the hub to the next. */
async function* bodiesOf(hub: Hub, storage: string): AsyncGenerator<Buffer> {
  const endpoints = {
    huggingFace: hub.url,
    janCatalogue: `${hub.url}/janhq/model-catalog/main`,
    cortex: hub.cortexUrl,
  };
  const settings = { sources: [], endpoints, tokens: {} };
  const engine = new Engine(
    { storage, userAgent: 'model-hub/bench', settings },
    { clock: systemClock, random: Math.random, logger },
  );
  const reader = new CatalogueReader(openForReading(engine.storage.path));
  const sources = hub.sources().sources.jan.map((name) => `jan:${name}`);
  try {
    do {
      const { sources: reports } = await engine.sync({ reason: 'manual', sources });
      const failed = reports.find(({ error }) => error !== undefined);
      if (failed !== undefined) throw new Error(`${failed.source}: ${failed.error?.message ?? ''}`);
      yield catalogueBody(reader.rows()).bytes;
    } while (hub.advance() !== undefined);
  } finally {
    reader.close();
    await engine.close();
  }
}

/** The gateway behind a client that counts the bytes of bodies as they come, still encoded. */
class Follower {
  pointers = 0;
  files = 0;
  readonly #source: PublishedCatalogue;
  readonly #pool = undiciTransport();
  readonly #http: HttpClient;
  #known: Pick<Question, 'manifest' | 'validators'> = { manifest: new Map(), validators: {} };
  #body: StoredBody | undefined;

  constructor(address: string) {
    this.#source = new PublishedCatalogue(`published:${address}`, address, publicKey);
    this.#http = new HttpClient({
      transport: async (request) => {
        const response = await this.#pool.transport(request);
        const count = (bytes: number): void => {
          if (request.url.pathname.endsWith('/catalogue.json')) this.pointers += bytes;
          else this.files += bytes;
        };
        return { ...response, body: counted(response.body, count) };
      },
      tokenFor: () => undefined,
      userAgent: 'model-hub/bench',
      clock: systemClock,
      logger,
    });
  }

  get sha256(): string | undefined {
    return this.#body?.sha256;
  }

  async ask(): Promise<void> {
    const listing = await this.#source.probe({
      ...this.#known,
      ...{ times: new Map(), first: this.#body === undefined, counters: false, pageRows: 1_000 },
      body: () => this.#body,
      http: this.#http.session(new AbortController().signal),
      logger,
    });
    if (listing === undefined) return;
    const { manifest, validators, body = this.#body } = listing;
    this.#known = { manifest, validators };
    this.#body = body;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

async function* counted(
  body: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of body) {
    count(piece.length);
    yield piece;
  }
}

/** What others would send for the same bodies: all of it again, or the smallest known patch. */
class Peers {
  gzip = 0;
  floor = 0;
  readonly tool: string;
  readonly #folder: string;
  readonly #hasZstd = hasZstd();
  #before: { readonly file: string; readonly body: Buffer } | undefined;
  #count = 0;

  constructor(folder: string) {
    this.#folder = path.join(folder, 'bodies');
    this.tool = this.#hasZstd ? 'zstd -19 --patch-from' : "Node's zstd 19 with dictionary";
  }

  async add(body: Buffer): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const file = path.join(this.#folder, String(++this.#count));
    await writeFile(file, body);
    this.gzip += gzipSync(body).length;
    this.floor += this.#hasZstd ? this.#patch(file) : this.#compress(body);
    this.#before = { file, body };
  }

  #patch(file: string): number {
    const from = this.#before === undefined ? [] : [`--patch-from=${this.#before.file}`];
    const args = ['-19', '-q', '-c', ...from, file];
    return execFileSync('zstd', args, { maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'ignore'] })
      .length;
  }

  #compress(body: Buffer): number {
    return zstdCompressSync(body, {
      ...(this.#before && { dictionary: this.#before.body }),
      pledgedSrcSize: body.length,
      params: {
        [constants.ZSTD_c_compressionLevel]: 19,
        [constants.ZSTD_c_enableLongDistanceMatching]: 1,
        [constants.ZSTD_c_windowLog]: 27,
      },
    }).length;
  }
}

function hasZstd(): boolean {
  try {
    execFileSync('zstd', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
