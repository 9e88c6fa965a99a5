import assert from 'node:assert/strict';
import type { MemoryBudget } from '../../../src/device/hardware.ts';
import { RuntimeError } from '../../../src/runtime/errors.ts';
import type { InstalledEntry } from '../../../src/runtime/installed.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import { EntryWork } from '../../../src/views/installed/entryWork.ts';
import { ModelStarter } from '../../../src/views/installed/modelStarter.ts';
import { jan, plainWording } from '../details/samples.ts';
import { entry } from './installedSamples.ts';

const API = 'http://127.0.0.1:39281/v1';
const CORTEX = { id: 'cortex', kind: 'cortex', name: 'Cortex', api: API, can: ['start'] } as const;
const ROOMY: MemoryBudget = { gpu: 0, main: 64e9, most: 80e9 };
const NARROW: MemoryBudget = { gpu: 0, main: 1e9, most: 2e9 };

describe('A model that is asked something', () => {
  let known: InstalledEntry | undefined;
  /** What the runtime tells of it when it is asked. */
  let fresh: InstalledEntry;
  let budget: MemoryBudget | undefined;
  let starting: PromiseWithResolvers<undefined>;
  let starts: AbortSignal[];
  let shown: number;
  let work: EntryWork;
  let starter: ModelStarter;

  const idle = entry({ running: false, size: 3e9 }, CORTEX);
  const running = { ...idle, running: true };

  beforeEach(() => {
    [known, fresh, budget] = [idle, idle, ROOMY];
    starting = Promise.withResolvers();
    [starts, shown] = [[], 0];
    work = new EntryWork(() => undefined, plainWording);
    starter = new ModelStarter({
      client: {
        recheck: () => Promise.resolve(fresh),
        start: async (_key, signal) => {
          if (signal !== undefined) starts.push(signal);
          const left = new Promise<never>((_resolve, reject) => {
            signal?.addEventListener('abort', () => reject(new RuntimeError('cancelled', 'Left.')));
          });
          await Promise.race([starting.promise, left]);
          fresh = running;
        },
      },
      work,
      entry: () => known,
      model: () => jan,
      budget: () => Promise.resolve(budget),
      wording: plainWording,
    });
  });

  const ready = (signal = new AbortController().signal): Promise<void> =>
    starter.ready(idle.key, () => shown++, signal);
  const fails = async (kind: RuntimeError['kind'], words: RegExp): Promise<void> => {
    await assert.rejects(ready(), (error) => {
      assert.ok(RuntimeError.is(error, kind), String(error));
      assert.match(error.message, words);
      return true;
    });
    assert.equal(starts.length, 0);
  };
  const begun = async (): Promise<void> => {
    while (starts.length === 0) await new Promise((resolve) => setImmediate(resolve));
  };

  it('is started by its runtime, which is shown', async () => {
    const asked = ready();
    await begun();
    assert.equal(work.doing.get(idle.key), 'starting');
    assert.equal(shown, 1);
    starting.resolve(undefined);
    await asked;
    assert.equal(work.doing.size, 0);
  });

  it('is started once, however many ask it', async () => {
    const asked = [ready(), ready(), starter.start(idle)];
    await begun();
    starting.resolve(undefined);
    await Promise.all(asked);
    assert.equal(starts.length, 1);
  });

  it('is not started if it runs by now, whatever was known of it', async () => {
    fresh = running;
    await ready();
    assert.deepEqual([starts.length, shown], [0, 0]);
  });

  it('is loaded by its server, which is asked nothing before', async () => {
    known = entry({ running: false, size: 3e9 }, { ...CORTEX, kind: 'server', can: [] });
    fresh = idle;
    await ready();
    assert.deepEqual([starts.length, shown], [0, 0]);
  });

  it('is not started if it does not fit, which is said in words', async () => {
    budget = NARROW;
    const words =
      /^\S+ does not fit this machine\. It needs ≈ \d+ B .* take 2000000000 B here\. .*/;
    await fails('doesNotFit', words);
    await fails('doesNotFit', /smaller model, or start it in the Installed view/);
    known = entry({ running: false, size: 3e9 }, { ...CORTEX, kind: 'server', can: [] });
    await fails('doesNotFit', /smaller model, or start it in Cortex/);
  });

  it('is started where nobody knows whether it fits, or it is on another machine', async () => {
    starting.resolve(undefined);
    budget = undefined;
    await ready();
    budget = NARROW;
    fresh = entry({ running: false, size: 3e9 }, { ...CORTEX, api: 'http://10.0.0.7:39281/v1' });
    await ready();
    assert.equal(starts.length, 2);
  });

  it('is no longer started when the only one who asked has left', async () => {
    const leaving = new AbortController();
    const asked = ready(leaving.signal);
    await begun();
    leaving.abort();
    await assert.rejects(asked, (error) => SyncError.is(error, 'cancelled'));
    assert.equal(starts[0]?.aborted, true);
  });

  it('says so when the user gave up its start', async () => {
    const asked = ready();
    await begun();
    work.cancel(idle.key);
    await assert.rejects(asked, /was not started\. Start it in the Installed view, then ask again/);
  });

  it('says what else is being done with it', async () => {
    const verified = Promise.withResolvers<undefined>();
    const verifying = work.run(idle, 'verifying', () => verified.promise);
    await fails('refused', /is being verified\. Try again when that is done/);
    verified.resolve(undefined);
    await verifying;
  });

  it('says what is wrong with it, or that it is gone', async () => {
    fresh = { ...idle, problem: 'A part is missing. Fetch it again.' };
    await fails('disk', /A part is missing/);
    known = undefined;
    await fails('refused', /no longer installed/);
  });
});
