import assert from 'node:assert/strict';
import type { ActivityEvent } from '../../../src/sync/activity.ts';
import { ActivityRecorder } from '../../../src/views/activity/activityRecorder.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { FakeClock, NOON } from '../support/fakeClock.ts';

const MINUTE = 60_000;

describe('What the user does in a window', () => {
  let clock: FakeClock;
  let batches: ActivityEvent[][];
  let wanted: boolean;
  let signals: { focused: boolean; active: boolean; tell: () => void };
  let recorder: ActivityRecorder;

  beforeEach(() => {
    clock = new FakeClock();
    batches = [];
    wanted = true;
    signals = { focused: true, active: true, tell: () => undefined };
    recorder = new ActivityRecorder({
      record: (events) => Promise.resolve(void batches.push([...events])),
      isWanted: () => wanted,
      signals: {
        ...signals,
        get active() {
          return signals.active;
        },
        onDidChange: (listener) => {
          signals.tell = listener;
          return { dispose: () => (signals.tell = () => undefined) };
        },
      },
      clock,
      logger: collectingLogger(),
    });
  });
  afterEach(() => recorder.dispose());

  it('is handed over in batches', () => {
    recorder.opened('a/b');
    recorder.searched(['a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'a/6']);
    recorder.expanded({ family: 'Qwen' });
    recorder.did('favourited', 'a/b');
    assert.deepEqual(batches, []);
    clock.advance(10_000);
    assert.deepEqual(batches, [
      [
        { at: NOON, kind: 'opened', models: ['a/b'] },
        { at: NOON, kind: 'searched', models: ['a/1', 'a/2', 'a/3', 'a/4', 'a/5'] },
        { at: NOON, kind: 'expanded', models: [], family: 'Qwen' },
        { at: NOON, kind: 'favourited', models: ['a/b'] },
      ],
    ]);
    clock.advance(MINUTE);
    assert.equal(batches.length, 1);
  });

  it('does not wait for ever, and not for the end', async () => {
    for (let index = 0; index < 50; index++) recorder.did('expanded', `a/${index}`);
    assert.equal(batches[0]?.length, 50);
    recorder.did('downloaded', 'a/b');
    await recorder.flush();
    assert.equal(batches[1]?.length, 1);
  });

  const kinds = (): string[] => batches.flat().map(({ kind }) => kind);

  it('is dwelling if it takes a while, until the next model', async () => {
    recorder.opened('a/b');
    clock.advance(MINUTE);
    recorder.opened('a/c');
    clock.advance(1_000);
    recorder.looksAway();
    await recorder.flush();
    assert.deepEqual(kinds(), ['opened', 'dwelt', 'opened']);
    assert.deepEqual(batches.flat()[1]?.models, ['a/b']);
  });

  it('is no dwelling while nobody is there', async () => {
    recorder.opened('a/b');
    clock.advance(1_000);
    signals.active = false;
    signals.tell();
    clock.advance(MINUTE);
    recorder.looksAway();
    await recorder.flush();
    assert.deepEqual(kinds(), ['opened']);
  });

  it('is nobody else’s business where it is not wanted, or to be forgotten', async () => {
    wanted = false;
    recorder.opened('a/b');
    await recorder.flush();
    wanted = true;
    recorder.opened('a/b');
    recorder.forget();
    clock.advance(MINUTE);
    recorder.looksAway();
    await recorder.flush();
    assert.deepEqual(batches, []);
  });
});
