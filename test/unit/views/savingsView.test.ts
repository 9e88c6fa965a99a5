import assert from 'node:assert/strict';
import type { SourceTraffic } from '../../../src/sync/cache/sourceTraffic.ts';
import { localDay } from '../../../src/sync/localDay.ts';
import { SavingsView } from '../../../src/views/status/savingsView.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { NOON } from '../support/fakeClock.ts';

const traffic = (whole: number): SourceTraffic[] => [
  { day: localDay(NOON), source: 'hf:janhq', runs: 1, failures: 0, received: 10, whole },
];

describe('What this week saved', () => {
  const open = (written: () => SourceTraffic[]) => {
    const sync = { running: false, listener: (): void => undefined };
    const logger = collectingLogger();
    let asked = 0;
    const view = new SavingsView({
      engine: {
        traffic: () => {
          asked++;
          return Promise.resolve(traffic(300));
        },
      },
      sync: {
        get running() {
          return sync.running;
        },
        onDidChange: (listener) => {
          sync.listener = listener;
          return { dispose: () => (sync.listener = () => undefined) };
        },
      },
      ...{ written, logger, now: () => NOON },
    });
    const end = async (): Promise<void> => {
      const told = new Promise<void>((resolve) => view.onDidChange(resolve));
      for (const running of [true, false]) {
        sync.running = running;
        sync.listener();
      }
      await told;
    };
    return { view, end, logger, asked: () => asked };
  };

  it('is there before any sync, without the engine', () => {
    const { view, asked } = open(() => traffic(200));
    assert.equal(view.week, undefined);
    view.look();
    assert.deepEqual([view.week, asked()], [{ received: 10, whole: 200 }, 0]);
  });

  it('is what the engine tells once a sync has ended', async () => {
    const { view, end } = open(() => traffic(200));
    await end();
    assert.deepEqual(view.week, { received: 10, whole: 300 });
    view.look();
    assert.equal(view.week.whole, 300, 'the newer word counts');
  });

  it('is not known where nothing can be read, and told after the next sync', async () => {
    const { view, end, logger } = open(() => {
      throw new Error('The file is locked.');
    });
    view.look();
    assert.equal(view.week, undefined);
    assert.match(logger.at('debug').join(), /The file is locked/);
    await end();
    assert.ok(view.week);
  });
});
