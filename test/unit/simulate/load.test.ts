import assert from 'node:assert/strict';
import { DAY, HOUR, MINUTE } from '../../simulate/habits.ts';
import { loadOf } from '../../simulate/load.ts';
import { Asker, Upstream } from '../../simulate/upstream.ts';
import { randomNumbers, seedOfRun } from '../support/random.ts';

const DAYS = 2;
const CLIENTS = 20_000;
const OUTAGE = { from: 30 * HOUR, to: 31 * HOUR, kind: 'server' } as const;
/** Each client asks once in so many minutes. */
const PERIOD = 15;

/** A fleet that is awake all the time, as far as nobody says something else. */
class Fleet {
  readonly #upstream = new Upstream('test', OUTAGE, DAYS * DAY, false);
  readonly #askers = Array.from({ length: CLIENTS }, () => new Asker(this.#upstream));
  readonly #awake = new Float64Array((DAYS * DAY) / MINUTE).fill(CLIENTS);
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = randomNumbers(seed);
    for (const asker of this.#askers) {
      const own = this.#random() * PERIOD * MINUTE;
      for (let at = own; at < DAYS * DAY; at += PERIOD * MINUTE) asker.ask(at, 100, false);
    }
  }

  /** Has a share of all ask once more, each at a time within so many minutes. */
  asksMore(share: number, from: number, minutes: number, isNews = false): void {
    for (const asker of this.#askers) {
      if (this.#random() < share) asker.ask(from + this.#random() * minutes * MINUTE, 100, isNews);
    }
  }

  /** Leaves a few awake for an hour, of whom one asks ten times in a minute. */
  almostSleeps(from: number, awake: number): void {
    const [first, last] = [from / MINUTE, (from + HOUR) / MINUTE];
    this.#awake.fill(awake, first, last);
    this.#upstream.asked.requests.fill(0, from / (5 * MINUTE), (from + HOUR) / (5 * MINUTE));
    for (let n = 0; n < 10; n++) this.#askers[0]?.ask(from + n, 100, false);
  }

  get load() {
    const { asked } = this.#upstream;
    return loadOf({ asked, awake: this.#awake, clients: CLIENTS, outage: OUTAGE });
  }
}

describe('The load of an upstream', () => {
  const seed = seedOfRun();
  let fleet: Fleet;
  beforeEach(() => {
    fleet = new Fleet(seed);
  });

  it(`is even where everybody asks at a time of their own (SEED=${seed})`, () => {
    const { mean, peak = 0, judged, requests, bytesPerClientAndDay } = fleet.load;
    assert.ok(Math.abs(mean - 1 / PERIOD) < 0.001, String(mean));
    assert.ok(peak >= 1 && peak < 1.1, String(peak));
    assert.equal(judged, 1);
    assert.ok(Math.abs(requests / CLIENTS - (DAYS * 24 * 60) / PERIOD) < 1);
    // While it was away nothing was sent.
    assert.ok(Math.abs(bytesPerClientAndDay - (100 * (48 - 1) * 4) / 2) < 100);
  });

  it(`has a peak where many ask together (SEED=${seed})`, () => {
    fleet.asksMore(0.5, 20 * HOUR, 5);
    const { peak = 0, chance = 1 } = fleet.load;
    // Half of all in five minutes, where a third is usual.
    assert.ok(Math.abs(peak - 2.5) < 0.1, String(peak));
    assert.ok(chance < 0.1);
  });

  it(`tells what had to be asked for because it had changed (SEED=${seed})`, () => {
    fleet.asksMore(0.5, 20 * HOUR, 5, true);
    const { peak = 0, withoutNews = 0 } = fleet.load;
    assert.ok(peak > 2.4 && withoutNews < 1.1, `${peak}, ${withoutNews}`);
  });

  it(`tells who comes back together after an outage, and who asks in vain (SEED=${seed})`, () => {
    fleet.asksMore(0.4, OUTAGE.from + 10 * MINUTE, 5);
    fleet.asksMore(0.6, OUTAGE.to, 5);
    const { peak = 0, duringOutage = 0, afterOutage = 0 } = fleet.load;
    assert.ok(peak < 1.1, String(peak));
    assert.ok(Math.abs(duringOutage - 2.2) < 0.1, String(duringOutage));
    assert.ok(Math.abs(afterOutage - 2.8) < 0.1, String(afterOutage));
  });

  it(`counts no chance as a peak where few are awake (SEED=${seed})`, () => {
    fleet.almostSleeps(10 * HOUR, 10);
    const { peak = 0, judged } = fleet.load;
    assert.ok(peak < 1.1, String(peak));
    assert.ok(judged > 0.9 && judged < 1);
  });

  it('tells nothing of a fleet that is too small', () => {
    const upstream = new Upstream('test', OUTAGE, DAYS * DAY, false);
    const asker = new Asker(upstream);
    for (let at = 0; at < DAYS * DAY; at += PERIOD * MINUTE) asker.ask(at, 100, false);
    const awake = new Float64Array((DAYS * DAY) / MINUTE).fill(1);
    const { asked } = upstream;
    const { peak, chance, judged } = loadOf({ asked, awake, clients: 1, outage: OUTAGE });
    assert.deepEqual([peak, chance, judged], [undefined, undefined, 0]);
  });
});
