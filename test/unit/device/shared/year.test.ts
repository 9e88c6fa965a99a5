import assert from 'node:assert/strict';
import type { MarkKind } from '../../../../src/device/shared/sharedState.ts';
import { MARKS, TRAVELLING_KEY } from '../../../../src/device/shared/sharedState.ts';
import { NOON } from '../../support/fakeClock.ts';
import { randomNumbers, seedOfRun } from '../../support/random.ts';
import { asNewer, Cloud, SimulatedMachine } from './settingsSync.ts';

const DAY = 24 * 60 * 60 * 1000;
const DAYS = 365;
const MOST = 100_000;
/** How wrong a clock may be, in ms: right, some hours, never set, decades ahead. */
const CLOCK_ERRORS = [0, 0, 0, 7 * 60 * 60 * 1000, -NOON, 40 * 366 * DAY];

/** A year with some machines, one of which may be of a newer version, and away for months. */
class Year {
  readonly random: () => number;
  readonly cloud = new Cloud();
  readonly machines: SimulatedMachine[];
  /** What each machine has last done with the marks that only it ever touches. */
  readonly meant = new Map<string, boolean>();
  /** Values that were in the cloud once. */
  readonly past: unknown[] = [];
  readonly away = new Map<SimulatedMachine, number>();
  now = NOON;

  constructor(seed: number) {
    this.random = randomNumbers(seed);
    this.machines = Array.from({ length: 2 + this.below(7) }, (_, index) => {
      const clockError = CLOCK_ERRORS[this.below(CLOCK_ERRORS.length)] ?? 0;
      return new SimulatedMachine(`machine${index}`, { clockError, now: () => this.now });
    });
  }

  below(end: number): number {
    return Math.floor(this.random() * end);
  }

  async day(): Promise<void> {
    for (const machine of this.machines) {
      this.now += this.below(DAY / this.machines.length);
      if ((this.away.get(machine) ?? 0) > this.now) continue;
      if (this.below(100) === 0) this.away.set(machine, this.now + this.below(150) * DAY);
      if (this.below(3) === 0) await this.use(machine);
      this.travel(machine);
      if (this.below(2) === 0) await machine.machines.update();
    }
  }

  /** What the editor does in between, at its best and at its worst. */
  travel(machine: SimulatedMachine): void {
    const { cloud, past } = this;
    switch (this.below(20)) {
      case 0:
        cloud.upload(machine);
        break;
      case 1:
        cloud.download(machine);
        break;
      case 2:
        machine.memory.replace(TRAVELLING_KEY, undefined);
        break;
      case 3:
        machine.memory.replace(TRAVELLING_KEY, past[this.below(past.length)]);
        break;
      case 4:
        machine.memory.replace(TRAVELLING_KEY, { format: 1, sets: 'not at all' });
        break;
      case 5:
        machine.memory.replace(TRAVELLING_KEY, asNewer(machine.travelling));
        break;
      case 6:
      case 7:
        break;
      default:
        cloud.sync(machine);
    }
    if (this.below(10) === 0) past.push(cloud.value);
  }

  async use(machine: SimulatedMachine): Promise<void> {
    const { state } = machine;
    const kind = MARKS[this.below(MARKS.length)] as MarkKind;
    const shared = `someone/model-${this.below(40)}`;
    const ownKey = `${machine.identity.id}/model-${this.below(20)}`;
    for (const key of [shared, ownKey]) {
      const isWanted = this.below(3) > 0;
      if (isWanted && !state.has(kind, key)) await state.put(kind, key);
      if (!isWanted) await state.remove(kind, key);
      if (key === ownKey) this.meant.set(`${kind} ${key}`, isWanted);
    }
    const { id } = this.machines[this.below(this.machines.length)]?.identity ?? {};
    if (this.below(20) === 0 && id !== undefined)
      await machine.machines.rename(id, `name ${shared}`);
    if (this.below(40) === 0 && id !== undefined) await machine.machines.forget(id);
    if (this.below(10) === 0) {
      machine.install(
        ...Array.from({ length: this.below(150) }, (_, index) => ({
          model: `someone/model-with-a-rather-long-name-${index}`,
          variant: `model-Q${1 + this.below(8)}_0`,
        })),
      );
    }
  }

  /** Everybody is there, the editor does its work, and nobody does anything. */
  async settle(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      for (const machine of this.machines) {
        this.cloud.sync(machine);
        await machine.machines.update();
        this.cloud.sync(machine);
      }
    }
  }
}

describe('A year with up to 8 machines that only Settings Sync connects', () => {
  for (const offset of [0, 1]) {
    it(`ends with all of them agreeing, within the size, and with no more to write (${offset})`, async function () {
      this.timeout(240_000);
      const seed = seedOfRun() + offset;
      console.log(`      seed ${seed}`);
      const year = new Year(seed);
      for (let day = 0; day < DAYS; day++) {
        await year.day();
        const size = Buffer.byteLength(JSON.stringify(year.cloud.value ?? ''));
        assert.ok(size < MOST, `${size} bytes travel on day ${day}`);
      }
      await year.settle(4);

      const [first, ...others] = year.machines;
      for (const machine of others) assert.deepEqual(machine.travelling, first?.travelling);
      assert.ok(JSON.stringify(first?.travelling).length > 1_000);
      for (const [mark, isWanted] of year.meant) {
        const [kind = '', key = ''] = mark.split(' ');
        for (const { state } of year.machines) assert.equal(state.has(kind, key), isWanted, mark);
      }
      const telling = year.machines.filter(({ installed }) => installed !== undefined);
      for (const { machines, identity } of year.machines) {
        assert.deepEqual(
          machines.others.map(({ id }) => id).sort(),
          telling.map((one) => one.identity.id).filter((id) => id !== identity.id),
        );
      }

      const written = year.machines.map(({ memory }) => memory.writes.length);
      await year.settle(2);
      assert.deepEqual(
        year.machines.map(({ memory }) => memory.writes.length),
        written,
      );
    });
  }
});
