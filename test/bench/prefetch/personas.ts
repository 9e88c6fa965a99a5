/** What leads to opening a model, and how often compared with the others. */
export interface Intents {
  /** A model that was opened before. */
  readonly again: number;
  /** The newest in the catalogue, since the last time. */
  readonly news: number;
  /** A search for a family, an author or a task. */
  readonly search: number;
  /** The list by downloads. */
  readonly popular: number;
  readonly favourites: number;
  /** A link from elsewhere: any model. */
  readonly stray: number;
}

/** Somebody who looks at models. */
export interface Persona {
  readonly name: string;
  /** Authors that are sources of this person's catalogue. */
  readonly follows: number;
  /** Visits to the catalogue, on a working day. */
  readonly visitsADay: number;
  /** Models opened in a visit: at least one, and on average. */
  readonly opens: number;
  readonly intents: Intents;
  /** How much less each next family is liked than the one before: 1 is not at all. */
  readonly familyFocus: number;
  /** The same of authors. */
  readonly authorFocus: number;
  /** The likeliest tasks, if some are liked better. */
  readonly tasks?: readonly string[];
  /** How large a variant may be to run well; others are opened that much less often. */
  readonly fitsGigabytes: number;
  readonly tooBigFactor: number;
  /** How quickly interest falls with the row. */
  readonly haste: number;
  /** After so many days the liking for families and authors turns to others. */
  readonly changesMind: number;
  /** Chance that an opened model becomes a favourite. */
  readonly marks: number;
}

const USUAL = {
  follows: 8,
  visitsADay: 1.5,
  opens: 4,
  familyFocus: 0.5,
  authorFocus: 0.8,
  fitsGigabytes: 12,
  tooBigFactor: 0.5,
  haste: 1.2,
  changesMind: 21,
  marks: 0.08,
} as const;

/** Those that the weights were set with. */
export const TUNING_PERSONAS: readonly Persona[] = [
  {
    ...USUAL,
    name: 'loyal to a family',
    intents: { again: 45, news: 20, search: 20, popular: 5, favourites: 5, stray: 5 },
    familyFocus: 0.15,
  },
  {
    ...USUAL,
    name: 'follower of news',
    follows: 12,
    visitsADay: 2.5,
    intents: { again: 25, news: 55, search: 8, popular: 3, favourites: 4, stray: 5 },
  },
  {
    ...USUAL,
    name: 'bound by hardware',
    intents: { again: 40, news: 20, search: 25, popular: 10, favourites: 0, stray: 5 },
    fitsGigabytes: 4,
    tooBigFactor: 0.03,
  },
  {
    ...USUAL,
    name: 'researcher',
    follows: 15,
    visitsADay: 2,
    opens: 7,
    intents: { again: 45, news: 15, search: 25, popular: 5, favourites: 5, stray: 5 },
    familyFocus: 0.7,
    authorFocus: 0.7,
  },
  {
    ...USUAL,
    name: 'casual',
    follows: 5,
    visitsADay: 0.5,
    opens: 3,
    intents: { again: 45, news: 5, search: 10, popular: 30, favourites: 5, stray: 5 },
  },
  {
    ...USUAL,
    name: 'checker of favourites',
    visitsADay: 1,
    intents: { again: 20, news: 10, search: 10, popular: 5, favourites: 50, stray: 5 },
    marks: 0.3,
  },
];

/** Those that were looked at once the weights stood: other people, and other sides of the same. */
export const HELD_OUT_PERSONAS: readonly Persona[] = [
  {
    ...USUAL,
    name: 'loyal to two families',
    visitsADay: 1.2,
    intents: { again: 40, news: 25, search: 20, popular: 6, favourites: 4, stray: 5 },
    familyFocus: 0.3,
    changesMind: 14,
  },
  {
    ...USUAL,
    name: 'hasty follower of news',
    follows: 10,
    visitsADay: 3.5,
    opens: 3,
    intents: { again: 28, news: 52, search: 6, popular: 4, favourites: 4, stray: 6 },
    haste: 1.5,
  },
  {
    ...USUAL,
    name: 'small laptop',
    visitsADay: 1,
    intents: { again: 42, news: 15, search: 22, popular: 14, favourites: 2, stray: 5 },
    fitsGigabytes: 2.5,
    tooBigFactor: 0.05,
  },
  {
    ...USUAL,
    name: 'tester of one author',
    follows: 5,
    intents: { again: 40, news: 30, search: 15, popular: 5, favourites: 5, stray: 5 },
    familyFocus: 0.8,
    authorFocus: 0.2,
  },
  {
    ...USUAL,
    name: 'weekend visitor',
    visitsADay: 0.3,
    opens: 6,
    intents: { again: 48, news: 12, search: 10, popular: 20, favourites: 5, stray: 5 },
    haste: 1,
  },
  {
    ...USUAL,
    name: 'collector',
    visitsADay: 1.5,
    intents: { again: 25, news: 15, search: 10, popular: 5, favourites: 40, stray: 5 },
    marks: 0.2,
  },
  {
    ...USUAL,
    name: 'wanderer',
    follows: 20,
    intents: { again: 25, news: 10, search: 25, popular: 10, favourites: 0, stray: 30 },
    familyFocus: 0.95,
    authorFocus: 0.95,
    changesMind: 5,
  },
];
