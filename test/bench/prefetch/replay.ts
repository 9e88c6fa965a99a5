import type { ActivityEvent, AheadReason } from '../../../src/sync/activity.ts';
import { traitsOf } from '../../../src/sync/strategy/prefetch/candidate.ts';
import { AheadFailures, fetchAhead } from '../../../src/sync/strategy/prefetch/fetchAhead.ts';
import type { Circumstances, Prediction } from '../../../src/sync/strategy/prefetch/predict.ts';
import { BACKGROUND_INTERVAL } from '../../../src/sync/strategy/policy.ts';
import { MOST_EVENTS } from '../../../src/sync/cache/activityLog.ts';
import { LIMITS } from '../../../src/sync/http/linkQuality.ts';
import { Shelf } from './shelf.ts';
import type { Trace, TraceLine } from './trace.ts';

/** The line, simulated: questions for tree and README go out together. */
const LATENCY = 150;
const BYTES_PER_MS = 1_250;
/** VS Code takes a window for idle about a minute after the last key. */
const IDLE_AFTER = 60_000;
const DAY = 24 * 60 * 60_000;
/** The default of the setting. */
const BYTES_A_DAY = 200 * 2 ** 20;

/** What is known when a round begins. */
export interface Situation {
  readonly shelf: Shelf;
  readonly events: readonly ActivityEvent[];
  readonly circumstances: Circumstances;
  readonly spent: Spent;
}

/** What was fetched ahead so far, in bytes. */
export interface Spent {
  readonly models: number;
  readonly bytes: number;
  readonly usedModels: number;
  readonly usedBytes: number;
}

/** A way to choose what is fetched ahead. */
export interface Strategy {
  readonly name: string;
  readonly leastChance: number;
  readonly predict: (situation: Situation) => Prediction[];
  /** Bytes that the round, the n-th of the trace, may fetch besides the limits of the link. */
  readonly budget: (situation: Situation, round: number) => number;
}

/** How a trace went. */
export interface Outcome {
  readonly opens: number;
  /** Opened at a commit that the user had opened before. */
  readonly servedByEarlier: number;
  readonly servedAhead: number;
  readonly fetched: number;
  readonly fetchedBytes: number;
  readonly usedBytes: number;
  /** In ms, over all opens. */
  readonly waiting: number;
  /** Bytes fetched ahead when each round had ended. */
  readonly spentAfter: readonly number[];
}

/** Replays a trace: all but the network and the time is what the extension does. */
export async function replay({ lines }: Trace, strategy: Strategy): Promise<Outcome> {
  const machine = new Machine(strategy);
  for (const line of lines) await machine.take(line);
  return machine.outcome;
}

class Machine {
  readonly #strategy: Strategy;
  readonly #shelf = new Shelf();
  readonly #events: ActivityEvent[] = [];
  readonly #stored = new Map<
    string,
    { bytes: number; ahead: boolean; kind?: AheadReason['kind'] }
  >();
  readonly #record = new Map<AheadReason['kind'], { expected: number; used: number }>();
  readonly #failures = new AheadFailures(
    () => this.#now,
    () => 0,
  );
  readonly #today = { day: -1, bytes: 0 };
  #now = 0;
  #lastRound = -Infinity;
  #favourites: readonly string[] = [];
  #visible: readonly string[] = [];
  #fitsBytes: number | undefined;
  #opens = 0;
  #servedByEarlier = 0;
  #servedAhead = 0;
  #waiting = 0;
  #spent = { models: 0, bytes: 0, usedModels: 0, usedBytes: 0 };
  readonly #spentAfter: number[] = [];

  constructor(strategy: Strategy) {
    this.#strategy = strategy;
  }

  get outcome(): Outcome {
    return {
      opens: this.#opens,
      servedByEarlier: this.#servedByEarlier,
      servedAhead: this.#servedAhead,
      fetched: this.#spent.models,
      fetchedBytes: this.#spent.bytes,
      usedBytes: this.#spent.usedBytes,
      waiting: this.#waiting,
      spentAfter: this.#spentAfter,
    };
  }

  async take(line: TraceLine): Promise<void> {
    this.#now = line.at;
    switch (line.type) {
      case 'machine':
        this.#fitsBytes = line.fitsBytes;
        return;
      case 'model':
        this.#shelf.put(line);
        return;
      case 'rows':
        this.#visible = line.models;
        return;
      case 'favourites':
        this.#favourites = line.models;
        return;
      case 'away':
        await this.#whileAway(line.until);
        return;
      case 'activity':
        this.#note(line);
    }
  }

  #note({ at, kind, models, author, family }: Extract<TraceLine, { type: 'activity' }>): void {
    const [id] = models;
    if (kind === 'opened' && id !== undefined) this.#open(id);
    const [candidate] = models.length === 1 ? this.#shelf.byIds(models) : [];
    this.#events.push({
      ...{ at, kind, models },
      ...(author !== undefined && { author }),
      ...(family !== undefined && { family }),
      ...(candidate && { traits: traitsOf(candidate, at, this.#fitsBytes) }),
    });
    if (this.#events.length > MOST_EVENTS) this.#events.shift();
  }

  #open(id: string): void {
    const line = this.#shelf.line(id);
    if (line === undefined) return;
    this.#opens++;
    const key = `${id}@${line.sha}`;
    const bytes = line.treeBytes + line.readmeBytes;
    const stored = this.#stored.get(key);
    if (stored === undefined) {
      this.#waiting += waitFor(bytes);
      this.#stored.set(key, { bytes, ahead: false });
    } else if (stored.ahead) this.#servedAhead++;
    else this.#servedByEarlier++;
    if (stored?.ahead === true) {
      // From now on it is one that was opened before.
      this.#stored.set(key, { bytes, ahead: false });
      if (stored.kind !== undefined) this.#judge(stored.kind, 0, 1);
      this.#spent.usedModels++;
      this.#spent.usedBytes += stored.bytes;
    }
  }

  /** A round after each idle sync, until the user is back. */
  async #whileAway(until: number): Promise<void> {
    const first = Math.max(this.#now + IDLE_AFTER, this.#lastRound + BACKGROUND_INTERVAL);
    for (let at = first; at < until; at += BACKGROUND_INTERVAL) {
      this.#now = this.#lastRound = at;
      await this.#round(until);
      this.#spentAfter.push(this.#spent.bytes);
    }
  }

  async #round(until: number): Promise<void> {
    const { predict, budget, leastChance } = this.#strategy;
    const situation: Situation = {
      shelf: this.#shelf,
      events: this.#events,
      circumstances: {
        ...{ now: this.#now, favourites: this.#favourites, visible: this.#visible },
        ...{ fitsBytes: this.#fitsBytes, record: this.#record },
      },
      spent: this.#spent,
    };
    const budgetBytes = Math.min(
      budget(situation, this.#spentAfter.length),
      LIMITS.normal.prefetchBytes,
      this.#leftToday(),
    );
    if (budgetBytes <= 0) return;
    await fetchAhead({
      ...{ predictions: predict(situation), leastChance, budgetBytes },
      isStored: (id, sha) => this.#stored.has(`${id}@${sha}`),
      fetch: (prediction, cost) => {
        this.#fetch(prediction, cost);
        return Promise.resolve();
      },
      isActive: () => this.#now >= until,
      failures: this.#failures,
      signal: new AbortController().signal,
    });
  }

  #judge(kind: AheadReason['kind'], expected: number, used: number): void {
    const before = this.#record.get(kind) ?? { expected: 0, used: 0 };
    const after = { expected: before.expected + expected, used: before.used + used };
    this.#record.set(kind, after);
  }

  #fetch(
    { candidate, reason, chance }: Prediction,
    cost: { requests: number; bytes: number },
  ): void {
    const { id, sha } = candidate;
    const line = this.#shelf.line(id);
    if (line === undefined) return;
    const bytes = line.treeBytes + line.readmeBytes;
    this.#now += waitFor(bytes);
    this.#stored.set(`${id}@${sha}`, { bytes, ahead: true, kind: reason.kind });
    this.#judge(reason.kind, chance, 0);
    cost.requests += 2;
    cost.bytes += bytes;
    this.#today.bytes += bytes;
    this.#spent.models++;
    this.#spent.bytes += bytes;
  }

  #leftToday(): number {
    const day = Math.floor(this.#now / DAY);
    if (this.#today.day !== day) Object.assign(this.#today, { day, bytes: 0 });
    return BYTES_A_DAY - this.#today.bytes;
  }
}

function waitFor(bytes: number): number {
  return LATENCY + bytes / BYTES_PER_MS;
}
