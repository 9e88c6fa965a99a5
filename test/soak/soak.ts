import { BOUNDS, inUnit, judge } from './bounds.ts';
import type { Verdict } from './bounds.ts';
import type { Sample } from './sample.ts';
import type { Day, SoakOptions } from './simulation.ts';
import { Simulation } from './simulation.ts';
import { DETAILS_BUDGET } from './soakWindow.ts';
import { MOST_REMEMBERED } from './windowDownloads.ts';
import { KEPT_OF_MODEL } from '../../src/sync/cache/historyStore.ts';

/** Of all days the first, in which caches may still fill. */
const WARM_UP_SHARE = 1 / 3;
/** The store counts only when a 64th was added since it counted last. */
const MOST_DETAILS = DETAILS_BUDGET * (1 + 1 / 64);
/** After so many days all that has a budget must have reached it once. */
const LONG = 20;

/** What came of a soak. */
export interface Soaked {
  readonly days: readonly Day[];
  readonly verdicts: readonly Verdict[];
  /** All that was not as it must be, in words; empty if nothing was. */
  readonly problems: readonly string[];
}

/** Lets a machine live, and judges what became of it. */
export async function soak(options: SoakOptions): Promise<Soaked> {
  await using simulation = await Simulation.begin(options);
  const days: Day[] = [];
  for (let day = 0; day < options.days; day++) days.push(await simulation.live(day));
  const samples = days.map(({ sample }) => sample);
  const warmUp = Math.max(1, Math.floor(options.days * WARM_UP_SHARE));
  const verdicts = BOUNDS.map((bound) => judge(bound, samples, warmUp));
  const problems = [
    ...days.flatMap(({ sample, problems: found }) =>
      found.map((problem) => `day ${sample.day}: ${problem}`),
    ),
    ...verdicts.flatMap(({ bound, problems: found }) =>
      found.map((problem) => `${bound.name}: ${problem}`),
    ),
    ...budgetProblems(samples),
  ];
  return { days, verdicts, problems };
}

/** What is kept within a budget: what there was at most, and what there may be. */
function budgets(samples: readonly Sample[]) {
  const most = (of: (sample: Sample) => number): number => Math.max(...samples.map(of));
  return [
    { name: 'details', held: most(({ details }) => details), budget: MOST_DETAILS },
    { name: 'files with chunks', held: most((one) => one.chunkFiles), budget: MOST_REMEMBERED },
    { name: 'history of a model', held: most(({ history }) => history), budget: KEPT_OF_MODEL },
  ];
}

/** A budget that is exceeded, and in a long run one that was never reached: nothing was evicted. */
function budgetProblems(samples: readonly Sample[]): string[] {
  return budgets(samples).flatMap(({ name, held, budget }) => {
    if (held > budget) return [`${name}: ${held} were kept, more than ${budget}`];
    const isReached = held > 0.8 * budget;
    return samples.length < LONG || isReached
      ? []
      : [`${name}: ${held} of ${budget} are too few for any to have gone`];
  });
}

/** A day as a line of the table. */
export function lineOf({ sample, counts, problems }: Day): string {
  const cells = [
    String(sample.day),
    String(counts.syncs),
    String(counts.failures),
    String(counts.downloads),
    String(counts.reopened),
    inUnit(sample.heap, { unit: 'bytes' }),
    inUnit(sample.resident, { unit: 'bytes' }),
    String(sample.openFiles),
    String(sample.timers),
    String(sample.rows),
    inUnit(sample.database, { unit: 'bytes' }),
    inUnit(sample.writeAheadLog, { unit: 'bytes' }),
    inUnit(sample.sideDatabases, { unit: 'bytes' }),
    problems.length === 0 ? 'equal' : `${problems.length} problems`,
  ];
  return row(cells);
}

/** The head of the table, two lines. */
export function tableHead(): string {
  return `${row(COLUMNS)}\n${row(COLUMNS.map((name) => '-'.repeat(name.length)))}`;
}

/** What was judged, a line for each bound and each budget. */
export function verdictLines({ days, verdicts }: Soaked): string[] {
  const bounded = verdicts.map(({ bound, first, last, highest, perDay, problems }) => {
    const show = (value: number): string => inUnit(value, bound);
    const sign = problems.length === 0 ? '✔' : '✖';
    const limits = [
      ...(bound.perDay === undefined ? [] : [`${show(bound.perDay)} a day`]),
      ...(bound.over === undefined ? [] : [`${show(bound.over)} over the warm-up`]),
      ...(bound.most === undefined ? [] : [`${show(bound.most)} in all`]),
    ].join(', ');
    const trend = `${show(first)} → ${show(last)}, at most ${show(highest)}`;
    return `${sign} ${bound.name}: ${trend}, ${show(perDay)} a day (bounds: ${limits})`;
  });
  const kept = budgets(days.map(({ sample }) => sample)).map(
    ({ name, held, budget }) =>
      `${held > budget ? '✖' : '✔'} ${name}: at most ${held} of ${budget}`,
  );
  return [...bounded, ...kept];
}

const COLUMNS = [
  'day',
  'syncs',
  'failures',
  'downloads',
  'reopened',
  'memory',
  'resident',
  'files',
  'timers',
  'rows',
  'database',
  'WAL',
  'beside',
  'state',
];
const WIDTH = 9;

function row(cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(WIDTH)).join(' ');
}
