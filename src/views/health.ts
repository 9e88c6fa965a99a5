import type { SourceKey, SourceStatus } from '../sync/model.ts';

/** How the catalogue is doing, all sources together. */
export type Health =
  | { readonly state: 'noSource' }
  /** Only the bundled catalogue is there: no source has answered yet. */
  | { readonly state: 'bundled' }
  | { readonly state: 'current'; readonly since: number }
  /** No source can be reached; `since` is absent if none ever was. */
  | { readonly state: 'offline'; readonly since?: number }
  /** Some sources fail, or all for another reason than the network. */
  | { readonly state: 'failing'; readonly since?: number; readonly failing: readonly SourceKey[] };

const UNREACHABLE = new Set(['offline', 'timeout']);

/**
 * Judges the catalogue by its sources. It is as old as the source that was heard of longest ago.
 * @param lastHeard when this window heard from a source, if it did
 */
export function healthOf(
  sources: readonly SourceStatus[],
  lastHeard: (source: SourceKey) => number | undefined,
): Health {
  if (sources.length === 0) return { state: 'noSource' };
  const heard = sources
    .map(({ key, lastSuccess }) => Math.max(lastSuccess ?? 0, lastHeard(key) ?? 0))
    .filter((time) => time > 0);
  const since = heard.length === 0 ? {} : { since: Math.min(...heard) };
  const failing = sources.filter((source) => source.failure !== undefined);
  if (failing.length === sources.length && failing.every(isUnreachable)) {
    return { state: 'offline', ...since };
  }
  if (failing.length > 0)
    return { state: 'failing', ...since, failing: failing.map(({ key }) => key) };
  return since.since === undefined
    ? { state: 'bundled' }
    : { state: 'current', since: since.since };
}

/** True if the source could not be asked at all, as opposed to one that answered wrongly. */
export function isUnreachable({ failure }: SourceStatus): boolean {
  return failure !== undefined && UNREACHABLE.has(failure.kind);
}
