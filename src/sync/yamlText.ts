import { parse } from 'yaml';

/**
 * Reads YAML where nothing is but text: a key of digits stays what it is. Of two equal keys the last
 * counts, because telling them apart takes a time that grows with the square of their number.
 * @throws Error whose message may quote the text
 */
export function readYamlText(yaml: string): unknown {
  return parse(yaml, {
    ...{ schema: 'failsafe', logLevel: 'error', maxAliasCount: 0 },
    ...{ uniqueKeys: false, prettyErrors: false },
  });
}
