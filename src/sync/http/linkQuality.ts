import type { Disposable } from '../clock.ts';

/** How good the way to the network is, from worst to best. */
export type LinkState = 'offline' | 'constrained' | 'normal' | 'fast';

/** What is sensible on such a link. */
export interface LinkLimits {
  /** Exchanges at once. */
  readonly concurrency: number;
  /** Rows to ask for in one page of a listing. */
  readonly pageRows: number;
  /** Bytes that may be fetched before anybody asks for them. */
  readonly prefetchBytes: number;
  /** Whether pictures of a README may be loaded. */
  readonly remoteImages: boolean;
}

export interface LinkStatus {
  readonly state: LinkState;
  readonly limits: LinkLimits;
}

/** The link as others see it. */
export interface Link extends LinkStatus {
  /** Tells of each change of state. */
  onDidChange(listener: (status: LinkStatus) => void): Disposable;
}

const MEGABYTE = 1024 * 1024;

export const LIMITS: Readonly<Record<LinkState, LinkLimits>> = {
  offline: { concurrency: 2, pageRows: 100, prefetchBytes: 0, remoteImages: false },
  constrained: { concurrency: 2, pageRows: 100, prefetchBytes: 0, remoteImages: false },
  normal: { concurrency: 6, pageRows: 500, prefetchBytes: 2 * MEGABYTE, remoteImages: true },
  fast: { concurrency: 12, pageRows: 1_000, prefetchBytes: 16 * MEGABYTE, remoteImages: true },
};

/** What was measured lately. */
export interface LinkEvidence {
  /** Exchanges without an answer since the last one with. */
  readonly failures: number;
  /** From the question to the first byte of the answer, in ms. */
  readonly latencies: readonly number[];
  /** Bytes a second, of bodies that were long enough to tell. */
  readonly goodputs: readonly number[];
}

/** One failure may be the server's. */
const FAILURES = 2;
const FEWEST_LATENCIES = 3;
const FEWEST_GOODPUTS = 2;

/** Bounds are pairs, for entering a state and for leaving it, so that it does not flutter. */
const SLOW = {
  goodput: { enter: 64 * 1024, leave: 128 * 1024 },
  latency: { enter: 2_000, leave: 1_200 },
};
const FAST = {
  goodput: { enter: 1.5 * MEGABYTE, leave: 0.75 * MEGABYTE },
  latency: { enter: 300, leave: 500 },
};

/**
 * The state that follows from what was measured: medians, so that one odd exchange decides
 * nothing, and hysteresis. Without enough evidence all stays as it is.
 */
export function nextLinkState(before: LinkState, evidence: LinkEvidence): LinkState {
  if (evidence.failures >= FAILURES) return 'offline';
  const current = before === 'offline' ? 'normal' : before;
  const latency = median(evidence.latencies, FEWEST_LATENCIES);
  const goodput = median(evidence.goodputs, FEWEST_GOODPUTS);
  if (latency === undefined && goodput === undefined) return current;
  if (isSlow(current === 'constrained' ? 'leave' : 'enter', latency, goodput)) return 'constrained';
  return isFast(current === 'fast' ? 'leave' : 'enter', latency, goodput) ? 'fast' : 'normal';
}

type Bound = 'enter' | 'leave';

function isSlow(bound: Bound, latency: number | undefined, goodput: number | undefined): boolean {
  return (
    (goodput !== undefined && goodput < SLOW.goodput[bound]) ||
    (latency !== undefined && latency > SLOW.latency[bound])
  );
}

function isFast(bound: Bound, latency: number | undefined, goodput: number | undefined): boolean {
  // Small answers alone say nothing against a link that was fast.
  const carries = goodput === undefined ? bound === 'leave' : goodput > FAST.goodput[bound];
  return carries && (latency === undefined || latency < FAST.latency[bound]);
}

function median(values: readonly number[], fewest: number): number | undefined {
  if (values.length < fewest) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
