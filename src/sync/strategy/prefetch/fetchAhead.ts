import type { AheadTotals } from '../../activity.ts';
import type { Cost } from '../../detailsPart.ts';
import type { SyncErrorKind } from '../../errors.ts';
import { SyncError } from '../../errors.ts';
import { isGeneral } from '../../failures.ts';
import type { ModelId } from '../../model.ts';
import { retryTime } from '../backoff.ts';
import type { Prediction } from './predict.ts';

/** Bytes that may be fetched before anything fetched ahead was used. */
const ADVANCE = 48 * 1024;
/** Bytes that may be fetched in all for each that was used. */
const RETURN = 2.5;

const MINUTE = 60_000;
/** Waits after failures of one model, in ms: see retryTime. */
const PATIENCE = { base: 30 * MINUTE, cap: 24 * 60 * MINUTE };

/**
 * Bytes that fetching ahead has earned by being right: each byte that was used pays for itself and
 * for a few more, so that whoever cannot be predicted is soon left in peace.
 */
export function earnedBytes({ bytes, usedBytes }: AheadTotals): number {
  return Math.max(0, ADVANCE + RETURN * usedBytes - bytes);
}

/** Why fetching ahead came to an end; absent in a report: all that is likely enough is there. */
export type AheadStop = SyncErrorKind | 'active' | 'budget';

/** What one round fetched, and cost. */
export interface AheadRound extends Readonly<Cost> {
  readonly models: number;
  readonly stopped?: AheadStop;
}

export interface AheadRoundOptions {
  /** The likeliest first. */
  readonly predictions: readonly Prediction[];
  /** See Tuning. */
  readonly leastChance: number;
  /** What this round may fetch, in bytes. */
  readonly budgetBytes: number;
  /** The details are there already. */
  readonly isStored: (id: ModelId, sha: string) => boolean;
  /**
   * Fetches and notes the details of one model; `cost` grows by what that took, also if it fails.
   * @throws SyncError
   */
  readonly fetch: (prediction: Prediction, cost: Cost, signal: AbortSignal) => Promise<void>;
  /** Somebody uses the machine, in another window too. */
  readonly isActive: () => boolean;
  readonly failures: AheadFailures;
  readonly signal: AbortSignal;
}

/** Fetches one model after the other, so that one answer is the most that comes too late. */
export async function fetchAhead(options: AheadRoundOptions): Promise<AheadRound> {
  const { predictions, leastChance, budgetBytes, isStored, isActive, failures, signal } = options;
  const done = { models: 0, requests: 0, bytes: 0 };
  for (const prediction of predictions) {
    const { id, sha } = prediction.candidate;
    if (prediction.chance < leastChance) break;
    if (isStored(id, sha) || failures.isWaiting(id, sha)) continue;
    if (signal.aborted || isActive()) return { ...done, stopped: 'active' };
    if (done.bytes >= budgetBytes) return { ...done, stopped: 'budget' };
    try {
      await options.fetch(prediction, done, signal);
      done.models++;
      failures.forget(id, sha);
    } catch (error) {
      const failure = SyncError.from(error);
      if (failure.kind === 'cancelled') return { ...done, stopped: 'active' };
      if (isGeneral(failure)) return { ...done, stopped: failure.kind };
      failures.note(id, sha, failure);
    }
  }
  return done;
}

/** Models that could not be fetched, and when it makes sense to try them again. */
export class AheadFailures {
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #known = new Map<string, { readonly count: number; readonly retryAt: number }>();

  constructor(now: () => number, random: () => number) {
    this.#now = now;
    this.#random = random;
  }

  isWaiting(id: ModelId, sha: string): boolean {
    const known = this.#known.get(`${id}@${sha}`);
    return known !== undefined && this.#now() < known.retryAt;
  }

  note(id: ModelId, sha: string, { kind, retryAt }: SyncError): void {
    const key = `${id}@${sha}`;
    const count = (this.#known.get(key)?.count ?? 0) + 1;
    const failure = { kind, retryAt };
    const at = retryTime(count, failure, this.#now(), this.#random(), PATIENCE);
    this.#known.set(key, { count, retryAt: at });
  }

  forget(id: ModelId, sha: string): void {
    this.#known.delete(`${id}@${sha}`);
  }
}
