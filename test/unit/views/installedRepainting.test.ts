import assert from 'node:assert/strict';
import type { DownloadStatus } from '../../../src/download/model.ts';
import type { Shown } from '../../../src/views/installed/repainting.ts';
import { Repainting } from '../../../src/views/installed/repainting.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { download, entry, snapshot } from './installedSamples.ts';

describe('The repainting of the Installed view', () => {
  let clock: FakeClock;
  let shown: Shown;
  let repainting: Repainting;
  /** When it was painted, in ms from the beginning. */
  let painted: number[];

  beforeEach(() => {
    clock = new FakeClock();
    const start = clock.now();
    painted = [];
    shown = { downloads: [download()], installed: snapshot([]), problem: undefined };
    repainting = new Repainting({
      now: () => shown,
      paint: () => {
        painted.push(clock.now() - start);
        repainting.painted();
      },
      clock,
    });
    repainting.painted();
  });

  /** Lets time pass, with the download as it is told each half second. */
  function pass(ms: number, at: (now: number) => Partial<DownloadStatus>): void {
    for (let now = 0; now < ms; now += 500) {
      shown = { ...shown, downloads: [download({ bytes: now, ...at(now) })] };
      repainting.changed();
      clock.advance(500);
    }
  }

  it('leaves a row that only goes on to the finger on its button, but for once in a while', () => {
    pass(10_000, () => ({}));
    assert.deepEqual(painted, [3_000, 6_000, 9_000]);
  });

  it('shows at once that a download is in another state, with all that came along', () => {
    pass(2_000, (now) => (now < 1_000 ? {} : { state: 'paused' }));
    assert.deepEqual(painted, [1_100]);
  });

  it('shows at once what has come, and what is wrong', () => {
    shown = { ...shown, installed: snapshot([entry()]) };
    repainting.changed();
    repainting.changed();
    clock.advance(100);
    shown = { ...shown, problem: 'The thread does not start.' };
    repainting.changed();
    clock.advance(100);
    assert.deepEqual(painted, [100, 200]);
  });

  it('is over with the view', () => {
    repainting.changed();
    shown = { ...shown, downloads: [] };
    repainting.changed();
    repainting.dispose();
    clock.advance(10_000);
    assert.deepEqual(painted, []);
  });
});
