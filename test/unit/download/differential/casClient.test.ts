import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { CasClient } from '../../../../src/download/differential/casClient.ts';
import type { SyncErrorKind } from '../../../../src/sync/errors.ts';
import { SyncError } from '../../../../src/sync/errors.ts';
import type { TransportRequest } from '../../../../src/sync/http/transport.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { MODEL, REVISION } from '../support.ts';

const HASH = 'a'.repeat(64);
const XORB = 'b'.repeat(64);
const MINUTE = 60_000;
const source = { endpoint: new URL('https://hub.example'), model: MODEL, revision: REVISION };
const never = new AbortController().signal;

const RECONSTRUCTION = {
  offset_into_first_range: 0,
  terms: [{ hash: XORB, unpacked_length: 1_000, range: { start: 0, end: 4 } }],
  xorbs: {
    [XORB]: [
      {
        url: 'https://cas.example/xorb',
        ranges: [{ chunks: { start: 0, end: 4 }, bytes: { start: 0, end: 900 } }],
      },
    ],
  },
};

/** A hub and its storage. */
class Storage {
  readonly clock = new FakeClock();
  readonly asked: TransportRequest[] = [];
  /** Of the tokens from now on, in ms. */
  tokenLife = 60 * MINUTE;
  /** Answers of the storage; a number is the status of a refusal. */
  answer: (path: string, token: string) => number | string | Iterable<Uint8Array> = () =>
    JSON.stringify(RECONSTRUCTION);
  #tokens = 0;

  readonly client = new CasClient({
    ...{ clock: this.clock, userAgent: 'test', tokenFor: () => 'hub-token' },
    send: (request) => {
      this.asked.push(request);
      const { pathname } = request.url;
      const token = request.headers['authorization'] ?? '';
      const said = pathname.includes('/xet-read-token/')
        ? this.#token()
        : this.answer(pathname, token);
      const body = typeof said === 'string' ? [Buffer.from(said)] : said;
      return Promise.resolve({
        status: typeof body === 'number' ? body : 200,
        headers: {},
        body: Readable.from(typeof body === 'number' ? [] : body),
        decoded: false,
      });
    },
  });

  /** Tokens that were given out. */
  get tokens(): number {
    return this.#tokens;
  }

  #token(): string {
    const exp = (this.clock.now() + this.tokenLife) / 1_000;
    const accessToken = `token-${++this.#tokens}`;
    return JSON.stringify({ accessToken, exp, casUrl: 'https://cas.example/' });
  }
}

const failsAs = (promise: Promise<unknown>, kind: SyncErrorKind) =>
  assert.rejects(promise, (error) => {
    assert.ok(SyncError.is(error, kind), String(error));
    return true;
  });

describe('Questions to Xet storage', () => {
  const ask = ({ client }: Storage) => client.terms(source, HASH, 1_000, never);

  it('tell what a file is made of', async () => {
    const storage = new Storage();
    const terms = [{ xorb: XORB, start: 0, end: 4, length: 1_000 }];
    assert.deepEqual(await ask(storage), terms);
    const [token, question] = storage.asked;
    assert.equal(token?.headers['authorization'], 'Bearer hub-token');
    assert.equal(question?.headers['authorization'], 'Bearer token-1');
    assert.equal(question.url.href, `https://cas.example/v2/reconstructions/${HASH}`);
  });

  it('go by one token until it is about to expire', async () => {
    const storage = new Storage();
    await ask(storage);
    storage.clock.advance(58 * MINUTE);
    await ask(storage);
    assert.equal(storage.tokens, 1);
    storage.clock.advance(MINUTE);
    await ask(storage);
    assert.equal(storage.tokens, 2, 'a minute is left of the first');
    storage.tokenLife = 30_000;
    storage.clock.advance(59 * MINUTE);
    await ask(storage);
    await ask(storage);
    assert.equal(storage.tokens, 4, 'a short life is asked for each time');
  });

  it('ask for another token once where one is refused', async () => {
    const storage = new Storage();
    await ask(storage);
    storage.answer = (_, token) =>
      token === 'Bearer token-1' ? 401 : JSON.stringify(RECONSTRUCTION);
    await ask(storage);
    assert.equal(storage.tokens, 2);
    storage.answer = () => 401;
    await failsAs(ask(storage), 'unauthorised');
    assert.equal(storage.tokens, 3);
  });

  it('are put in the older way where the newer one is unknown, and not where it fails', async () => {
    const storage = new Storage();
    const older = {
      terms: RECONSTRUCTION.terms,
      fetch_info: {
        [XORB]: [
          {
            url: 'https://cas.example/xorb',
            range: { start: 0, end: 4 },
            url_range: { start: 0, end: 899 },
          },
        ],
      },
    };
    storage.answer = (path) => (path.startsWith('/v2/') ? 404 : JSON.stringify(older));
    assert.equal((await ask(storage)).length, 1);
    storage.answer = (path) => (path.startsWith('/v2/') ? 503 : JSON.stringify(older));
    await failsAs(ask(storage), 'server');
  });

  it('refuse terms that make up another file', async () => {
    const { client } = new Storage();
    await failsAs(client.terms(source, HASH, 999, never), 'badAnswer');
  });

  it('refuse an answer that never ends, long before memory does', async () => {
    const storage = new Storage();
    let sent = 0;
    function* endless(): Generator<Uint8Array> {
      for (const piece = Buffer.alloc(1024 * 1024, ' '); ; sent += piece.length) yield piece;
    }
    storage.answer = endless;
    await failsAs(ask(storage), 'badAnswer');
    assert.ok(sent < 100 * 1024 * 1024, String(sent));
  });

  it('survive any answer: they are right, or the error of a bad one', async () => {
    const storage = new Storage();
    const paths = leavesOf(RECONSTRUCTION);
    const broken = fc.tuple(fc.constantFrom(...paths), fc.jsonValue()).map(([path, value]) => {
      return JSON.stringify(replaced(RECONSTRUCTION, path, value));
    });
    const torn = fc.nat(200).map((length) => JSON.stringify(RECONSTRUCTION).slice(0, length));
    await fc.assert(
      fc.asyncProperty(fc.oneof(broken, torn, fc.json(), fc.string()), async (text) => {
        storage.answer = () => text;
        try {
          const terms = await ask(storage);
          assert.equal(
            terms.reduce((sum, { length }) => sum + length, 0),
            1_000,
          );
          assert.ok(
            terms.every(({ xorb, start, end }) => /^[0-9a-f]{64}$/.test(xorb) && start < end),
          );
        } catch (error) {
          assert.ok(SyncError.is(error, 'badAnswer'), String(error));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('know no storage of a file whose name for it makes no sense', async () => {
    const storage = new Storage();
    for (const xetHash of [undefined, null, 7, 'x', 'A'.repeat(64)]) {
      storage.answer = () => JSON.stringify([{ path: 'other' }, { path: 'a.gguf', xetHash }]);
      assert.equal(await storage.client.xetHash(source, 'a.gguf', never), undefined);
    }
    storage.answer = () => JSON.stringify([{ path: 'a.gguf', xetHash: HASH }]);
    assert.equal(await storage.client.xetHash(source, 'a.gguf', never), HASH);
  });
});

type Path = readonly (string | number)[];

/** The ways to all values in a value. */
function leavesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key])),
  ];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  const inner = (value as Record<string, unknown>)[key];
  if (Array.isArray(value)) return value.with(Number(key), replaced(inner, rest, by));
  return { ...(value as object), [key]: replaced(inner, rest, by) };
}
