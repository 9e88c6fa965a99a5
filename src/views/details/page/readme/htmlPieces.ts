/** A tag longer than this is taken for text, so that no README makes the search for its end slow. */
const TAG_LENGTH = 4096;
/** What starts a tag may not have an end; looked for only so often in one piece of HTML. */
const ATTEMPTS = 20_000;

export type HtmlPiece =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'open';
      readonly tag: string;
      readonly attributes: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'close'; readonly tag: string };

const TAG_START = /<(?:!--|[!?]|\/?[a-z])/gi;
const ATTRIBUTE = /([a-z][\w-]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/gi;

/**
 * Takes raw HTML apart, leniently: comments and declarations are left out. It need not agree with
 * a browser about what is a tag, because what it finds is never handed to one as markup.
 */
export function htmlPieces(html: string): HtmlPiece[] {
  const pieces: HtmlPiece[] = [];
  const start = new RegExp(TAG_START);
  let at = 0;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = start.exec(html);
    if (found === null) break;
    const end = endOfTag(html, found.index);
    if (end === undefined) continue;
    if (found.index > at) pieces.push({ kind: 'text', text: html.slice(at, found.index) });
    const piece = tagPiece(html.slice(found.index, end));
    if (piece !== undefined) pieces.push(piece);
    at = end;
    start.lastIndex = end;
  }
  if (at < html.length) pieces.push({ kind: 'text', text: html.slice(at) });
  return pieces;
}

/** Where the tag that starts here ends, after its `>`. A comment without an end takes the rest. */
function endOfTag(html: string, start: number): number | undefined {
  if (html.startsWith('<!--', start)) {
    const end = html.indexOf('-->', start + 4);
    return end === -1 ? html.length : end + 3;
  }
  const limit = Math.min(html.length, start + TAG_LENGTH);
  let quote = '';
  for (let at = start + 1; at < limit; at++) {
    const char = html.charAt(at);
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '>') {
      return at + 1;
    } else if (char === '"' || char === "'") {
      quote = char;
    }
  }
  return undefined;
}

function tagPiece(markup: string): HtmlPiece | undefined {
  const [, slash, name] = /^<(\/?)([a-z][\w-]*)/i.exec(markup) ?? [];
  if (name === undefined) return undefined;
  const tag = name.toLowerCase();
  if (slash === '/') return { kind: 'close', tag };
  const attributes = new Map<string, string>();
  for (const [, key = '', ...values] of markup.slice(name.length + 1).matchAll(ATTRIBUTE)) {
    const value = values.find((each: string | undefined) => each !== undefined) ?? '';
    if (!attributes.has(key.toLowerCase())) attributes.set(key.toLowerCase(), value);
  }
  return { kind: 'open', tag, attributes };
}
