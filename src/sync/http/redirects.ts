import { isLoopback } from './network.ts';

/** Where the Hub keeps the bodies of small files: it redirects there by a path from its root. */
const SMALL_FILES = '/api/resolve-cache/';
/** What stands before the model in the address of a file. */
const PREFIX = /^(.*?)\/[^/]+\/[^/]+\/resolve\//;

/**
 * Where a redirect may lead: to the web, never from a protected connection to a readable one, and
 * never from another machine to a program of this one, which would take it for its user's. A mirror
 * that is below a path may pass on what the Hub says, which then means a path below its own.
 * @param location as the answer has it
 * @returns undefined if it is not followed
 */
export function redirectTarget(from: URL, location: string): URL | undefined {
  const target = URL.parse(location, from.href);
  if (target === null || !/^https?:$/.test(target.protocol)) return undefined;
  const prefix = PREFIX.exec(from.pathname)?.[1] ?? '';
  const isPassedOn = target.origin === from.origin && target.pathname.startsWith(SMALL_FILES);
  if (isPassedOn) target.pathname = prefix + target.pathname;
  if (isLoopback(from.hostname)) return target;
  const isReadable = from.protocol === 'https:' && target.protocol === 'http:';
  return isReadable || isLoopback(target.hostname) ? undefined : target;
}
