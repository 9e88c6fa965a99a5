import assert from 'node:assert/strict';
import { DetailsStore } from '../../../src/sync/cache/detailsStore.ts';
import { DetailsService, MAIN } from '../../../src/sync/details.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import { HttpClient } from '../../../src/sync/http/httpClient.ts';
import type { ModelDetails } from '../../../src/sync/model.ts';
import { rejectsWith } from '../support/assertSyncError.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { useCatalogue } from '../support/useCatalogue.ts';

const ID = 'janhq/Jan-v1-4B-GGUF';
const SHA = 'a'.repeat(40);
const HOUR = 3_600_000;
const offline = new SyncError('offline', 'hub.example cannot be reached: check the network.');

describe('Details', () => {
  const catalogue = useCatalogue();
  let clock: FakeClock;
  let fetched: string[];
  /** What the next question is answered with. */
  let answer: (signal: AbortSignal) => Promise<Partial<ModelDetails>>;

  beforeEach(() => {
    clock = new FakeClock();
    fetched = [];
    answer = () => Promise.resolve({ readme: `number ${fetched.length}` });
  });

  /** A service that remembers nothing but what is on the disk, as after a start of the editor. */
  function service(): DetailsService {
    const logger = collectingLogger();
    return new DetailsService({
      store: new DetailsStore(catalogue().database),
      http: new HttpClient({
        transport: () => Promise.reject(new Error('nobody asks the network here')),
        tokenFor: () => undefined,
        userAgent: 'test',
        clock,
        logger,
      }),
      fetchDetails: async ({ signal }, id, revision, now) => {
        fetched.push(`${id}@${revision}`);
        return { files: [], fetchedAt: now, ...(await answer(signal)) };
      },
      clock,
      logger,
    });
  }

  it('of a commit are fetched once ever', async () => {
    const first = service();
    assert.equal((await first.get(ID, SHA)).details.readme, 'number 1');
    assert.equal((await first.get(ID, SHA)).details.readme, 'number 1');
    clock.advance(1_000 * HOUR);
    assert.equal((await first.get(ID, SHA)).details.readme, 'number 1');
    assert.equal((await service().get(ID, SHA)).details.readme, 'number 1');
    assert.deepEqual(fetched, [`${ID}@${SHA}`]);
  });

  it('of another commit are others', async () => {
    const details = service();
    await details.get(ID, SHA);
    assert.equal((await details.get(ID, 'b'.repeat(40))).details.readme, 'number 2');
  });

  for (const [name, another] of [
    ['from memory', false],
    ['from the disk', true],
  ] as const) {
    it(`of main are fresh for an hour, ${name}, and then fetched anew`, async () => {
      const first = service();
      await first.get(ID, MAIN);
      clock.advance(HOUR - 1);
      const then = another ? service() : first;
      assert.equal((await then.get(ID, MAIN)).details.readme, 'number 1');
      clock.advance(2);
      const served = await then.get(ID, MAIN);
      assert.equal(served.details.readme, 'number 2');
      assert.equal(served.failure, undefined);
    });
  }

  it('that are stale are served with the reason where nothing newer can be had', async () => {
    const details = service();
    await details.get(ID, MAIN);
    clock.advance(2 * HOUR);
    answer = () => Promise.reject(offline);
    const served = await details.get(ID, MAIN);
    assert.equal(served.details.readme, 'number 1');
    assert.equal(served.failure, offline.message);
    answer = () => Promise.resolve({ readme: 'back' });
    assert.equal((await details.get(ID, MAIN)).details.readme, 'back');
  });

  it('of a commit that are there need no network', async () => {
    await service().get(ID, SHA);
    answer = () => Promise.reject(offline);
    assert.equal((await service().get(ID, SHA)).failure, undefined);
  });

  it('fail where there are none at all, and are asked for again', async () => {
    const details = service();
    answer = () => Promise.reject(offline);
    await rejectsWith(details.get(ID, SHA), 'offline');
    answer = () => Promise.resolve({ readme: 'here' });
    assert.equal((await details.get(ID, SHA)).details.readme, 'here');
  });

  it('that thirty views ask for at once are fetched once', async () => {
    const end = Promise.withResolvers<undefined>();
    answer = () => end.promise.then(() => ({ readme: 'shared' }));
    const details = service();
    const views = Array.from({ length: 30 }, () => details.get(ID, SHA));
    end.resolve(undefined);
    for (const { details: served } of await Promise.all(views)) {
      assert.equal(served.readme, 'shared');
    }
    assert.equal(fetched.length, 1);
  });

  it('are given up when the last view has closed, and not before', async () => {
    const asked = Promise.withResolvers<AbortSignal>();
    answer = (signal) => {
      asked.resolve(signal);
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new SyncError('cancelled', '')));
      });
    };
    const details = service();
    const [one, other] = [new AbortController(), new AbortController()];
    const views = [details.get(ID, SHA, one.signal), details.get(ID, SHA, other.signal)];
    const signal = await asked.promise;
    one.abort();
    await rejectsWith(views[0]!, 'cancelled');
    assert.equal(signal.aborted, false);
    other.abort();
    await rejectsWith(views[1]!, 'cancelled');
    assert.equal(signal.aborted, true);
  });

  it('whose README was refused are asked for again: the user may be let in', async () => {
    answer = () => Promise.resolve({ readmeRefused: true });
    const details = service();
    assert.equal((await details.get(ID, SHA)).details.readme, undefined);
    answer = () => Promise.resolve({ readme: 'let in' });
    assert.equal((await details.get(ID, SHA)).details.readme, 'let in');
    assert.equal((await details.get(ID, SHA)).details.readme, 'let in');
    assert.equal(fetched.length, 2);
  });

  it('whose README was refused are served offline too', async () => {
    answer = () => Promise.resolve({ readmeRefused: true });
    await service().get(ID, SHA);
    answer = () => Promise.reject(offline);
    const served = await service().get(ID, SHA);
    assert.equal(served.details.readmeRefused, true);
    assert.equal(served.failure, offline.message);
  });

  it('are shown though they cannot be kept', async () => {
    const details = service();
    catalogue().database.exec('PRAGMA query_only = ON');
    assert.equal((await details.get(ID, SHA)).details.readme, 'number 1');
    assert.equal((await details.get(ID, SHA)).details.readme, 'number 1');
    assert.equal(fetched.length, 1);
  });

  it('end with a cancellation when the engine closes', async () => {
    answer = (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new SyncError('cancelled', '')));
      });
    const details = service();
    const waiting = rejectsWith(details.get(ID, SHA), 'cancelled');
    await details.close();
    await waiting;
  });
});
