/** A piece of a query between spaces; quotes hold what has spaces together. */
export interface Token {
  readonly start: number;
  readonly end: number;
  /** As written. */
  readonly raw: string;
  /** Without the quotes. */
  readonly text: string;
  /** Where the colon after a key is in `raw`; absent if there is none outside of quotes. */
  readonly colon?: number;
}

const TOKEN = /(?:"[^"]*"?|[^\s"])+/g;

/** Splits a query at its spaces. A quote that is not closed goes on to the end. */
export function tokensOf(query: string): Token[] {
  return [...query.matchAll(TOKEN)].map(({ 0: raw, index: start }) => {
    const colon = /^-?@?[a-z]+(?=:)/i.exec(raw)?.[0].length;
    return {
      ...{ start, end: start + raw.length, raw, text: unquoted(raw) },
      ...(colon !== undefined && { colon }),
    };
  });
}

/** Text as one token. */
export function quoted(text: string): string {
  const bare = text.replaceAll('"', '');
  return /\s/.test(bare) || bare === '' ? `"${bare}"` : bare;
}

export function unquoted(text: string): string {
  return text.replaceAll('"', '');
}
