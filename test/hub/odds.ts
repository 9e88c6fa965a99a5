import type { Random } from './random.ts';

/** A fault that may hit only some requests. */
export interface Odds {
  /** Of each request, 0 to 1; the draws follow the hub's seed. */
  readonly probability?: number;
  /** How many requests it hits before it is over. */
  readonly count?: number;
}

export function isObjectFault<T extends object>(
  fault: boolean | number | T | undefined,
): fault is T {
  return typeof fault === 'object';
}

/** Decides whether a fault hits a request; counts and draws are used up in order of the requests. */
export class Dice {
  readonly #draw: Random;
  readonly #hits = new Map<object, number>();

  constructor(draw: Random) {
    this.#draw = draw;
  }

  strikes(fault: boolean | number | Odds | undefined): boolean {
    if (!isObjectFault(fault)) return fault !== undefined && fault !== false;
    const hits = this.#hits.get(fault) ?? 0;
    if (fault.count !== undefined && hits >= fault.count) return false;
    if (fault.probability !== undefined && !this.#draw.chance(fault.probability)) return false;
    this.#hits.set(fault, hits + 1);
    return true;
  }
}
