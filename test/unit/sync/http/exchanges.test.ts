import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { HttpClient } from '../../../../src/sync/http/httpClient.ts';
import type { Priority } from '../../../../src/sync/http/httpClient.ts';
import { LIMITS } from '../../../../src/sync/http/linkQuality.ts';
import type { Transport, TransportRequest } from '../../../../src/sync/http/transport.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock, NOON } from '../../support/fakeClock.ts';
import { until } from '../../support/until.ts';

const URL_A = 'https://hub.example/a';
const turn = () => new Promise((resolve) => setImmediate(resolve));

interface Pending {
  readonly request: TransportRequest;
  answer(body?: Uint8Array | string, status?: number, headers?: Record<string, string>): void;
  fail(): void;
}

/** A network whose answers a test gives one by one. */
class Network {
  readonly pending: Pending[] = [];

  readonly transport: Transport = (request) =>
    new Promise((resolve, reject) => {
      request.signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
      this.pending.push({
        request,
        fail: () => reject(Object.assign(new Error('no way'), { code: 'ECONNREFUSED' })),
        answer: (body = '[]', status = 200, headers = {}) =>
          resolve({
            status,
            headers,
            decoded: false,
            body: (async function* () {
              yield await Promise.resolve(Buffer.from(body));
            })(),
          }),
      });
    });

  get paths(): string[] {
    return this.pending.map(({ request }) => request.url.pathname);
  }
}

describe('Exchanges', () => {
  let network: Network;
  let clock: FakeClock;
  let token: string | undefined;
  let client: HttpClient;

  beforeEach(() => {
    network = new Network();
    clock = new FakeClock();
    token = undefined;
    client = new HttpClient({
      transport: network.transport,
      tokenFor: () => token,
      userAgent: 'test',
      clock,
      logger: collectingLogger(),
    });
  });

  const session = (priority?: Priority, signal = new AbortController().signal) =>
    client.session(signal, priority);

  describe('that are the same', () => {
    it('are one, which the first one pays for', async () => {
      const [first, second] = [session(), session()];
      const answers = [first.getJson(URL_A), second.getJson(URL_A)];
      await until(() => network.pending.length > 0);
      await turn();
      assert.equal(network.pending.length, 1);
      network.pending[0]!.answer('[1]');
      for (const answer of await Promise.all(answers)) {
        assert.deepEqual(!answer.unchanged && answer.json, [1]);
      }
      assert.equal(first.requests, 1);
      assert.ok(first.bytesReceived > 0 && first.bytesSent > 0);
      assert.deepEqual([second.requests, second.bytesReceived, second.bytesSent], [0, 0, 0]);
    });

    it('share an error', async () => {
      const answers = [session().get(URL_A), session().get(URL_A)];
      await until(() => network.pending.length > 0);
      network.pending[0]!.answer('', 500);
      for (const answer of answers) await rejectsWith(answer, 'server', /500/);
      assert.equal(network.pending.length, 1);
    });

    it('go on for those who stay', async () => {
      const leaving = new AbortController();
      const [left, stays] = [
        session('foreground', leaving.signal).get(URL_A),
        session().get(URL_A),
      ];
      await until(() => network.pending.length > 0);
      leaving.abort();
      await rejectsWith(left, 'cancelled');
      assert.equal(network.pending[0]!.request.signal.aborted, false);
      network.pending[0]!.answer();
      await stays;
    });

    it('end when the last one leaves', async () => {
      const leaving = [new AbortController(), new AbortController()];
      const answers = leaving.map(({ signal }) => session('foreground', signal).get(URL_A));
      await until(() => network.pending.length > 0);
      for (const controller of leaving) controller.abort();
      for (const answer of answers) await rejectsWith(answer, 'cancelled');
      await until(() => network.pending[0]!.request.signal.aborted);
    });

    it('are asked anew once there was an answer', async () => {
      const first = session().get(URL_A);
      await until(() => network.pending.length === 1);
      network.pending[0]!.answer();
      await first;
      void session().get(URL_A);
      await until(() => network.pending.length === 2);
    });
  });

  for (const [name, ask] of [
    ['by their address', () => session().get('https://hub.example/b')],
    ['by what is known already', () => session().get(URL_A, { etag: '"a"' })],
    ['by what is wanted', () => session().get(URL_A, { accept: 'text/plain' })],
    ['by how much is wanted', () => session().get(URL_A, { maxBytes: 10 })],
    [
      'by the token',
      () => {
        token = 'other';
        return session().get(URL_A);
      },
    ],
    ['as something is sent', () => session().sendJson('POST', URL_A, {})],
  ] as const) {
    it(`that differ ${name} are two`, async () => {
      void session().get(URL_A);
      void ask();
      await until(() => network.pending.length === 2);
    });
  }

  it('that send something are never one', async () => {
    void session().sendJson('POST', URL_A, {});
    void session().sendJson('POST', URL_A, {});
    await until(() => network.pending.length === 2);
  });

  describe('and what is saved', () => {
    const body = gzipSync(JSON.stringify(Array.from({ length: 999 }, (_, index) => index)));
    const fetched = async (etag?: string, status = 200) => {
      const run = session();
      const answer = run.get(URL_A, { etag });
      const { length } = network.pending;
      await until(() => network.pending.length > length);
      network.pending
        .at(-1)!
        .answer(
          status === 200 ? body : '',
          status,
          status === 200 ? { 'content-encoding': 'gzip' } : {},
        );
      await answer;
      return run.bytesSaved;
    };

    it('is the encoded body of the last full answer', async () => {
      assert.equal(await fetched(), 0);
      assert.equal(await fetched('"a"', 304), body.length);
      assert.equal(await fetched('"a"', 304), body.length);
    });

    it('is not known without one', async () => {
      assert.equal(await fetched('"a"', 304), 0);
    });
  });

  describe('on a link', () => {
    const ask = (path: string, priority: Priority, signal?: AbortSignal) =>
      session(priority, signal).get(`https://hub.example/${path}`);

    it('are so many at once as it carries, the foreground first', async () => {
      const { concurrency } = LIMITS.normal;
      for (let index = 0; index < concurrency + 2; index++) void ask(`b${index}`, 'background');
      await turn();
      assert.equal(network.pending.length, concurrency - 1);
      void ask('urgent', 'foreground');
      void ask('urgent too', 'foreground');
      await turn();
      assert.equal(network.paths.at(-1), '/urgent');
      assert.equal(network.pending.length, concurrency);
      network.pending[0]!.answer();
      await until(() => network.pending.length > concurrency);
      assert.equal(network.paths.at(-1), '/urgent%20too');
    });

    it('come before others when the user begins to wait for them', async () => {
      const { concurrency } = LIMITS.normal;
      for (let index = 0; index < concurrency; index++) void ask(`b${index}`, 'background');
      await turn();
      const last = `b${concurrency - 1}`;
      assert.ok(!network.paths.includes(`/${last}`));
      const shared = ask(last, 'foreground');
      await until(() => network.paths.includes(`/${last}`));
      network.pending.at(-1)!.answer();
      await shared;
    });

    it('give their place back when they fail or are left', async () => {
      const { concurrency } = LIMITS.normal;
      const leaving = new AbortController();
      for (let index = 0; index < concurrency; index++) {
        const answer = ask(`f${index}`, 'foreground', leaving.signal);
        answer.catch(() => undefined);
      }
      await turn();
      network.pending[0]!.fail();
      leaving.abort();
      for (let index = 0; index < concurrency; index++) void ask(`next${index}`, 'foreground');
      await until(() => network.pending.length === 2 * concurrency);
    });

    it('tell what it is like', async () => {
      const states: string[] = [];
      client.link.onDidChange(({ state }) => states.push(state));
      for (let index = 0; index < 2; index++) {
        const answer = ask('down', 'foreground');
        await until(() => network.pending.length === index + 1);
        network.pending[index]!.fail();
        await rejectsWith(answer, 'offline');
      }
      assert.equal(client.link.state, 'offline');
      const answer = ask('up', 'foreground');
      await until(() => network.pending.length === 3);
      network.pending[2]!.answer();
      await answer;
      assert.deepEqual(states, ['offline', 'normal']);
    });

    it('tell that it is slow', async () => {
      for (let index = 0; index < 3; index++) {
        const answer = ask('slow', 'foreground');
        await until(() => network.pending.length === index + 1);
        clock.advance(3_000);
        network.pending[index]!.answer();
        await answer;
      }
      assert.equal(client.link.state, 'constrained');
      for (let index = 0; index < 9; index++) void ask(`many${index}`, 'foreground');
      await turn();
      assert.equal(network.pending.length - 3, LIMITS.constrained.concurrency);
    });

    it('tell nothing of it where they are cancelled, or errors of a server', async () => {
      for (let index = 0; index < 4; index++) {
        const leaving = new AbortController();
        const answer = ask('left', 'foreground', leaving.signal);
        await until(() => network.pending.length === index + 1);
        if (index % 2 === 0) leaving.abort();
        else network.pending[index]!.answer('', 503);
        await assert.rejects(answer);
      }
      assert.equal(client.link.state, 'normal');
    });
  });

  describe('with this machine', () => {
    it('take no place on the link, and tell nothing of it', async () => {
      const many = LIMITS.fast.concurrency * 2;
      const answers = Array.from({ length: many }, (_, index) =>
        session('background').get(`http://127.0.0.1:1337/${index}`),
      );
      await until(() => network.pending.length === many);
      for (const pending of network.pending) pending.fail();
      for (const answer of answers) await rejectsWith(answer, 'offline');
      assert.equal(client.link.state, 'normal');
    });
  });

  describe('with a quota', () => {
    const used = async (remaining: number) => {
      const answer = session().get(URL_A);
      await until(() => network.pending.length === 1);
      network.pending[0]!.answer('[]', 200, {
        ratelimit: `"api";r=${remaining};t=59`,
        'ratelimit-policy': '"fixed window";"api";q=10;w=300',
      });
      await answer;
    };

    it('are not sent once it is used up, and cost nothing', async () => {
      await used(0);
      const run = session();
      await assert.rejects(run.get(URL_A), { kind: 'rateLimited', retryAt: NOON + 60_000 });
      assert.deepEqual([network.pending.length, run.requests, run.bytesSent], [1, 0, 0]);
      clock.advance(60_000);
      void session().get(URL_A);
      await until(() => network.pending.length === 2);
    });

    it('leave half of it to the user', async () => {
      await used(5);
      await rejectsWith(
        session('background').get(URL_A),
        'rateLimited',
        /rest is kept for what you/,
      );
      assert.equal(network.pending.length, 1);
      void session().get(URL_A);
      await until(() => network.pending.length === 2);
    });

    it('that were to be fetched ahead are not refused where the background may have them', async () => {
      await used(6);
      await rejectsWith(session('ahead').get(URL_A), 'rateLimited', /quarter/);
      const { concurrency } = client.link.limits;
      for (let index = 0; index < concurrency; index++)
        void session().get(`https://other.example/${index}`);
      await until(() => network.pending.length === 1 + concurrency);
      const shared = ['ahead', 'background'].map((priority) =>
        session(priority as Priority).get(URL_A),
      );
      for (const other of network.pending.slice(1)) other.answer();
      await until(() => network.paths.at(-1) === '/a');
      network.pending.at(-1)!.answer();
      for (const answer of await Promise.all(shared)) assert.equal(answer.unchanged, false);
    });

    it('are asked with another token, which has its own', async () => {
      await used(0);
      token = 'other';
      void session().get(URL_A);
      await until(() => network.pending.length === 2);
    });
  });

  it('that send something carry what the server says to an error', async () => {
    const answer = session().sendJson('POST', URL_A, {});
    await until(() => network.pending.length === 1);
    network.pending[0]!.answer('{"message":"Model is already there"}', 409);
    await assert.rejects(answer, {
      kind: 'server',
      status: 409,
      message: /Model is already there/,
    });
  });
});
