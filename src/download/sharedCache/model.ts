/** The words of a team's cache as types. Plain data: they cross between threads. */

/** Where a team keeps files that its members share, and what we may do there. */
export interface SharedCacheSettings {
  /** Files are at `cas/<sha256>` below it. */
  readonly url: string;
  /** `readWrite`: what was downloaded is offered to it, too. */
  readonly access: 'read' | 'readWrite';
  /** What it is told of who we are, as the header `Authorization` says it. */
  readonly authorization?: string;
}

/** Why a cache is not asked any more. */
export type SharedCacheProblem =
  /** It wants to know who we are, or does not let us in. */
  | 'refused'
  /** It cannot be reached, fails, or takes too long. */
  | 'unusable'
  /** It had other bytes than it said. */
  | 'wrong';

/** How a team's cache does in this window. */
export interface SharedCacheStatus {
  readonly host: string;
  /** Bytes of model files that came from it. */
  readonly received: number;
  /** Bytes of model files that it took. */
  readonly offered: number;
  /** It is not used until the end of the session, and why, in words. */
  readonly dropped?: { readonly problem: SharedCacheProblem; readonly message: string };
  /** It is not offered files any more, and why, in words. */
  readonly refusesFiles?: string;
}
