import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { SharedCache } from '../../src/download/sharedCache/sharedCache.ts';
import { undiciTransport } from '../../src/sync/http/undiciTransport.ts';
import { CacheServer } from '../unit/download/sharedCache/cacheServer.ts';
import { collectingLogger } from '../unit/support/collectingLogger.ts';
import { hurriedClock } from '../unit/support/hurriedClock.ts';
import type { Fault } from './fault.ts';
import { DownloadWorld, eventually } from './support/downloadWorld.ts';
import { Draw } from './support/draw.ts';
import { Sightings } from './support/sightings.ts';

const MOST_BYTES = 12_000_000;

/** An answer to a range, and what is wrong with it. */
interface Lie {
  readonly name: string;
  /** Answers in place of the cache; false: the cache answers this time. */
  readonly answer: (draw: Draw, part: Part, response: ServerResponse) => boolean;
}

/** What was asked for, and the bytes that are there. */
interface Part {
  readonly bytes: Buffer;
  readonly start: number;
  readonly size: number;
}

const head = ({ bytes, start, size }: Part): Record<string, string | number> => ({
  'content-length': bytes.length,
  'content-range': `bytes ${start}-${start + bytes.length - 1}/${size}`,
});

/** All that can be wrong with a cache, and what is right. */
export const LIES: readonly Lie[] = [
  { name: 'the truth', answer: () => false },
  {
    name: 'other bytes',
    answer: (_, part, response) => {
      response.writeHead(206, head(part)).end(randomBytes(part.bytes.length));
      return true;
    },
  },
  {
    name: 'one wrong byte, now and then',
    answer: (draw, part, response) => {
      if (draw.chance(0.5)) return false;
      const bytes = Buffer.from(part.bytes);
      bytes[draw.between(0, bytes.length - 1)]! ^= 1;
      response.writeHead(206, head(part)).end(bytes);
      return true;
    },
  },
  {
    name: 'dies within an answer',
    answer: (draw, part, response) => {
      const cut = draw.between(0, part.bytes.length);
      response.writeHead(206, head(part)).write(part.bytes.subarray(0, cut), () => {
        response.destroy();
      });
      return true;
    },
  },
  {
    name: 'dies at once',
    answer: (_, _part, response) => {
      response.destroy();
      return true;
    },
  },
  {
    name: 'an error',
    answer: (draw, _, response) => {
      response.writeHead(draw.pick([400, 401, 403, 416, 429, 500, 503])).end('no');
      return true;
    },
  },
  {
    name: 'a redirect',
    answer: (_, _part, response) => {
      response.writeHead(302, { location: 'http://127.0.0.1:9/elsewhere' }).end();
      return true;
    },
  },
  {
    name: 'another size',
    answer: (draw, part, response) => {
      response.writeHead(206, head({ ...part, size: draw.between(1, part.size * 2) }));
      response.end(part.bytes);
      return true;
    },
  },
  {
    name: 'other ranges than asked for',
    answer: (draw, part, response) => {
      response.writeHead(206, head({ ...part, start: draw.between(0, part.size) }));
      response.end(part.bytes);
      return true;
    },
  },
  {
    name: 'a body without end',
    answer: (_, part, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write(part.bytes.subarray(0, 65_536)));
      };
      response.on('drain', more);
      more();
      return true;
    },
  },
  {
    name: 'headers that are too big',
    answer: (_, part, response) => {
      response.writeHead(206, { ...head(part), 'x-much': 'y'.repeat(200_000) }).end(part.bytes);
      return true;
    },
  },
  {
    name: 'bytes that are encoded',
    answer: (_, part, response) => {
      response.writeHead(206, { ...head(part), 'content-encoding': 'gzip' }).end(part.bytes);
      return true;
    },
  },
  {
    name: 'nothing at all',
    answer: (_, _part, response) => {
      response.on('close', () => undefined);
      return true;
    },
  },
];

/**
 * Each run downloads a file that a shared cache has or says it has. Whatever the cache does, the
 * published bytes end up in their place without a failure, the first trouble is the last one in the
 * session, and nobody but the cache is told its password.
 */
export const sharedCache: Fault = {
  name: 'shared-cache',
  unit: 'downloads',
  runs: 4 * LIES.length,
  async run({ seed, runs, log }) {
    const draw = new Draw(seed);
    const sightings = new Sightings();
    await using world = await DownloadWorld.begin();
    for (let run = 0; run < runs; run++) {
      const lie = LIES[run % LIES.length];
      assert.ok(lie);
      const when = `download ${run + 1} (${lie.name}), seed ${seed}`;
      const outcome = await suffer(world, lie, draw, when);
      sightings.note(lie.name, outcome);
      log(`${lie.name}: ${outcome}`);
    }
    return `${runs} downloads, seed ${seed}\n${sightings.toString()}`;
  },
};

/** @returns what became of the cache */
async function suffer(world: DownloadWorld, lie: Lie, draw: Draw, when: string): Promise<string> {
  const published = await world.publish(draw.between(1, MOST_BYTES));
  const [file] = published.files;
  assert.ok(file);
  const bytes = await world.bytes(published, file);
  const server = new CacheServer();
  await server.start();
  const pool = undiciTransport({ allowH2: false });
  const logger = collectingLogger();
  try {
    server.put(bytes);
    server.instead = ({ headers }, response) => {
      const [, from = '0', to = '0'] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
      const part = bytes.subarray(Number(from), Number(to) + 1);
      return lie.answer(draw, { bytes: part, start: Number(from), size: bytes.length }, response);
    };
    const cache = new SharedCache({
      settings: { url: server.url, access: 'read', authorization: 'Basic secret' },
      ...{ send: pool.transport, store: pool.transport, userAgent: 'model-hub/faults', logger },
      ...{ clock: hurriedClock(4), onDidChange: () => undefined },
    });
    const place = world.place();
    const plan = { ...published, isPublic: true } as const;
    const window = place.open({}, undefined, cache);
    const { id } = await window.download(plan);
    await eventually(
      () => window.status(id)?.state === 'done',
      () => `${when}: ${JSON.stringify(window.status(id))}`,
    );
    place.assertInstalled(plan, when);
    const told = logger.lines.filter((line) => /not used any more/.test(line));
    assert.ok(told.length <= 1, `${when}: told ${told.length} times`);
    assert.equal(told.length === 1, !cache.isUsable, `${when}: it is not told`);
    await place.close();
    return cache.status?.dropped?.problem ?? 'used';
  } finally {
    await server.close();
    await pool.close();
  }
}
