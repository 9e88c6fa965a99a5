import assert from 'node:assert/strict';
import type { SourceStatus } from '../../../src/sync/model.ts';
import type { SourceReport, SyncReport } from '../../../src/sync/report.ts';
import { nothingDone } from '../../../src/sync/report.ts';
import { UnwrittenFailures } from '../../../src/views/unwrittenFailures.ts';
import { NOON } from '../support/fakeClock.ts';

const KEY = 'hf:janhq';
const STATUS: SourceStatus = { key: KEY, models: 3, epoch: 1 };

describe('Failures that the catalogue cannot tell of', () => {
  const report = (changes: Partial<SourceReport>): SyncReport => ({
    ...{ reason: 'visible', sources: [{ ...nothingDone(KEY), ...changes }] },
  });
  const outdated = report({ error: { kind: 'outdated', message: 'Reload the window.' } });

  it('stay with their source until it answers', () => {
    const failures = new UnwrittenFailures();
    assert.equal(failures.note(outdated, NOON), true);
    const failure = { kind: 'outdated', message: 'Reload the window.', at: NOON };
    assert.deepEqual(failures.over(STATUS), { ...STATUS, failure });
    assert.deepEqual(failures.over({ ...STATUS, key: 'cortex' }).failure, undefined);
    assert.equal(failures.note(outdated, NOON + 1), false, 'the same once more');
    const cancelled = { kind: 'cancelled', message: '' } as const;
    for (const silent of [{ skipped: 'notDue' }, { error: cancelled }] as const) {
      assert.equal(failures.note(report(silent), NOON), false);
    }
    assert.equal(failures.note(report({}), NOON), true);
    assert.equal(failures.over(STATUS), STATUS);
  });

  it('are none where the catalogue tells, or where its place is known to be at fault', () => {
    const failures = new UnwrittenFailures();
    const offline = report({ error: { kind: 'offline', message: 'Nobody answers.' } });
    assert.equal(failures.note(offline, NOON), false);
    const full = report({ error: { kind: 'storage', message: 'The disk is full.' } });
    assert.equal(failures.note(full, NOON, 'The disk is full.'), false);
    assert.equal(failures.note(full, NOON), true);
  });
});
