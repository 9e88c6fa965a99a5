import type { ActivityEvent } from '../../activity.ts';
import { familyOf } from '../../family.ts';
import type { ModelId } from '../../model.ts';
import { authorOf } from '../../modelId.ts';
import type { Tuning, Way } from './tuning.ts';

const DAY = 24 * 60 * 60_000;
const WEEK = 7 * DAY;
const HOUR = 60 * 60_000;
/** Without anything done for so long a visit has ended, or what a search has found is left, in ms. */
const VISIT_ENDS = HOUR / 2;
const SEARCH_ENDS = 2 * 60_000;

/** How often something was done, the older the less. */
class Fading<Name extends string = string> {
  readonly #weights = new Map<Name, number>();
  #total = 0;

  add(name: Name, weight: number): void {
    this.#weights.set(name, this.of(name) + weight);
    this.#total += weight;
  }

  of(name: Name): number {
    return this.#weights.get(name) ?? 0;
  }

  /** The part of a name in all, as if half of each of three had been added: never 0. */
  share(name: Name): number {
    return (this.of(name) + 0.5) / (this.#total + 1.5);
  }

  get total(): number {
    return this.#total;
  }

  /** The names of most weight. */
  top(most: number): Name[] {
    return [...this.#weights]
      .sort((a, b) => b[1] - a[1])
      .slice(0, most)
      .map(([name]) => name);
  }
}

/** What the events of a machine say of its user, the newer the more. */
export class Taste {
  /** How well models are remembered that the user had to do with. */
  readonly models = new Fading();
  /** Found by searches that led to another. */
  readonly found = new Fading();
  readonly families = new Fading();
  readonly authors = new Fading();
  /** By `trait=value`, of models that were opened for the first time. */
  readonly traits = new Fading();
  /** Which ways led to models that were opened for the first time. */
  readonly firstsBy = new Fading<Way>();
  /** Models that were opened once more. */
  readonly repeats = new Fading();
  /** How often models were opened, ever. */
  readonly times = new Map<ModelId, number>();
  /** How often models were opened this week, by family and by author. */
  readonly thisWeek = new Map<string, number>();
  /** Models that were opened for the first time, in numbers that fade. */
  readonly firsts: number;
  /** The same, each day. */
  readonly firstsADay: number;
  /** The same, each visit. */
  readonly firstsAVisit: number;
  /** Models that were opened once more, each day. */
  readonly repeatsADay: number;
  /** When the last event was, in ms since 1970. */
  readonly lastAt: number;

  constructor(events: readonly ActivityEvent[], now: number, tuning: Tuning) {
    let firsts = 0;
    let visits = 0;
    let before = -Infinity;
    let searchedAt = -Infinity;
    for (const event of events) {
      const age = Math.max(0, now - event.at);
      const fade = 2 ** (-age / tuning.halfLife);
      const weight = tuning.kinds[event.kind] * fade;
      const [model] = event.models;
      if (event.at - before > VISIT_ENDS) visits += fade;
      before = event.at;
      if (event.family !== undefined) this.families.add(event.family, weight);
      if (event.author !== undefined) this.authors.add(event.author, weight);
      if (event.kind === 'searched') {
        searchedAt = event.at;
        const quickly = 2 ** (-age / tuning.searchHalfLife);
        for (const id of event.models) this.found.add(id, quickly);
      } else if (model !== undefined) {
        this.models.add(model, tuning.again[event.kind] * memory(age));
      }
      for (const id of event.models) this.#likes(id, weight / event.models.length, event);
      if (event.kind !== 'opened' || model === undefined) continue;
      if (age < WEEK) this.#count(model, event);
      const isFound = event.at - searchedAt < SEARCH_ENDS;
      searchedAt = -Infinity;
      const times = this.times.get(model) ?? 0;
      this.times.set(model, times + 1);
      if (times > 0) {
        this.repeats.add(model, fade);
        continue;
      }
      firsts += fade;
      this.firstsBy.add(isFound ? 'search' : wayTo(event), fade);
      for (const [trait, value] of Object.entries(event.traits ?? {})) {
        if (value !== undefined) this.traits.add(`${trait}=${value}`, fade);
      }
    }
    this.firsts = firsts;
    const days = fadingDays(events[0], now, tuning.halfLife) + tuning.idleDays;
    this.firstsADay = firsts / days;
    this.repeatsADay = this.repeats.total / days;
    this.firstsAVisit = firsts / Math.max(1, visits);
    this.lastAt = before;
  }

  #likes(id: ModelId, weight: number, event: ActivityEvent): void {
    this.authors.add(authorOf(id), weight);
    const family = familyIn(id, event);
    if (family !== undefined) this.families.add(family, weight);
  }

  #count(id: ModelId, event: ActivityEvent): void {
    for (const name of [authorKey(authorOf(id)), familyKey(familyIn(id, event) ?? '')]) {
      this.thisWeek.set(name, (this.thisWeek.get(name) ?? 0) + 1);
    }
  }
}

/**
 * What is left in memory of something that long ago, in ms: it fades by a power of time, quickly at
 * first and then ever more slowly (Anderson and Schooler, "Reflections of the environment in
 * memory", 1991).
 */
function memory(age: number): number {
  return (age / HOUR + 1) ** -0.8;
}

/** How one comes to a model that no search has found. */
function wayTo({ traits }: ActivityEvent): Way {
  return traits?.['age'] === 'old' ? 'list' : 'news';
}

/** The names under which Taste.thisWeek counts. */
export const authorKey = (author: string): string => `author ${author}`;
export const familyKey = (family: string): string => `family ${family}`;

function familyIn(id: ModelId, { kind, traits }: ActivityEvent): string | undefined {
  const noted: string | undefined = kind === 'searched' ? undefined : traits?.['family'];
  return noted === undefined || noted === '' ? familyOf({ id }) : noted;
}

/** The days since the first event, each counted as what happened on it still counts. */
function fadingDays(first: ActivityEvent | undefined, now: number, halfLife: number): number {
  const days = first === undefined ? 0 : Math.max(0, now - first.at) / DAY;
  const rate = (Math.LN2 * DAY) / halfLife;
  return Math.max(1, (1 - Math.exp(-rate * days)) / rate);
}
