import assert from 'node:assert/strict';
import { statusOf } from '../../../src/download/downloadStatus.ts';
import { DownloadError } from '../../../src/download/errors.ts';
import { failureOf, removalFailureOf } from '../../../src/download/failurePolicy.ts';
import { SpeedMeter } from '../../../src/download/speedMeter.ts';
import type { StoredDownload } from '../../../src/download/storedDownload.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import { NOON } from '../support/fakeClock.ts';
import { bytesOf, planned, planOf } from './support.ts';

describe('What is shown of a download', () => {
  const plan = planOf([planned('m.gguf', bytesOf(1, 1000))]);
  const download: StoredDownload = {
    ...{ id: 'a', plan, target: 'folder', createdAt: NOON, bytes: 400, failures: 0 },
    placement: { root: '/m', folder: '/m/x', paths: ['/m/x/m.gguf'] },
    ...{ state: 'running', wanted: 'run', phase: 'fetching', heartbeat: NOON },
    traces: { folders: [], files: [] },
  };
  const show = (other: Partial<StoredDownload> = {}, untilIdle = false) =>
    statusOf({ ...download, ...other }, { now: NOON, untilIdle });

  it('is its speed and the time left only while bytes flow', () => {
    const flowing = show({ bytesPerSecond: 100.4 });
    assert.deepEqual([flowing.bytesPerSecond, flowing.secondsLeft], [100, 6]);
    for (const other of [{ phase: 'verifying' }, { state: 'paused' }] as const) {
      const { bytesPerSecond, secondsLeft } = show({ bytesPerSecond: 100, ...other });
      assert.deepEqual([bytesPerSecond, secondsLeft], [undefined, undefined]);
    }
    assert.equal(show({ bytesPerSecond: 0 }).secondsLeft, undefined);
  });

  it('is why it waits', () => {
    const failure = { kind: 'offline', message: '', at: NOON, retryAt: NOON + 5 };
    assert.equal(show({ state: 'waiting' }).waitsFor, 'turn');
    assert.equal(show({ state: 'waiting' }, true).waitsFor, 'idle');
    assert.equal(show({ state: 'waiting', retryAt: NOON + 5, failure }).waitsFor, 'network');
    const server = { ...failure, kind: 'server' };
    assert.equal(show({ state: 'waiting', retryAt: NOON + 5, failure: server }).waitsFor, 'retry');
    assert.equal(show().waitsFor, undefined);
    assert.equal(show({ state: 'paused', failure }).failure, undefined);
  });

  it('is never more than there is to fetch, and all of it when it is done', () => {
    assert.equal(show().bytes, 400);
    assert.equal(show({ bytes: 1_001 }).bytes, 1_000);
    assert.equal(show({ state: 'done', bytes: 0 }).bytes, 1_000);
    assert.equal(show().cachedBytes, undefined);
    assert.equal(show({ cachedBytes: 0 }).cachedBytes, undefined);
    assert.equal(show({ cachedBytes: 300 }).cachedBytes, 300);
    assert.equal(show({ cachedBytes: 3_000 }).cachedBytes, 1_000);
    assert.equal(show({ bytes: 1_001, bytesPerSecond: 10 }).secondsLeft, 0);
  });

  it('is what it is and where it goes', () => {
    const { id, model, revision, variant, target, folder, totalBytes, pausable } = show();
    assert.deepEqual(
      [id, target, folder, totalBytes, pausable],
      ['a', 'folder', '/m/x', 1_000, true],
    );
    assert.deepEqual([model, revision, variant], [plan.model, plan.revision, plan.variant]);
    assert.equal(show({ plan: { ...plan, quantisation: 'Q4_0' } }).quantisation, 'Q4_0');
    assert.deepEqual([show().createdAt, show().finishedAt], [NOON, undefined]);
    assert.equal(show({ state: 'done', finishedAt: NOON + 9 }).finishedAt, NOON + 9);
  });

  it('is its phase while it runs, and its failure while that matters', () => {
    const failure = { kind: 'offline', message: '', at: NOON };
    assert.equal(show().phase, 'fetching');
    assert.equal(show({ state: 'waiting' }).phase, undefined);
    for (const state of ['waiting', 'failed'] as const) {
      assert.equal(show({ state, failure }).failure, failure);
    }
    for (const state of ['running', 'paused', 'done'] as const) {
      assert.equal(show({ state, failure }).failure, undefined);
    }
  });

  it('is that it waits for its turn once the time to try again has come', () => {
    const failure = { kind: 'timeout', message: '', at: NOON, retryAt: NOON };
    assert.equal(show({ state: 'waiting', retryAt: NOON, failure }).waitsFor, 'turn');
    assert.equal(show({ state: 'waiting', retryAt: NOON + 1, failure }).waitsFor, 'network');
    assert.equal(show({ state: 'waiting', retryAt: NOON + 1 }).waitsFor, 'retry');
  });

  it('is what is there by now, where it runs here', () => {
    const live = { phase: 'installing', bytes: 900 } as const;
    const { phase, bytes } = statusOf(download, { now: NOON, untilIdle: false }, live);
    assert.deepEqual([phase, bytes], ['installing', 900]);
  });
});

describe('The speed of a download', () => {
  it('is that of the last seconds', () => {
    const meter = new SpeedMeter();
    assert.equal(meter.speed(0), undefined);
    for (let at = 0; at <= 10_000; at += 100) meter.note(at, at * 10);
    assert.equal(meter.speed(10_000), 10_000);
    for (let at = 10_100; at <= 20_000; at += 100) meter.note(at, 100_000 + (at - 10_000));
    assert.equal(Math.round(meter.speed(20_000)!), 1_000);
  });

  it('falls when nothing comes, and is not known at first', () => {
    const meter = new SpeedMeter();
    meter.note(0, 0);
    meter.note(400, 4_000);
    assert.equal(meter.speed(400), undefined);
    meter.note(1_000, 10_000);
    assert.equal(meter.speed(1_000), 10_000);
    assert.equal(meter.speed(4_000), 2_500);
    assert.equal(meter.speed(60_000), undefined);
  });

  it('is known after half a second, of the last five', () => {
    const meter = new SpeedMeter();
    meter.note(0, 0);
    meter.note(499, 499);
    assert.equal(meter.speed(499), undefined);
    meter.note(500, 500);
    assert.equal(meter.speed(500), 1_000);
    assert.equal(meter.speed(5_000), 100, 'five seconds are looked at');
    assert.equal(meter.speed(5_001), ((500 - 499) * 1_000) / (5_001 - 499));
    meter.reset();
    assert.equal(meter.speed(500), undefined);
  });

  it('goes on where nothing came, or two notes are of one moment', () => {
    const meter = new SpeedMeter();
    meter.note(0, 100);
    meter.note(0, 100);
    meter.note(1_000, 100);
    assert.equal(meter.speed(1_000), 0);
  });

  it('begins anew where bytes were given up or the clock was set', () => {
    const meter = new SpeedMeter();
    meter.note(0, 50_000);
    meter.note(1_000, 10);
    assert.equal(meter.speed(1_100), undefined);
    meter.note(2_000, 1_010);
    assert.equal(meter.speed(2_000), 1_000);
    meter.note(500, 2_000);
    assert.equal(meter.speed(600), undefined);
  });
});

describe('A failure of a download', () => {
  const failed = (error: unknown, failures = 1, random = 0.5) =>
    failureOf(error, failures, NOON, random);

  for (const kind of ['offline', 'timeout', 'server', 'rateLimited', 'conflict'] as const) {
    it(`goes away by itself: ${kind}`, () => {
      assert.equal(failed(new DownloadError(kind, 'x')).retryAt, NOON + 15_000);
      assert.equal(failed(new SyncError(kind, 'x')).retryAt, NOON + 15_000);
    });
  }

  for (const kind of ['unauthorised', 'mismatch', 'changed', 'noSpace', 'folder'] as const) {
    it(`needs the user: ${kind}`, () => {
      assert.deepEqual(failed(new DownloadError(kind, 'Do this.')), {
        ...{ kind, message: 'Do this.', at: NOON },
      });
    });
  }

  it('that nobody foresaw needs the user too', () => {
    assert.equal(failed(new TypeError('x is undefined')).retryAt, undefined);
  });

  it('says its kind, its words and its time', () => {
    const { kind, message, at } = failed(new DownloadError('offline', 'Gone.'));
    assert.deepEqual([kind, message, at], ['offline', 'Gone.', NOON]);
  });

  it('to remove what is left is always tried again', () => {
    for (const error of [new DownloadError('folder', 'No.'), new TypeError('x')]) {
      const { kind, at, retryAt, message } = removalFailureOf(error, 1, NOON, 0.5);
      assert.equal(kind, error instanceof DownloadError ? 'folder' : 'server');
      assert.deepEqual([at, retryAt], [NOON, NOON + 15_000]);
      assert.ok(message.includes(error.message));
    }
    const told = new DownloadError('folder', 'No.', { retryAt: NOON + 900_000 });
    assert.equal(removalFailureOf(told, 1, NOON, 0).retryAt, NOON + 900_000);
  });

  it('is waited for at least a second, at most five minutes, and as long as a server says', () => {
    const offline = new DownloadError('offline', 'x');
    assert.equal(failed(offline, 1, 0).retryAt, NOON + 1_000);
    assert.ok(failed(offline, 50, 0.999).retryAt! <= NOON + 300_000);
    const told = new DownloadError('rateLimited', 'x', { retryAt: NOON + 900_000 });
    assert.equal(failed(told).retryAt, NOON + 900_000);
  });
});
