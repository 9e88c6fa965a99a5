import { familyOf } from '../../../src/sync/family.ts';
import { random } from '../../hub/random.ts';
import type { Random } from '../../hub/random.ts';
import type { Intents, Persona } from './personas.ts';
import type { ModelLine, Trace, TraceLine } from './trace.ts';
import type { World } from './world.ts';
import { DAY } from './world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Rows that fit into the view. */
const ROWS = 25;
/** Rows that somebody is willing to look at. */
const MOST_ROWS = 60;
/** How fast what was opened is forgotten: memory fades by a power of time. */
const MEMORY = 0.8;
/** What is left of liking for what nobody cares for. */
const LEAST_LIKED = 0.005;

type Kind = Extract<TraceLine, { type: 'activity' }>['kind'];

/** A person with a taste, who visits the catalogue day by day. */
export function generateTrace(persona: Persona, world: World, seed: number): Trace {
  const lines = followed(persona, world, random(seed, persona.name, 'follows'));
  return new Person(persona, { ...world, lines }, seed).live();
}

/** What the authors publish that somebody follows; those who publish more have more followers. */
function followed({ follows }: Persona, { lines }: World, draw: Random): ModelLine[] {
  const authors = new Map<string, number>();
  for (const { id } of lines) authors.set(authorOf(id), (authors.get(authorOf(id)) ?? 0) + 1);
  const drawn = [...authors].map(([author, models]) => ({
    author,
    place: -Math.log(1 - draw.next()) / Math.sqrt(models),
  }));
  drawn.sort((a, b) => a.place - b.place);
  const chosen = new Set(drawn.slice(0, follows).map(({ author }) => author));
  return lines.filter(({ id }) => chosen.has(authorOf(id)));
}

class Person {
  readonly #persona: Persona;
  readonly #world: World;
  readonly #draw: Random;
  readonly #seed: number;
  readonly #lines: TraceLine[];
  readonly #catalogue = new Map<string, ModelLine>();
  readonly #opened = new Map<string, number[]>();
  #favourites: string[] = [];
  #next = 0;
  #lastVisit: number;
  #likes = new Map<string, number>();

  constructor(persona: Persona, world: World, seed: number) {
    this.#persona = persona;
    this.#world = world;
    this.#seed = seed;
    this.#draw = random(seed, persona.name);
    this.#lastVisit = world.begin - 3 * DAY;
    const fitsBytes = persona.fitsGigabytes * 1e9;
    this.#lines = [{ type: 'machine', at: world.begin, fitsBytes }, ...world.lines];
  }

  live(): Trace {
    const { begin, days } = this.#world;
    for (let day = 0; day < days; day++) {
      if (day % this.#persona.changesMind === 0) this.#takeALiking(day);
      this.#spend(begin + day * DAY, [0, 6].includes(new Date(begin + day * DAY).getUTCDay()));
    }
    const lines = this.#lines
      .map((line, index) => ({ line, index }))
      .sort((a, b) => a.line.at - b.line.at || a.index - b.index);
    return { name: this.#persona.name, lines: lines.map(({ line }) => line) };
  }

  /** A day: work in the editor with breaks, and now and then a visit to the catalogue. */
  #spend(start: number, isWeekend: boolean): void {
    const draw = this.#draw;
    const begin = start + 8 * HOUR + draw.next() * 2 * HOUR;
    const end = start + 17 * HOUR + draw.next() * 3 * HOUR;
    let visits = poisson(this.#persona.visitsADay * (isWeekend ? 0.5 : 1), draw);
    if (isWeekend && visits === 0) return;
    // The machine sleeps at night, mostly.
    if (draw.chance(0.2)) this.#away(start, begin);
    for (let now = begin; now < end;) {
      const block = (20 + draw.next() * 70) * MINUTE;
      const left = Math.max(1, (end - now) / (60 * MINUTE));
      if (visits > 0 && draw.chance(Math.min(1, (visits / left) * 1.3))) {
        now = this.#visit(now + draw.next() * block);
        visits--;
      } else now += block;
      const back = now + (5 + draw.next() ** 3 * 55) * MINUTE;
      this.#away(now, back);
      now = back;
    }
  }

  #visit(start: number): number {
    const draw = this.#draw;
    this.#learn(start);
    let now = start;
    const opens = 1 + poisson(this.#persona.opens - 1, draw);
    for (let index = 0; index < opens; index++) {
      const id = this.#choose(now);
      if (id !== undefined) now = this.#open(id, now + (3 + draw.next() * 20) * 1_000);
    }
    this.#lastVisit = now;
    return now;
  }

  #open(id: string, at: number): number {
    const draw = this.#draw;
    const { marks, fitsGigabytes } = this.#persona;
    this.#note('opened', at, [id]);
    this.#opened.set(id, [...(this.#opened.get(id) ?? []), at]);
    const end = at + (5 + draw.next() ** 2 * 240) * 1_000;
    if (end - at > 20_000) this.#note('dwelt', end, [id]);
    if (draw.chance(marks) && !this.#favourites.includes(id)) {
      this.#favourites = [id, ...this.#favourites].slice(0, 30);
      this.#note('favourited', end, [id]);
      this.#add({ type: 'favourites', at: end, models: this.#favourites });
    }
    const size = this.#catalogue.get(id)?.smallestBytes ?? Infinity;
    if (size < fitsGigabytes * 1e9 && draw.chance(0.06)) this.#note('downloaded', end, [id]);
    return end;
  }

  #choose(now: number): string | undefined {
    const intents = Object.entries(this.#persona.intents) as [keyof Intents, number][];
    const intent = this.#pick(intents, ([, weight]) => weight)?.[0];
    switch (intent) {
      case 'again':
        return this.#remembered(now) ?? this.#fromList(this.#byDownloads(), now);
      case 'favourites':
        return this.#favourite(now) ?? this.#remembered(now);
      case 'news':
        return this.#news(now);
      case 'search':
        return this.#search(now);
      case 'stray':
        return this.#draw.pick([...this.#catalogue.keys()]);
      case 'popular':
      case undefined:
        return this.#fromList(this.#byDownloads(), now);
    }
  }

  /** By how often and how lately, as memory has it. */
  #remembered(now: number): string | undefined {
    const strength = ([, times]: [string, number[]]): number =>
      times.reduce((sum, at) => sum + ((now - at) / HOUR + 1) ** -MEMORY, 0);
    return this.#pick([...this.#opened], strength)?.[0];
  }

  /** Those with a new commit are marked, and looked at first. */
  #favourite(now: number): string | undefined {
    const changed = (id: string): boolean => (this.#catalogue.get(id)?.at ?? 0) > this.#lastVisit;
    if (this.#favourites.length > 0) this.#show(this.#favourites, now);
    return this.#pick(this.#favourites, (id) => (changed(id) ? 8 : 1));
  }

  #news(now: number): string | undefined {
    const since = this.#lastVisit - HOUR;
    const news = [...this.#catalogue.values()].filter(({ at }) => at > since);
    const listed = news.sort((a, b) => b.at - a.at).map(({ id }) => id);
    return this.#fromList(listed.length > 0 ? listed : this.#byDownloads(), now);
  }

  #search(now: number): string | undefined {
    const by = this.#draw.pick(['family', 'family', 'author', 'task'] as const);
    const values = new Map<string, number>();
    for (const model of this.#catalogue.values()) {
      const value = traitOf(model, by);
      if (value !== undefined) values.set(value, this.#liking(by, value));
    }
    const [wanted] = this.#pick([...values], ([, liking]) => liking) ?? [];
    const found = this.#byDownloads().filter((id) => {
      const model = this.#catalogue.get(id);
      return model !== undefined && traitOf(model, by) === wanted;
    });
    const chosen = this.#pickRow(found);
    if (chosen !== undefined) this.#note('searched', now, found.slice(0, 5));
    return chosen;
  }

  #byDownloads(): string[] {
    return [...this.#catalogue.values()]
      .sort((a, b) => (b.downloads ?? 0) - (a.downloads ?? 0))
      .map(({ id }) => id);
  }

  #fromList(listed: readonly string[], now: number): string | undefined {
    this.#show(listed, now);
    return this.#pickRow(listed);
  }

  /** The higher the row and the better it is liked, the likelier. */
  #pickRow(listed: readonly string[]): string | undefined {
    const rows = listed.slice(0, MOST_ROWS).map((id, row) => ({ id, row }));
    const { haste } = this.#persona;
    return this.#pick(rows, ({ id, row }) => this.#appeal(id) / (row + 1) ** haste)?.id;
  }

  #appeal(id: string): number {
    const model = this.#catalogue.get(id);
    if (model === undefined) return 0;
    const { fitsGigabytes, tooBigFactor } = this.#persona;
    const isTooBig = (model.smallestBytes ?? 0) > fitsGigabytes * 1e9;
    const likes = (['family', 'author', 'task'] as const).map((by) => {
      const value = traitOf(model, by);
      return value === undefined ? 0.3 : this.#liking(by, value);
    });
    return likes.reduce((product, one) => product * one, isTooBig ? tooBigFactor : 1);
  }

  #liking(by: 'family' | 'author' | 'task', value: string): number {
    return this.#likes.get(`${by} ${value}`) ?? LEAST_LIKED;
  }

  /** Puts families, authors and tasks into an order of liking; well-known ones are liked more often. */
  #takeALiking(day: number): void {
    const { familyFocus, authorFocus } = this.#persona;
    this.#learn(this.#world.begin + day * DAY);
    const draw = random(this.#seed, this.#persona.name, 'likes', day);
    const focus = { family: familyFocus, author: authorFocus, task: 0.6 };
    const before = this.#likes;
    this.#likes = new Map();
    for (const by of ['family', 'author', 'task'] as const) {
      const known = new Map<string, number>();
      for (const model of this.#catalogue.values()) {
        const value = traitOf(model, by);
        if (value !== undefined) known.set(value, (known.get(value) ?? 0) + 1);
      }
      // Nobody changes their mind altogether.
      const place = ([value, models]: [string, number]): number =>
        -Math.log(1 - draw.next()) / (models * (1 + 3 * (before.get(`${by} ${value}`) ?? 0)));
      const order = [...known].map((one) => ({ value: one[0], place: place(one) }));
      order.sort((a, b) => a.place - b.place);
      for (const [index, { value }] of order.entries()) {
        this.#likes.set(`${by} ${value}`, Math.max(LEAST_LIKED, focus[by] ** index));
      }
    }
  }

  /** What was published until now. */
  #learn(now: number): void {
    const { lines } = this.#world;
    for (let line = lines[this.#next]; line !== undefined && line.at <= now;) {
      this.#catalogue.set(line.id, line);
      line = lines[++this.#next];
    }
  }

  #show(listed: readonly string[], at: number): void {
    this.#add({ type: 'rows', at, models: listed.slice(0, ROWS) });
  }

  #away(at: number, until: number): void {
    this.#add({ type: 'away', at, until: Math.floor(until) });
  }

  #note(kind: Kind, at: number, models: string[]): void {
    this.#add({ type: 'activity', at, kind, models });
  }

  #add(line: TraceLine): void {
    this.#lines.push({ ...line, at: Math.floor(line.at) });
  }

  #pick<T>(items: readonly T[], weigh: (item: T) => number): T | undefined {
    const weights = items.map(weigh);
    let rest = this.#draw.next() * weights.reduce((sum, weight) => sum + weight, 0);
    return items.find((_, index) => (rest -= weights[index] ?? 0) < 0);
  }
}

function traitOf(model: ModelLine, by: 'family' | 'author' | 'task'): string | undefined {
  switch (by) {
    case 'family':
      return familyOf(withArchitecture(model));
    case 'author':
      return authorOf(model.id);
    case 'task':
      return model.task;
  }
}

function authorOf(id: string): string {
  return id.slice(0, id.indexOf('/'));
}

function withArchitecture({ id, architecture }: ModelLine): Parameters<typeof familyOf>[0] {
  return { id, ...(architecture !== undefined && { architecture }) };
}

function poisson(mean: number, draw: Random): number {
  const limit = Math.exp(-mean);
  let count = -1;
  for (let product = 1; product > limit; count++) product *= draw.next();
  return count;
}
