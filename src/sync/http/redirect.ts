/** Where the Hub keeps the bodies of small files: it redirects there by a path from its root. */
const SMALL_FILES = '/api/resolve-cache/';
/** What stands before the model in the address of a file. */
const PREFIX = /^(.*?)\/[^/]+\/[^/]+\/resolve\//;

/**
 * Where a redirect leads; undefined if that is no web address. A mirror that is below a path may
 * pass on what the Hub says, which then means a path below its own.
 */
export function redirectTo(location: string, from: URL): URL | undefined {
  const target = URL.parse(location, from.href);
  if (target === null || !/^https?:$/.test(target.protocol)) return undefined;
  const prefix = PREFIX.exec(from.pathname)?.[1] ?? '';
  const isPassedOn = target.origin === from.origin && target.pathname.startsWith(SMALL_FILES);
  if (isPassedOn) target.pathname = prefix + target.pathname;
  return target;
}
