import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import type { SourceReport } from '../../../src/sync/report.ts';
import { TrafficLog } from '../../../src/sync/trafficLog.ts';
import type { SourceTraffic } from '../../../src/sync/cache/sourceTraffic.ts';
import { readSourceTraffic } from '../../../src/sync/cache/sourceTraffic.ts';
import { publishTo } from '../support/publishing.ts';
import { catalogueBody } from '../../../src/sync/publish/body.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { NOON } from '../support/fakeClock.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import type { Rig } from '../support/useEngine.ts';
import { useEngine } from '../support/useEngine.ts';
import { useHub } from '../support/useHub.ts';

const DAY = 24 * 60 * 60_000;
const AUTHOR = 'hf:bartowski';

/** True if two numbers of bytes differ by what the header fields of the transport may weigh. */
function isAbout(bytes: number, expected: number): boolean {
  return Math.abs(bytes - expected) <= 0.05 * expected + 400;
}

describe('What sources cost, beside a full fetch', () => {
  const folder = useTemporaryFolder();
  const out = (): string => join(folder(), 'published');
  const hub = useHub(() => ({ models: 200, seed: 3, published: out() }));
  const open = useEngine(hub);
  let rig: Rig;
  beforeEach(() => {
    rig = open();
  });

  /** Syncs, and tells what the hub's own sockets say that it cost. */
  async function ask(source: string, by = rig): Promise<SourceReport & { measured: number }> {
    hub().resetStats();
    const report = await by.sync(source);
    return { ...report, measured: hub().stats().total.bytesOut };
  }

  /** What somebody receives who keeps nothing. */
  async function wholeFetch(source: string): Promise<number> {
    const newcomer = open({ storage: join(folder(), 'newcomer') });
    return (await ask(source, newcomer)).measured;
  }

  for (const source of [AUTHOR, 'jan:v2', 'cortex']) {
    it(`claims nothing at first, and then what a newcomer receives: ${source}`, async () => {
      const first = await ask(source);
      assert.equal(first.error, undefined);
      assert.equal(first.wholeBytes, first.bytesReceived);
      assert.ok(isAbout(first.bytesReceived, first.measured));
      const again = await ask(source);
      const whole = await wholeFetch(source);
      assert.ok(isAbout(again.wholeBytes, whole), `${again.wholeBytes} is not about ${whole}`);
      assert.ok(isAbout(again.bytesReceived, again.measured));
      // A Cortex server knows of no shorter answer.
      assert.equal(again.bytesReceived < again.wholeBytes / 3, source !== 'cortex');
    });
  }

  it('claims the whole body of a published catalogue, whichever delta came', async () => {
    const publish = async (): Promise<void> => {
      await rig.sync(AUTHOR);
      await publishTo(out(), catalogueBody(rig.reader.rows()).bytes, {});
    };
    await publish();
    const source = `published:${hub().url}/published`;
    const follower = open({ storage: join(folder(), 'follower') });
    const first = await ask(source, follower);
    assert.equal(first.error, undefined);
    const before = hub().truth(AUTHOR);
    while (hub().truth(AUTHOR) === before) assert.ok(hub().advance(), 'nothing ever changes');
    await publish();
    const second = await ask(source, follower);
    assert.ok(second.added + second.updated + second.removed > 0);
    const whole = await wholeFetch(source);
    assert.ok(isAbout(second.wholeBytes, whole), `${second.wholeBytes} is not about ${whole}`);
    assert.ok(second.bytesReceived < second.wholeBytes);
  });

  it('claims nothing where the source does not answer', async () => {
    await ask(AUTHOR);
    hub().setFaults({ status: 500 });
    const failed = await ask(AUTHOR);
    assert.equal(failed.error?.kind, 'server');
    assert.equal(failed.wholeBytes, failed.bytesReceived);
  });

  it('sums up days and windows, and knows them after a restart', async () => {
    const reports = [await ask(AUTHOR), await ask(AUTHOR)];
    hub().setFaults({ status: 500 });
    reports.push(await ask(AUTHOR));
    hub().setFaults({});
    rig.clock.advance(DAY);
    const later = await ask(AUTHOR);
    await rig.closeEngine();
    const again = open({ clock: rig.clock });
    const sum = (field: 'bytesReceived' | 'wholeBytes'): number =>
      reports.reduce((total, report) => total + report[field], 0);
    const [first, second, ...others] = again.engine.traffic();
    const storage = dirname(again.engine.storage.path);
    assert.deepEqual(readSourceTraffic(storage), again.engine.traffic());
    assert.deepEqual(readSourceTraffic(join(storage, 'elsewhere')), []);
    assert.deepEqual(others, []);
    assert.deepEqual(
      { ...first, day: '' },
      {
        ...{ day: '', source: AUTHOR, runs: 3, failures: 1 },
        ...{ received: sum('bytesReceived'), whole: sum('wholeBytes') },
      },
    );
    assert.ok(first!.day < second!.day);
    assert.equal(second?.received, later.bytesReceived);
    const known = await ask(AUTHOR, again);
    assert.equal(known.wholeBytes, reports[0]?.bytesReceived);
  });

  it('writes what everything would have cost into the history', async () => {
    await ask(AUTHOR);
    const { wholeBytes, bytesReceived } = await ask(AUTHOR);
    const [last] = rig.engine.history();
    assert.deepEqual([last?.wholeBytes, last?.bytes], [wholeBytes, bytesReceived]);
    assert.equal(last?.sources[0]?.wholeBytes, wholeBytes);
  });

  it('keeps thirty days', async () => {
    for (let day = 0; day < 32; day++) {
      await rig.sync(AUTHOR);
      rig.clock.advance(DAY);
    }
    const days = rig.engine.traffic().map((each) => each.day);
    assert.equal(days.length, 30);
    assert.deepEqual(days, days.toSorted());
  });

  it('tells what servers let us ask for, as long as that holds', async () => {
    assert.deepEqual(rig.engine.allowances(), { quotas: [] });
    hub().setFaults({ rateLimit: { headers: false, retryAfterSeconds: 30 } });
    await rig.sync(AUTHOR);
    const { host } = new URL(hub().url);
    const [named, refusal] = rig.engine.allowances().quotas;
    assert.equal(named?.bucket, 'api');
    assert.ok(named.remaining < named.quota);
    assert.deepEqual(refusal, { host, quota: 0, remaining: 0, until: rig.clock.now() + 30_000 });
    rig.clock.advance(30_001);
    assert.deepEqual(rig.engine.allowances(), { quotas: [named] });
    const limited = open({
      storage: join(folder(), 'limited'),
      settings: { backgroundBytesPerDay: 1000 },
    });
    assert.equal(limited.engine.allowances().backgroundBytesLeft, 1000);
  });
});

describe('A log of traffic that cannot be written', () => {
  it('keeps no attempt from its end', () => {
    const logger = collectingLogger();
    const broken = {
      wholeAnswer: (): undefined => undefined,
      addSourceTraffic: (): void => {
        throw new Error('The disk is full.');
      },
      setWholeAnswer: (): void => undefined,
      sourceTraffic: (): SourceTraffic[] => [],
    };
    const log = new TrafficLog(broken, logger);
    const cost = { at: NOON, bytesReceived: 300, wholeBytes: undefined } as const;
    assert.equal(log.note(AUTHOR, { ...cost, outcome: 'answered' }), 300);
    assert.match(logger.lines.join(), /The disk is full/);
  });
});
