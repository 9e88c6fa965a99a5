/** The address of the next page from a `Link` header (RFC 8288), if there is one. */
export function nextPage(header: string | undefined, base: URL): URL | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(header ?? '')?.[1];
  if (target === undefined) return undefined;
  const url = new URL(target, base);
  // A page elsewhere would get questions, and perhaps a token, that are not meant for it.
  return url.origin === base.origin ? url : undefined;
}
