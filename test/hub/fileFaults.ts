import type { ByteBudget, FileDamage } from './fileDamage.ts';
import type { Dice, Odds } from './odds.ts';
import { isObjectFault } from './odds.ts';

/** What goes wrong with the bytes of files: routes that answer to `Range`. */
export interface FileFaults {
  /** 200 and the whole file. */
  readonly ignoreRange?: boolean | Odds;
  /** 206 with no bytes. */
  readonly zeroRange?: boolean | Odds;
  /** 206 of a range that begins a byte later, with the `Content-Range` of that one. */
  readonly wrongRange?: boolean | Odds;
  /** A body that has no length and no end. */
  readonly endless?: boolean | Odds;
  /** The message ends in order after half of the range, or after `bytes` of it. */
  readonly short?: boolean | (Odds & { readonly bytes?: number });
  /** The message has 1,000 or `bytes` more than the range. */
  readonly longer?: boolean | (Odds & { readonly bytes?: number });
  /** The byte at this offset of the file is flipped. */
  readonly corrupt?: number | (Odds & { readonly at: number });
  /** After so many bytes of an answer nothing comes any more. */
  readonly stall?: number | (Odds & { readonly bytes: number });
  /** Bytes a second of each answer. */
  readonly slow?: number;
  /** A connection breaks each time so many bytes have been sent, by all answers together. */
  readonly resetEvery?: number;
  /** From this request on, the first is 1, the ETag is another one. */
  readonly etagChanges?: number;
}

export const FILE_WORDS: readonly (keyof FileFaults)[] = [
  'ignoreRange',
  'zeroRange',
  'wrongRange',
  'endless',
  'short',
  'longer',
  'corrupt',
  'stall',
  'slow',
  'resetEvery',
  'etagChanges',
];
const AMOUNTS = ['slow', 'resetEvery', 'etagChanges'];
/** How many bytes too many there are where a fault does not say it. */
const EXCESS = 1_000;

export function refuseBadAmounts(rule: Readonly<Record<string, unknown>>): void {
  for (const word of AMOUNTS.filter((one) => rule[one] !== undefined)) {
    if (!Number.isInteger(rule[word]) || Number(rule[word]) < 1)
      throw new Error(`"${word}" is a whole number of at least 1`);
  }
}

/** What the faults do to the bytes of files; budgets and counts are used up in order of the requests. */
export class FileFaultBox {
  readonly #dice: Dice;
  readonly #requests = new Map<FileFaults, number>();
  readonly #budgets = new Map<FileFaults, ByteBudget>();

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** What happens to one request, all of these rules taken together. */
  damageBy(rules: readonly FileFaults[]): FileDamage {
    const none: FileDamage = {
      ignoreRange: false,
      zeroRange: false,
      wrongRange: false,
      endless: false,
      otherEtag: false,
    };
    return rules.reduce((damage, rule) => ({ ...damage, ...this.#damageBy(rule) }), none);
  }

  #damageBy(rule: FileFaults): Partial<FileDamage> {
    const { short, longer, corrupt, stall, slow, resetEvery, etagChanges } = rule;
    const strikes = (fault: Parameters<Dice['strikes']>[0]): boolean => this.#dice.strikes(fault);
    return {
      ...(strikes(rule.ignoreRange) && { ignoreRange: true }),
      ...(strikes(rule.zeroRange) && { zeroRange: true }),
      ...(strikes(rule.wrongRange) && { wrongRange: true }),
      ...(strikes(rule.endless) && { endless: true }),
      ...(strikes(short) && { short: (isObjectFault(short) && short.bytes) || 'half' }),
      ...(strikes(longer) && { longer: (isObjectFault(longer) && longer.bytes) || EXCESS }),
      ...(strikes(corrupt) && { corrupt: isObjectFault(corrupt) ? corrupt.at : Number(corrupt) }),
      ...(strikes(stall) && { stall: isObjectFault(stall) ? stall.bytes : Number(stall) }),
      ...(slow !== undefined && { slow }),
      ...(resetEvery !== undefined && { resetEvery: this.#budget(rule, resetEvery) }),
      ...(etagChanges !== undefined && { otherEtag: this.#nth(rule) >= etagChanges }),
    };
  }

  #budget(rule: FileFaults, every: number): ByteBudget {
    const budget = this.#budgets.get(rule) ?? { every, left: every };
    this.#budgets.set(rule, budget);
    return budget;
  }

  /** Which of the requests that the rule matches this is; the first is 1. */
  #nth(rule: FileFaults): number {
    const count = (this.#requests.get(rule) ?? 0) + 1;
    this.#requests.set(rule, count);
    return count;
  }
}
