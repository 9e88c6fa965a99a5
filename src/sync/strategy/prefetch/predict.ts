import type { AheadReason, TrackRecord } from '../../activity.ts';
import type { Candidate } from './candidate.ts';
import type { Clues } from './clues.ts';
import { Clerk } from './clues.ts';
import type { AtHand, Pool } from './pool.ts';
import type { Taste } from './taste.ts';
import type { Tuning } from './tuning.ts';

/** A model whose details the user may want, how likely within some weeks, and why. */
export interface Prediction {
  readonly candidate: Candidate;
  /** From 0 to 1. */
  readonly chance: number;
  readonly reason: AheadReason;
}

export interface Circumstances extends AtHand {
  /** Ms since 1970. */
  readonly now: number;
  /** How earlier predictions turned out. */
  readonly record: TrackRecord;
  /** How large a variant may be to run well here, in bytes; absent: not known. */
  readonly fitsBytes?: number | undefined;
}

/**
 * What the user will open, the likeliest first. The clues for a first opening and those for one
 * more are weighed each in their own way (logistic regression), and the chance is believed as far
 * as predictions for the same kind of reason came true on this machine.
 */
export function predict(
  pool: Pool,
  taste: Taste,
  circumstances: Circumstances,
  tuning: Tuning,
): Prediction[] {
  const clerk = new Clerk(pool, taste, circumstances, tuning);
  const weigh = (candidate: Candidate): Prediction => {
    if (clerk.isKnown(candidate)) {
      const chance = chanceOf(clerk.again(candidate), tuning.againClues);
      return { candidate, chance, reason: clerk.reasonAgain(candidate) };
    }
    // Of somebody who never opened anything nothing is known.
    const chance = taste.firsts === 0 ? 0 : chanceOf(clerk.first(candidate), tuning.firstClues);
    return { candidate, chance, reason: clerk.reasonFirst(candidate) };
  };
  return pool.candidates
    .map(weigh)
    .map((one) => ({ ...one, chance: one.chance * trust(one.reason, circumstances, tuning) }))
    .sort((a, b) => b.chance - a.chance || (a.candidate.id < b.candidate.id ? -1 : 1));
}

function chanceOf<Name extends string>(clues: Clues<Name>, weights: Clues<Name>): number {
  const names = Object.keys(clues) as Name[];
  const sum = names.reduce((total, name) => total + weights[name] * clues[name], 0);
  return 1 / (1 + Math.exp(-sum));
}

/** How far chances are to be believed, by how those with the same kind of reason turned out. */
function trust({ kind }: AheadReason, { record }: Circumstances, { doubt }: Tuning): number {
  const { expected, used } = record.get(kind) ?? { expected: 0, used: 0 };
  return Math.min(1, (used + doubt) / (expected + doubt));
}
