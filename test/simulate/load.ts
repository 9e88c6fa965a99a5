import { DAY, HOUR, MINUTE } from './habits.ts';
import type { Asked, Outage } from './upstream.ts';
import { STRETCH } from './upstream.ts';

/** Clients come and go in the first hours in other numbers than the week would have brought. */
const WARM_UP = 2 * HOUR;
/** Waits after a failure are at most an hour; so long after an outage nothing is as usual. */
const RECOVERY = 2 * HOUR;
/** Of the mean: the limits that rates are held against have one digit after the point. */
const MOST_CHANCE = 0.1;

export interface Observed {
  readonly asked: Asked;
  /** Clients that are awake, by minute. */
  readonly awake: Float64Array;
  readonly clients: number;
  readonly outage: Pick<Outage, 'from' | 'to'>;
}

/**
 * What one upstream had to bear. Rates are requests a minute of each client that is awake; of those
 * that are multiples of the mean, a fleet that is too small for any to be told has none.
 */
export interface Load {
  readonly name: string;
  readonly requests: number;
  readonly mean: number;
  /** The highest rate of a stretch, and what chance alone may have added to that. */
  readonly peak: number | undefined;
  readonly chance: number | undefined;
  /** The highest rate of requests that the clients' own times alone have brought about. */
  readonly withoutNews: number | undefined;
  /** The highest rate while nobody answered, and afterwards. */
  readonly duringOutage: number | undefined;
  readonly afterOutage: number | undefined;
  /** The share of all requests that the stretches have by which the peak is judged. */
  readonly judged: number;
  /** The most requests of all clients in one second of the busiest minute. */
  readonly perSecond: number;
  readonly bytesPerClientAndDay: number;
  /** The most requests of one address in five minutes, and answers that refused one for that. */
  readonly fullest: number;
  readonly refused: number;
}

/** Some minutes of all clients. */
interface Stretch {
  /** When it begins, in ms since the simulation began. */
  readonly from: number;
  readonly requests: number;
  readonly news: number;
  /** Minutes that clients were awake, all together. */
  readonly present: number;
}

/**
 * Sums up what an upstream was asked. A stretch in which few are awake has a high rate now and then
 * because two of them look at their catalogues, and of many stretches one is always the highest:
 * that is chance, no herd. Clients decide apart from each other, so a sum of their requests varies
 * by no more than the sum of their squares does, and of `n` such sums the highest is about
 * `sqrt(2 ln n)` deviations above the mean. Stretches in which so few are awake that this would be
 * more than a tenth of the mean are not judged; they are those of nights and week-ends, when an
 * upstream has the least to bear.
 */
export function loadOf({ asked, awake, clients, outage }: Observed): Load {
  const stretches = stretchesOf(asked, awake);
  const isUsual = ({ from }: Stretch): boolean =>
    from < outage.from || from >= outage.to + RECOVERY;
  const usual = stretches.filter(isUsual);
  const mean = sum(usual.map(({ requests }) => requests)) / sum(usual.map((one) => one.present));
  const variance = asked.squares / sum(awake);
  const deviations = Math.sqrt(2 * Math.log(usual.length));
  const chanceOf = ({ present }: Stretch): number =>
    (deviations * Math.sqrt(variance / present)) / mean;
  const isJudged = (stretch: Stretch): boolean => chanceOf(stretch) <= MOST_CHANCE;
  const rateOf = ({ requests, present }: Stretch): number => requests / present / mean;
  const busiest = (among: readonly Stretch[]): Stretch | undefined =>
    among.filter(isJudged).sort((a, b) => rateOf(b) - rateOf(a))[0];
  const highestRate = (among: readonly Stretch[]): number | undefined => {
    const found = busiest(among);
    return found && rateOf(found);
  };
  const unusual = stretches.filter((stretch) => !isUsual(stretch));
  const peak = busiest(usual);
  const all = sum(usual.map(({ requests }) => requests));
  return {
    name: asked.name,
    requests: sum(asked.requests),
    mean,
    peak: peak && rateOf(peak),
    chance: peak && chanceOf(peak),
    withoutNews: highestRate(
      usual.map((stretch) => ({ ...stretch, requests: stretch.requests - stretch.news })),
    ),
    duringOutage: highestRate(unusual.filter(({ from }) => from < outage.to)),
    afterOutage: highestRate(unusual.filter(({ from }) => from >= outage.to)),
    judged: sum(usual.filter(isJudged).map(({ requests }) => requests)) / all,
    perSecond: asked.minutes.reduce((most, count) => Math.max(most, count), 0) / 60,
    bytesPerClientAndDay: asked.bytes / clients / ((awake.length * MINUTE) / DAY),
    fullest: asked.fullest,
    refused: asked.refused,
  };
}

/** Those in which anybody was awake. */
function stretchesOf({ requests, news }: Asked, awake: Float64Array): readonly Stretch[] {
  const minutes = STRETCH / MINUTE;
  return Array.from(requests, (count, n) => ({
    from: n * STRETCH,
    requests: count,
    news: news[n] ?? 0,
    present: sum(awake.subarray(n * minutes, (n + 1) * minutes)),
  })).filter(({ from, present }) => from >= WARM_UP && present > 0);
}

function sum(numbers: Float64Array | readonly number[]): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
