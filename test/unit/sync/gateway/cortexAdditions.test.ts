import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { CortexServer } from '../../../../src/sync/gateway/cortexServer.ts';
import { CortexServers } from '../../../../src/sync/gateway/cortexServers.ts';
import type { Listing, Question } from '../../../../src/sync/gateway/source.ts';
import type { Priority } from '../../../../src/sync/http/httpClient.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { useLocalServer } from '../../support/localServer.ts';
import { until } from '../../support/until.ts';
import { parseDump, useHub } from '../../support/useHub.ts';
import { useSession } from '../../support/useSession.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

describe('The sources that a Cortex server is to add', () => {
  const session = useSession();
  let clock: FakeClock;
  let logger: ReturnType<typeof collectingLogger>;
  beforeEach(() => {
    clock = new FakeClock();
    logger = collectingLogger();
  });

  interface Asked {
    readonly signal?: AbortSignal;
    readonly priority?: Priority;
  }
  const question = ({ signal, priority }: Asked = {}): Question => ({
    ...{ manifest: new Map(), times: new Map(), first: false, counters: false },
    ...{ validators: {}, http: session(signal, priority), logger },
  });
  /** One engine's view of a server: what it remembers lives as long. */
  function cortexAt(url: string, ...addSources: string[]) {
    const servers = new CortexServers({ settings: () => ({ url, addSources }), clock });
    return {
      sweep: (asked?: Asked) => new CortexServer(servers).sweep(question(asked)),
      probe: (asked?: Asked) => new CortexServer(servers).probe(question(asked)),
    };
  }
  const idsOf = ({ manifest }: Listing) => [...manifest.keys()].sort();

  describe('on the hub', () => {
    const hub = useHub({ models: 80, now: () => clock.now() });
    const requests = (route: string) => hub().stats().routes[route]?.requests ?? 0;
    const forget = async (id: string) => {
      const body = JSON.stringify({ source: `https://huggingface.co/${id}` });
      await fetch(`${hub().cortexUrl}/v1/models/sources`, { method: 'DELETE', body });
    };
    const truth = () => parseDump(hub().truth('cortex')).map(({ id }) => id);
    const LLAMA = 'bartowski/Llama-3.2-3B-Instruct-GGUF';
    const MLX = 'mlx-community/Llama-3.2-1B-Instruct-4bit';

    it('are none unless the user says so', async () => {
      await cortexAt(hub().cortexUrl).sweep();
      assert.deepEqual(
        Object.keys(hub().stats().routes).filter((route) => route.startsWith('cortex')),
        ['cortex-sources'],
      );
    });

    it('are those of an author that it lacks, added one at a time', async () => {
      const lacking = ['cortexso/llama3.2', 'cortexso/tinyllama'];
      for (const id of lacking) await forget(id);
      hub().resetStats();
      hub().setFaults({ match: 'cortex', latencyMs: 5 });
      const listing = await cortexAt(hub().cortexUrl, 'cortexso', 'bartowski').sweep();
      assert.deepEqual(idsOf(listing), truth());
      for (const id of [...lacking, LLAMA]) assert.ok(listing.manifest.has(id), id);
      assert.equal(hub().stats().mostAtOnce['cortex'], 1);
      assert.ok(requests('cortex-change') > 2);
      assert.ok(logger.at('info').some((line) => /adding cortexso\/tinyllama \(\d+ of/.test(line)));

      hub().resetStats();
      await cortexAt(hub().cortexUrl, 'cortexso', 'bartowski').sweep();
      assert.equal(requests('cortex-change'), 0, 'nothing is lacking any more');
    });

    it('are left to a sweep: nothing is posted by the cheap question', async () => {
      const listing = await cortexAt(hub().cortexUrl, LLAMA).probe();
      assert.equal(requests('cortex-change'), 0);
      assert.ok(!listing.manifest.has(LLAMA));
    });

    it('do not stand in the way of each other, or of what is there', async () => {
      const before = truth();
      const listing = await cortexAt(hub().cortexUrl, MLX, 'nobody/nothing', LLAMA).sweep();
      assert.deepEqual(idsOf(listing), [...before, LLAMA].sort());
      assert.match(logger.at('warn').join('\n'), /4bit was not added.*Not a GGUF model/);
      assert.match(logger.at('warn').join('\n'), /nobody\/nothing was not added.*Failed to get/);
    });

    it('are not posted again for a day if they were refused, unless the user asks', async () => {
      const cortex = cortexAt(hub().cortexUrl, MLX);
      const posted = async (priority: Priority) => {
        hub().resetStats();
        await cortex.sweep({ priority });
        return requests('cortex-change');
      };
      assert.equal(await posted('background'), 1);
      clock.advance(DAY - 1);
      assert.equal(await posted('background'), 0);
      assert.equal(await posted('foreground'), 1);
      clock.advance(DAY);
      assert.equal(await posted('background'), 1);
    });

    it('are not posted again while Cortex would only say that it has done so', async () => {
      const cortex = cortexAt(hub().cortexUrl, LLAMA);
      assert.ok((await cortex.sweep()).manifest.has(LLAMA));
      await forget(LLAMA);
      hub().resetStats();
      assert.ok(!(await cortex.sweep()).manifest.has(LLAMA));
      assert.equal(requests('cortex-change'), 0);
      clock.advance(10 * MINUTE);
      assert.ok((await cortex.sweep()).manifest.has(LLAMA));
    });

    for (const [name, faults] of [
      ['the Hub is out of reach for it', { match: 'models', offline: true }],
      ['it does not say what it offers', { match: 'cortex-hub', offline: true }],
    ] as const) {
      it(`are only fewer where ${name}`, async () => {
        hub().setFaults(faults);
        const listing = await cortexAt(hub().cortexUrl, 'janhq', LLAMA).sweep();
        assert.deepEqual(idsOf(listing), truth());
        assert.ok(listing.manifest.has(LLAMA));
        assert.match(logger.at('warn').join(), /did not tell what janhq has/);
      });
    }

    it('wait where the Hub has had enough of it', async () => {
      hub().setFaults({ match: 'model', rateLimit: true });
      const before = truth();
      const listing = await cortexAt(hub().cortexUrl, 'janhq', 'bartowski').sweep();
      assert.deepEqual(idsOf(listing), before);
      assert.equal(requests('cortex-change'), 3);
      assert.match(logger.at('warn').join(), /more repositories have to wait/);
    });

    it('wait where the server is gone, or wants a key', async () => {
      for (const faults of [{ offline: true }, { status: 401 }, { status: 404 }]) {
        hub().setFaults({ match: 'cortex-change', ...faults });
        hub().resetStats();
        await cortexAt(hub().cortexUrl, 'janhq', 'bartowski').sweep();
        assert.equal(requests('cortex-change'), 1, JSON.stringify(faults));
      }
    });

    it('can be given up between two of them; what was added stays', async () => {
      const leaving = new AbortController();
      const info = (message: string) => {
        if (message.includes('(2 of')) leaving.abort();
      };
      logger = Object.assign(collectingLogger(), { info });
      const before = truth().length;
      await rejectsWith(
        cortexAt(hub().cortexUrl, 'bartowski').sweep({ signal: leaving.signal }),
        'cancelled',
      );
      assert.equal(truth().length, before + 1);
    });
  });

  describe('on a server that has downloaded some', () => {
    const server = useLocalServer();
    const answers: Record<string, unknown> = {
      'GET /v1/models/sources': { data: [] },
      'GET /v1/models/hub': { data: ['cortexso/phi-4', 'cortexso/tinyllama', 'cortexso/qwen3'] },
      'GET /v1/models': {
        data: [
          { id: 'tinyllama:1b-gguf', status: 'downloaded', size: 1 },
          { id: 'qwen3:8b-gguf', status: 'downloadable', modelSource: 'x', metadata: '' },
        ],
      },
      'POST /v1/models/sources': { message: 'Model source is added successfully!' },
    };
    const listener: RequestListener = (request, response) => {
      const path = request.url?.split('?')[0];
      response.end(JSON.stringify(answers[`${request.method} ${path}`]));
    };

    it('are those of which nothing is installed: an installed one is no source any more', async () => {
      server().answer(listener);
      await cortexAt(server().url, 'cortexso').sweep();
      assert.deepEqual(
        logger.at('info').map((line) => /adding (\S+)/.exec(line)?.[1]),
        ['cortexso/phi-4', 'cortexso/qwen3'],
      );
    });

    it('can be given up before any', async () => {
      const leaving = new AbortController();
      server().answer((request, response) => {
        if (request.url?.includes('/hub') === true) leaving.abort();
        else listener(request, response);
      });
      const sweep = cortexAt(server().url, 'cortexso').sweep({ signal: leaving.signal });
      await rejectsWith(sweep, 'cancelled');
      assert.deepEqual(logger.lines, [], 'what the user wants is no trouble');
      assert.equal(server().requests.length, 2);
    });

    it('can be given up in the middle of one', async () => {
      const leaving = new AbortController();
      server().answer((request, response) => {
        if (request.method === 'GET') listener(request, response);
      });
      const sweep = cortexAt(server().url, 'cortexso').sweep({ signal: leaving.signal });
      await until(() => server().requests.some(({ method }) => method === 'POST'));
      leaving.abort();
      await rejectsWith(sweep, 'cancelled');
      assert.equal(server().requests.filter(({ method }) => method === 'POST').length, 1);
    });
  });
});
