import { isObject } from './canonical.ts';
import type { EncodingFault } from './encodings.ts';
import { ENCODING_FAULTS } from './encodings.ts';
import type { FileDamage } from './fileDamage.ts';
import type { FileFaults } from './fileFaults.ts';
import { FILE_WORDS, FileFaultBox, refuseBadAmounts } from './fileFaults.ts';
import type { Odds } from './odds.ts';
import { Dice, isObjectFault } from './odds.ts';
import type { Random } from './random.ts';
import { random } from './random.ts';
import type { RepositoryFault } from './store.ts';

/** What goes wrong, and for which requests. */
export interface FaultRule extends FileFaults {
  /** Route names, path prefixes (`/api/…`) or sources (`hf:janhq`, `jan:v2`, `cortex`); absent: all. */
  readonly match?: string | readonly string[];
  /** Connections are destroyed as soon as the request line is known. */
  readonly offline?: boolean;
  /** Milliseconds before anything happens; two numbers are the ends of a range. */
  readonly latencyMs?: number | readonly [number, number];
  /** Nothing happens until the faults are replaced. */
  readonly hold?: boolean;
  /** The connection breaks after the headers and one byte. */
  readonly reset?: boolean | Odds;
  /** The connection breaks in the body: after half, or after `bytes`. */
  readonly truncate?: boolean | (Odds & { readonly bytes?: number });
  /** 200 with something else inside. */
  readonly wrongType?: 'html' | 'text' | 'empty' | 'object';
  readonly status?: number | (Odds & { readonly code: number });
  /** 429; without headers it is the one of the edge, which says nothing about when to come back. */
  readonly rateLimit?:
    boolean | (Odds & { readonly headers?: boolean; readonly retryAfterSeconds?: number });
  /** `false`: ETags are sent and never honoured; `"none"`: not even sent. */
  readonly etags?: boolean | 'none';
  /** 401 for any Authorization header. */
  readonly rejectToken?: boolean;
  /** 401 without an Authorization header. */
  readonly requireToken?: boolean;
  /** The coding for those who accept it; `bomb`: a body that becomes 128 MiB. */
  readonly encoding?: EncodingFault;
}

/** One record of a source spoiled: a field missing, or with a value of the wrong type. */
export interface BadRecord {
  readonly source: string;
  /** Absent: the first in code unit order. */
  readonly id?: string;
  /** Absent: what identifies the record. */
  readonly field?: string;
  /** Absent: the field is missing. */
  readonly value?: unknown;
}

/** All that is wrong with the hub at one time: one rule at the top, more of them in `rules`. */
export interface FaultSet extends FaultRule {
  readonly rules?: readonly FaultRule[];
  readonly bad?: BadRecord | readonly BadRecord[];
  readonly repositories?: Readonly<Record<string, RepositoryFault>>;
  /** Replaces the quota of the rate limiter while the set is in force. */
  readonly quota?: {
    readonly api?: number;
    readonly resolvers?: number;
    readonly windowSeconds?: number;
  };
  /** Life of signed download addresses; negative: expired at birth. */
  readonly signedUrlSeconds?: number;
  /** Where signed download addresses lead instead: a line in front of the content network, or nowhere. */
  readonly cdnOrigin?: string;
  /** `false`: there is no Xet; all big files are plain LFS files. */
  readonly xet?: boolean;
  /** Life of new tokens for the CAS; negative: expired at birth. */
  readonly xetTokenSeconds?: number;
  /** The tokens for the CAS that are out are refused from now on. */
  readonly revokeXetTokens?: boolean;
}

const RULE_KEYS = [
  ...FILE_WORDS,
  'match',
  'offline',
  'latencyMs',
  'hold',
  'reset',
  'truncate',
  'wrongType',
  'status',
  'rateLimit',
  'etags',
  'rejectToken',
  'requireToken',
  'encoding',
];
const SET_KEYS = [
  ...RULE_KEYS,
  'rules',
  'bad',
  'repositories',
  'quota',
  'signedUrlSeconds',
  'cdnOrigin',
  'xet',
  'xetTokenSeconds',
  'revokeXetTokens',
];

/** Checks the words of a fault set, so that a misspelt fault is an error and not a quiet nothing. */
export function parseFaults(value: unknown): FaultSet {
  if (!isObject(value)) throw new Error('a fault set is a JSON object');
  refuseUnknown(value, SET_KEYS);
  refuseBadValues(value);
  const { rules } = value;
  if (rules !== undefined && !Array.isArray(rules)) throw new Error('"rules" is a list');
  for (const rule of rules ?? []) {
    if (!isObject(rule)) throw new Error('a rule is a JSON object');
    refuseUnknown(rule, RULE_KEYS);
    refuseBadValues(rule);
  }
  return value;
}

function refuseUnknown(value: object, known: readonly string[]): void {
  const stranger = Object.keys(value).find((key) => !known.includes(key));
  if (stranger !== undefined)
    throw new Error(`unknown fault "${stranger}"; known: ${known.join(', ')}`);
}

function refuseBadValues(rule: Readonly<Record<string, unknown>>): void {
  refuseBadAmounts(rule);
  const { encoding } = rule;
  if (encoding !== undefined && !ENCODING_FAULTS.some((known) => known === encoding))
    throw new Error(`"encoding" is one of ${ENCODING_FAULTS.join(', ')}`);
}

/** What a request is, for `match`. */
export interface Subject {
  readonly route: string;
  readonly path: string;
  readonly source: string | undefined;
}

/** What happens to one request, all matching rules taken together. */
export interface Effects {
  offline: boolean;
  latencyMs: number;
  /** Resolves when the request may go on. */
  held?: Promise<undefined>;
  reset: boolean;
  truncateTo?: number | 'half';
  wrongType?: FaultRule['wrongType'];
  status?: number;
  rateLimit?: { headers: boolean; retryAfterSeconds?: number | undefined };
  etags: boolean | 'none';
  rejectToken: boolean;
  requireToken: boolean;
  encoding?: EncodingFault;
  file: FileDamage;
}

function matches(rule: FaultRule, subject: Subject): boolean {
  if (rule.match === undefined) return true;
  const wanted = typeof rule.match === 'string' ? [rule.match] : rule.match;
  return wanted.some(
    (one) =>
      one === subject.route ||
      one === subject.source ||
      (one.startsWith('/') && subject.path.startsWith(one)),
  );
}

/** Decides which fault hits which request; counts and draws are used up in order of the requests. */
export class FaultBox {
  set: FaultSet = {};
  readonly #seed: number;
  #draw: Random;
  #dice: Dice;
  #files: FileFaultBox;
  #hold = Promise.withResolvers<undefined>();

  constructor(seed: number) {
    this.#seed = seed;
    this.#draw = random(seed, 'faults');
    this.#dice = new Dice(this.#draw);
    this.#files = new FileFaultBox(this.#dice);
  }

  replace(set: FaultSet): void {
    this.set = set;
    this.#draw = random(this.#seed, 'faults');
    this.#dice = new Dice(this.#draw);
    this.#files = new FileFaultBox(this.#dice);
    this.#hold.resolve(undefined);
    this.#hold = Promise.withResolvers();
  }

  effectsOn(subject: Subject): Effects {
    const rules = [this.set, ...(this.set.rules ?? [])].filter((rule) => matches(rule, subject));
    const effects: Effects = {
      offline: false,
      latencyMs: 0,
      reset: false,
      etags: true,
      rejectToken: false,
      requireToken: false,
      file: this.#files.damageBy(rules),
    };
    for (const rule of rules) this.#apply(rule, effects);
    return effects;
  }

  #apply(rule: FaultRule, effects: Effects): void {
    effects.offline ||= rule.offline === true;
    effects.latencyMs += this.#latency(rule.latencyMs);
    if (rule.hold === true) effects.held = this.#hold.promise;
    effects.rejectToken ||= rule.rejectToken === true;
    effects.requireToken ||= rule.requireToken === true;
    if (rule.etags !== undefined) effects.etags = rule.etags;
    if (rule.wrongType) effects.wrongType = rule.wrongType;
    if (rule.encoding) effects.encoding = rule.encoding;
    if (this.#dice.strikes(rule.reset)) effects.reset = true;
    if (this.#dice.strikes(rule.truncate)) {
      const bytes = isObjectFault(rule.truncate) ? rule.truncate.bytes : undefined;
      effects.truncateTo = bytes ?? 'half';
    }
    if (this.#dice.strikes(rule.status)) {
      effects.status = isObjectFault(rule.status) ? rule.status.code : Number(rule.status);
    }
    if (this.#dice.strikes(rule.rateLimit)) {
      const { headers = true, retryAfterSeconds } = isObjectFault(rule.rateLimit)
        ? rule.rateLimit
        : {};
      effects.rateLimit = { headers, retryAfterSeconds };
    }
  }

  #latency(latency: FaultRule['latencyMs']): number {
    if (latency === undefined) return 0;
    return typeof latency === 'number' ? latency : this.#draw.between(latency[0], latency[1]);
  }
}

/** How the records of a source are told apart. */
export interface Identity<T> {
  readonly idOf: (row: T) => string;
  readonly field: string;
  /** Ids of the whole source, of which a page is only a part. */
  readonly all: () => readonly string[];
}

/** The rows with one record spoiled, if a fault asks for one of this source. */
export function spoiled<T extends object>(
  faults: FaultSet,
  source: string,
  rows: readonly T[],
  identity: Identity<T>,
): readonly T[] {
  const bad = [faults.bad ?? []].flat().filter((one) => one.source === source);
  return bad.reduce((list, one) => {
    const target = one.id ?? identity.all().toSorted()[0];
    return list.map((row) =>
      identity.idOf(row) === target ? spoiledRow(row, one, identity.field) : row,
    );
  }, rows);
}

function spoiledRow<T extends object>(row: T, bad: BadRecord, defaultField: string): T {
  const field = bad.field ?? defaultField;
  const rest = Object.entries(row).filter(([key]) => key !== field);
  return Object.fromEntries('value' in bad ? [...rest, [field, bad.value]] : rest) as T;
}
