import assert from 'node:assert/strict';
import { Announcer } from '../../../src/download/announcer.ts';
import type { DownloadStatus } from '../../../src/download/model.ts';
import { FakeClock } from '../support/fakeClock.ts';

describe('News of downloads', () => {
  let clock: FakeClock;
  let downloads: { id: string }[];
  let told: number[];
  let announcer: Announcer;

  beforeEach(() => {
    clock = new FakeClock();
    downloads = [];
    told = [];
    const list = () => downloads as unknown as readonly DownloadStatus[];
    announcer = new Announcer(list, ({ length }) => told.push(length), clock);
  });

  it('are told at once, and nothing where there is none', () => {
    announcer.announce();
    assert.deepEqual(told, []);
    downloads.push({ id: 'a' });
    announcer.announce();
    assert.deepEqual(told, [1]);
  });

  it('are told four times a second at most, and the last of them always', () => {
    for (let count = 1; count <= 5; count++) {
      downloads.push({ id: String(count) });
      announcer.announce();
    }
    assert.deepEqual(told, [1]);
    clock.advance(249);
    assert.deepEqual(told, [1]);
    clock.advance(1);
    assert.deepEqual(told, [1, 5]);
    clock.advance(10_000);
    assert.deepEqual(told, [1, 5], 'nothing is new');
    assert.equal(clock.timers, 0);
  });

  it('are told at once again after a pause', () => {
    downloads.push({ id: 'a' });
    announcer.announce();
    clock.advance(250);
    downloads.pop();
    announcer.announce();
    assert.deepEqual(told, [1, 0]);
  });

  it('are told to nobody after the end', () => {
    downloads.push({ id: 'a' });
    announcer.announce();
    downloads.push({ id: 'b' });
    announcer.dispose();
    announcer.dispose();
    assert.equal(clock.timers, 0);
    announcer.announce();
    clock.advance(1_000);
    assert.deepEqual(told, [1]);
  });
});
