import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { ActivityEvent } from '../../../../src/sync/activity.ts';
import { ACTIVITY_FILE, ActivityLog, MOST_EVENTS } from '../../../../src/sync/cache/activityLog.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { NOON } from '../../support/fakeClock.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';

const event = (number: number): ActivityEvent => ({
  at: NOON + number,
  kind: 'opened',
  models: [`a/${number}`],
});
const ahead = (id: string, at = NOON) => ({
  ...{ id, revision: 'c', at, bytes: 1_000, chance: 0.5 },
  reason: { kind: 'family' as const, name: 'Qwen', count: 3 },
});

describe('The log of activity', () => {
  const folder = useTemporaryFolder();
  const open = (): ActivityLog =>
    new ActivityLog({ storage: folder(), now: NOON, logger: collectingLogger() });

  it('keeps 5,000 events, however many come, and those of all windows', () => {
    using stack = new DisposableStack();
    const [one, other] = [0, 1].map(() => stack.adopt(open(), (log) => log.close()));
    const most = MOST_EVENTS + 300;
    for (let first = 0; first < most; first += 100) {
      const events = Array.from({ length: 100 }, (_, index) => event(first + index));
      (first % 200 === 0 ? one! : other!).add(events);
    }
    const kept = one!.events();
    assert.equal(MOST_EVENTS, 5_000);
    assert.equal(kept.length, MOST_EVENTS);
    assert.deepEqual([kept[0], kept.at(-1)], [event(300), event(most - 1)]);
    assert.equal(other!.report().events, MOST_EVENTS);
  });

  it('is not written to once a newer version of the extension has changed it', () => {
    using stack = new DisposableStack();
    const log = stack.adopt(open(), (one) => one.close());
    log.add([event(1)]);
    const newer = new DatabaseSync(join(folder(), ACTIVITY_FILE));
    newer.exec('PRAGMA user_version = 2');
    newer.close();
    assert.throws(() => log.add([event(2)]), { kind: 'outdated' });
    assert.throws(() => log.noteAhead(ahead('a/b')), { kind: 'outdated' });
    assert.throws(() => log.clear(), { kind: 'outdated' });
    assert.deepEqual(log.events(), [event(1)]);
  });

  it('tells what was fetched ahead, why, and what came of it', () => {
    using stack = new DisposableStack();
    const log = stack.adopt(open(), (one) => one.close());
    log.noteAhead(ahead('a/b'));
    log.noteAhead(ahead('a/c', NOON + 1));
    log.noteUse('a/b', 'c', NOON + 5);
    log.noteUse('a/b', 'c', NOON + 9);
    log.noteUse('a/c', 'another commit', NOON + 9);
    const { totals, newest } = log.report();
    assert.deepEqual(totals, { models: 2, bytes: 2_000, usedModels: 1, usedBytes: 1_000 });
    assert.deepEqual(newest, [ahead('a/c', NOON + 1), { ...ahead('a/b'), used: NOON + 5 }]);
    assert.deepEqual([...log.trackRecord()], [['family', { expected: 1, used: 1 }]]);
  });

  it('forgets after a month what was fetched ahead', () => {
    using stack = new DisposableStack();
    const log = stack.adopt(open(), (one) => one.close());
    log.noteAhead(ahead('a/b'));
    log.noteAhead(ahead('a/c', NOON + 31 * 24 * 60 * 60_000));
    assert.deepEqual(
      log.report().newest.map(({ id }) => id),
      ['a/c'],
    );
  });
});
