import { earnedBytes } from '../../../src/sync/strategy/prefetch/fetchAhead.ts';
import type { Candidate } from '../../../src/sync/strategy/prefetch/candidate.ts';
import { gatherPool } from '../../../src/sync/strategy/prefetch/pool.ts';
import type { Prediction } from '../../../src/sync/strategy/prefetch/predict.ts';
import { predict } from '../../../src/sync/strategy/prefetch/predict.ts';
import { Taste } from '../../../src/sync/strategy/prefetch/taste.ts';
import type { Tuning } from '../../../src/sync/strategy/prefetch/tuning.ts';
import { TUNING } from '../../../src/sync/strategy/prefetch/tuning.ts';
import type { Outcome, Strategy } from './replay.ts';
import type { Trace } from './trace.ts';

/** As the extension does it. */
export function ours(tuning: Tuning = TUNING): Strategy {
  return {
    name: 'ours',
    leastChance: tuning.leastChance,
    predict: ({ shelf, events, circumstances }) => {
      const taste = new Taste(events, circumstances.now, tuning);
      const pool = gatherPool(shelf, events, taste, circumstances);
      return predict(pool, taste, circumstances, tuning);
    },
    budget: ({ spent }) => earnedBytes(spent),
  };
}

export const nothing: Strategy = {
  name: 'no prefetch',
  leastChance: 0,
  predict: () => [],
  budget: () => 0,
};

/** What most people download, with as many bytes at each moment as another way had spent by then. */
export function mostDownloadedFirst(other: Outcome): Strategy {
  return {
    name: 'most downloaded first',
    leastChance: 0,
    predict: ({ shelf }) => ranked(shelf.find({ sort: 'downloads', limit: 3_000 })),
    budget: sameBytes(other),
  };
}

/** What was opened last, at its newest commit; with the same bytes. */
export function mostRecentlyUsed(other: Outcome): Strategy {
  return {
    name: 'most recently used',
    leastChance: 0,
    predict: ({ shelf, events }) => {
      const recent = events.toReversed().flatMap(({ kind, models }) => {
        return kind === 'searched' ? [] : models;
      });
      return ranked(shelf.byIds([...new Set(recent)]));
    },
    budget: sameBytes(other),
  };
}

/**
 * Knows what will be opened, of all that is listed, and takes what weighs least first: what nobody
 * can surpass by much.
 * @param other absent: with as many bytes as it takes
 */
export function oracle({ lines }: Trace, other?: Outcome): Strategy {
  const opens = opensOf(lines);
  return {
    name: other === undefined ? 'oracle, any bytes' : 'oracle, same bytes',
    leastChance: 0,
    predict: ({ shelf, circumstances: { now } }) => {
      const weight = ({ id }: Candidate): number => {
        const line = shelf.line(id);
        return line === undefined ? 0 : line.treeBytes + line.readmeBytes;
      };
      const wanted = shelf
        .find({ sort: 'downloads', limit: Infinity })
        .filter(({ id, sha }) => (opens.get(`${id}@${sha}`) ?? 0) > now);
      return ranked(wanted.sort((a, b) => weight(a) - weight(b)));
    },
    budget: other === undefined ? () => Infinity : sameBytes(other),
  };
}

/** When each commit is opened for the last time, by `id@sha`. */
function opensOf(lines: Trace['lines']): ReadonlyMap<string, number> {
  const commits = new Map<string, string>();
  const opens = new Map<string, number>();
  for (const line of lines) {
    if (line.type === 'model') commits.set(line.id, line.sha);
    if (line.type !== 'activity' || line.kind !== 'opened') continue;
    const [id = ''] = line.models;
    opens.set(`${id}@${commits.get(id) ?? ''}`, line.at);
  }
  return opens;
}

function sameBytes({ spentAfter }: Outcome): Strategy['budget'] {
  return ({ spent }, round) => (spentAfter[round] ?? 0) - spent.bytes;
}

function ranked(candidates: readonly Candidate[]): Prediction[] {
  return candidates.map((candidate) => ({ candidate, chance: 1, reason: { kind: 'like' } }));
}
