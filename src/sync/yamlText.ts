import type { CST } from 'yaml';
import { Composer, Lexer, Parser } from 'yaml';

/** Lists within lists, and the like: files that are meant to be read have three or four levels. */
const MAX_DEPTH = 50;

/**
 * Reads YAML where nothing is but text: a key of digits stays what it is. What costs more than its
 * length is worth is not read: nesting without end, keys that are lists or mappings themselves, and
 * aliases. Of two equal keys the last counts, because telling them apart costs their number squared.
 * @throws Error whose message may quote the text
 */
export function readYamlText(yaml: string): unknown {
  const composer = new Composer({ schema: 'failsafe', stringKeys: true, uniqueKeys: false });
  // It would make an error with its stack of each wrong character.
  Object.assign(composer, { onError: throwFirst });
  const [document, another] = composer.compose(tokensOf(yaml), true, yaml.length);
  if (another !== undefined) throw new Error('it holds several documents');
  return document?.toJS({ maxAliasCount: 0 });
}

function throwFirst(_: unknown, _code: string, message: string, isWarning = false): void {
  if (!isWarning) throw new Error(message);
}

/** @throws Error at the first that cannot be, and as soon as one level too many is entered */
function* tokensOf(yaml: string): Generator<CST.Token> {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(yaml)) {
    for (const token of parser.next(lexeme)) {
      if (token.type === 'error') throw new Error(token.message);
      yield token;
    }
    if (parser.stack.length > MAX_DEPTH) throw new Error(`it has more than ${MAX_DEPTH} levels`);
  }
  yield* parser.end();
}
