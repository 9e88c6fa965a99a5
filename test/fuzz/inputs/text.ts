import fc from 'fast-check';

/** Characters that have tripped up readers of text before, and numbers at their limits. */
export const TRAPS: readonly string[] = [
  ...['\u0000', '\u001b[2J', '\r', '\n', '\r\n', '\t', '\u2028', '\u0085', '\ufeff', '\u00ad'],
  ...['\u202e', '\u200b', '\u200d', '\ud800', '\udfff', 'e\u0301', '\u1e9e', '\u0130', '\u017f'],
  ...['\uff0e\uff0e\uff0f', '\u2215', '\u29f8', '\u3002', '..', '../', '..\\', '/', '\\', '%2f'],
  ...['%2e%2e', '%00', '%', '"', "'", '`', '<', '>', '[', ']', '{', '}', '(', ')', '&', '*', '~'],
  ...[',', ';', ':', '=', '@', '#', '?', '!', '|', '-', '--', '__proto__', 'constructor', '<<'],
  ...['0', '-1', '2147483648', '4294967296', '9007199254740993', '18446744073709551616', '1e999'],
  ...['9'.repeat(400), 'NaN', 'Infinity', 'null', 'true', '𝒳', '👩‍👩‍👧‍👦', 'ﷺ', 'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤', ' ', ''],
];

const position = fc.nat({ max: 0x7fffffff });

/** Any characters at all. (The library's own way to draw them takes seconds to get ready.) */
const anyCharacters = fc
  .array(fc.nat({ max: 0x10ffff }), { maxLength: 40 })
  .map((points) => String.fromCodePoint(...points));

/** Text that nobody means well with. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 40 }),
  anyCharacters,
  fc.array(fc.constantFrom(...TRAPS), { maxLength: 6 }).map((traps) => traps.join('')),
);

/** One change of a text. Positions are taken modulo its length. */
type Change =
  | { readonly kind: 'insert'; readonly at: number; readonly text: string }
  | { readonly kind: 'remove' | 'repeat' | 'move'; readonly at: number; readonly length: number }
  | { readonly kind: 'multiply'; readonly at: number; readonly length: number; readonly by: number }
  | { readonly kind: 'cut'; readonly at: number };

const length = fc.integer({ min: 1, max: 20 });
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant('insert'), at: position, text: anyText }),
  fc.record({ kind: fc.constantFrom('remove', 'repeat', 'move'), at: position, length }),
  fc.record({ kind: fc.constant('cut'), at: position }),
  {
    weight: 1,
    arbitrary: fc.record({
      ...{ kind: fc.constant('multiply' as const), at: position },
      ...{ length: fc.integer({ min: 1, max: 4 }), by: fc.constantFrom(10, 1_000, 5_000) },
    }),
  },
);

/** Valid text with up to four changes. */
export function damagedText(valid: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(valid, fc.array(change, { maxLength: 4 }))
    .map(([text, changes]) => changes.reduce(changed, text));
}

function changed(text: string, one: Change): string {
  const at = one.at % (text.length + 1);
  switch (one.kind) {
    case 'insert':
      return text.slice(0, at) + one.text + text.slice(at);
    case 'cut':
      return text.slice(0, at);
    case 'remove':
      return text.slice(0, at) + text.slice(at + one.length);
    case 'repeat':
      return text.slice(0, at + one.length) + text.slice(at);
    case 'move': {
      const moved = text.slice(at, at + one.length);
      return text.slice(0, at) + text.slice(at + one.length) + moved;
    }
    case 'multiply':
      return text.slice(0, at) + text.slice(at, at + one.length).repeat(one.by) + text.slice(at);
  }
}
