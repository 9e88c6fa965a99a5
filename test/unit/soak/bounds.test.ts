import assert from 'node:assert/strict';
import { BOUNDS, inUnit, judge } from '../../soak/bounds.ts';
import type { Bound } from '../../soak/bounds.ts';
import type { Sample } from '../../soak/sample.ts';
import { randomNumbers, seedOfRun } from '../support/random.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const DAYS = 30;
const WARM_UP = 6;

/** A machine that is well. */
const WELL: Omit<Sample, 'day'> = {
  ...{ heap: 30 * MIB, buffers: 13 * MIB, resident: 300 * MIB },
  ...{ openFiles: 50, otherHandles: 40, timers: 8, listeners: 4 },
  ...{
    database: MIB,
    writeAheadLog: 2 * MIB,
    sideDatabases: MIB,
    sideLogs: 4 * MIB,
    storedFiles: 14,
  },
  ...{ installed: MIB, rows: 150, details: 20 * KIB, chunkFiles: 4, history: 20 },
};

function days(of: (day: number) => Partial<Sample>): Sample[] {
  return Array.from({ length: DAYS }, (_, n) => ({ ...WELL, day: n + 1, ...of(n + 1) }));
}

function broken(samples: readonly Sample[]): string[] {
  return BOUNDS.filter((bound) => judge(bound, samples, WARM_UP).problems.length > 0).map(
    ({ name }) => name,
  );
}

describe('The bounds of a soak', () => {
  const seed = seedOfRun();

  it('let a machine pass that is well', () => {
    assert.deepEqual(broken(days(() => ({}))), []);
  });

  it(`let noise pass that comes and goes (SEED=${seed})`, () => {
    const next = randomNumbers(seed);
    const noisy = days(() => ({
      heap: (30 + next()) * MIB,
      openFiles: 50 + Math.floor(next() * 4),
      otherHandles: 40 + Math.floor(next() * 20),
    }));
    assert.deepEqual(broken(noisy), []);
  });

  it('let caches fill in the warm-up', () => {
    const filling = days((day) => ({ heap: (30 + Math.min(day, WARM_UP) * 4) * MIB }));
    assert.deepEqual(broken(filling), []);
  });

  it('let the catalogue grow with its rows', () => {
    const growing = days((day) => ({ rows: 150 + 5 * day, database: (150 + 5 * day) * 7 * KIB }));
    assert.deepEqual(broken(growing), []);
  });

  const LEAKS: Readonly<Record<string, (day: number) => Partial<Sample>>> = {
    memory: (day) => ({ heap: 30 * MIB + day * 200 * KIB }),
    buffers: (day) => ({ buffers: 13 * MIB + day * 400 * KIB }),
    'open files': (day) => ({ openFiles: 50 + Math.floor(day / 3) }),
    'other handles': (day) => ({ otherHandles: 40 + 3 * day }),
    timers: (day) => ({ timers: 8 + day }),
    listeners: (day) => ({ listeners: 4 + Math.floor(day / 4) }),
    'database for each row': (day) => ({ database: MIB + day * 60 * KIB }),
    'write-ahead log': (day) => ({ writeAheadLog: day === 20 ? 5 * MIB : 2 * MIB }),
    'databases beside it': (day) => ({ sideDatabases: MIB + day * 20 * KIB }),
    'logs beside it': (day) => ({ sideLogs: day === 20 ? 13 * MIB : 4 * MIB }),
    'stored files': (day) => ({ storedFiles: 14 + Math.floor(day / 3) }),
  };

  for (const { name } of BOUNDS) {
    it(`find what grows: ${name}`, () => {
      const leak = LEAKS[name];
      assert.ok(leak, `there is no leak of ${name} to find`);
      assert.deepEqual(broken(days(leak)), [name]);
    });
  }

  it('find what jumps once and stays, however flat it is then', () => {
    assert.deepEqual(broken(days((day) => ({ heap: (day > 7 ? 50 : 30) * MIB }))), ['memory']);
  });

  it('say by how much', () => {
    const bound: Bound = { name: 'x', of: ({ heap }) => heap, perDay: 100 * KIB, unit: 'bytes' };
    const { perDay, problems } = judge(
      bound,
      days((day) => ({ heap: day * 2 * MIB })),
      WARM_UP,
    );
    assert.equal(Math.round(perDay), 2 * MIB);
    assert.deepEqual(problems, ['grows by 2.0 MiB a day, more than 100.0 KiB']);
    assert.equal(inUnit(1.234, { unit: 'number' }), '1.23');
  });
});
