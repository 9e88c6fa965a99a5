import { parse } from 'yaml';

/** `? key`: nobody writes keys so here, and their nesting costs the reader minutes. */
const EXPLICIT_KEY = /^[ \t]*(?:-[ \t]+)*\?(?:\s|$)|[[{,][ \t]*\?\s/m;

/**
 * Reads YAML where nothing is but text: a key of digits stays what it is. Of two equal keys the last
 * counts, because telling them apart takes a time that grows with the square of their number.
 * @throws Error whose message may quote the text
 */
export function readYamlText(yaml: string): unknown {
  if (EXPLICIT_KEY.test(yaml)) throw new Error('keys that begin with "? " are not read');
  return parse(yaml, {
    ...{ schema: 'failsafe', logLevel: 'error', maxAliasCount: 0 },
    ...{ uniqueKeys: false, prettyErrors: false },
  });
}
