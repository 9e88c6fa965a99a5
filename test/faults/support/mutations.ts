import fc from 'fast-check';

/** One change of a JSON document. Positions are taken modulo what there is. */
export type Mutation =
  | { readonly kind: 'remove' | 'repeat' | 'swap'; readonly at: number }
  | { readonly kind: 'replace'; readonly at: number; readonly value: unknown }
  | { readonly kind: 'rename'; readonly at: number; readonly name: string }
  | { readonly kind: 'wrap'; readonly at: number; readonly depth: number };

/** One change of the text of an answer; `at` is a part of its length. */
export type Damage =
  | { readonly kind: 'cut'; readonly at: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array };

type Container = Record<string | number, unknown>;
type Place = readonly [container: Container, key: string];

/** Stands for lists in lists, deeper than a document could be built or cloned here. */
const DEEP = '@deep';
const DEPTH = 10_000;

/** What has tripped up readers of JSON before. */
const NASTY: readonly unknown[] = [
  ...[null, true, false, '', 'x', 0, -1, 1.5, 2 ** 53, 2 ** 64, -(2 ** 63), 1e308, 5e-324],
  ...['__proto__', '../../etc/passwd', 'a/b/c', 'owner/..', '\u0000', '\ud800', '𝒳'.repeat(500)],
  ...['x'.repeat(100_000), '9999-99-99T99:99:99Z', '+275760-09-13T00:00:00.001Z', '1e999 GB'],
  ...[[], {}, [[]], [null], { __proto__: null, constructor: 1 }, new Array(1_000).fill(0)],
];

const position = fc.nat({ max: 0x7fffffff });
const value = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...NASTY) },
  { weight: 5, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.constant(DEEP) },
);

export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constantFrom('remove', 'repeat', 'swap'), at: position }),
  fc.record({ kind: fc.constant('replace'), at: position, value }),
  fc.record({ kind: fc.constant('replace'), at: position, value }),
  fc.record({ kind: fc.constant('rename'), at: position, name: fc.string({ maxLength: 12 }) }),
  fc.record({ kind: fc.constant('wrap'), at: position, depth: fc.constantFrom(1, 2, 100) }),
);

export const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.record({ kind: fc.constant('cut'), at: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({
    kind: fc.constant('insert'),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  }),
);

/** The document with all of these changes, one after another. */
export function mutated(document: unknown, mutations: readonly Mutation[]): unknown {
  const root: Container = { document: structuredClone(document) };
  for (const one of mutations) {
    const places = placesIn(root);
    const place = places[one.at % Math.max(1, places.length)];
    if (place !== undefined) change(place, one);
  }
  return root['document'];
}

/** A document as an answer; one that lost itself is an empty one. */
export function asBody(document: unknown): Buffer {
  const text = (JSON.stringify(document) as string | undefined) ?? '';
  const deep = '['.repeat(DEPTH) + ']'.repeat(DEPTH);
  return Buffer.from(text.replaceAll(JSON.stringify(DEEP), deep));
}

/** The text of an answer with a part lost or added. */
export function damaged(text: Buffer, { kind, at, ...rest }: Damage): Buffer {
  const cut = Math.floor(text.length * at);
  if (kind === 'cut') return text.subarray(0, cut);
  const bytes = 'bytes' in rest ? rest.bytes : new Uint8Array();
  return Buffer.concat([text.subarray(0, cut), bytes, text.subarray(cut)]);
}

/** Where the values of a document are, itself included. */
function placesIn(container: Container): Place[] {
  const places: Place[] = [];
  const left: Container[] = [container];
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    for (const key of Object.keys(one)) {
      places.push([one, key]);
      const inner = one[key];
      if (typeof inner === 'object' && inner !== null) left.push(inner as Container);
    }
  }
  return places;
}

function change([container, key]: Place, one: Mutation): void {
  const held = container[key];
  switch (one.kind) {
    case 'remove':
      if (Array.isArray(container)) container.splice(Number(key), 1);
      else Reflect.deleteProperty(container, key);
      return;
    case 'repeat':
      if (Array.isArray(container)) container.splice(Number(key), 0, held);
      return;
    case 'swap': {
      const [other = key] = Object.keys(container);
      [container[key], container[other]] = [container[other], held];
      return;
    }
    case 'replace':
      container[key] = structuredClone(one.value);
      return;
    case 'rename':
      // The length of a list is no name that a value can have.
      if (Array.isArray(container) && one.name === 'length') return;
      Reflect.deleteProperty(container, key);
      Object.defineProperty(container, one.name, {
        ...{ value: held, enumerable: true, configurable: true, writable: true },
      });
      return;
    case 'wrap': {
      let wrapped = held;
      for (let depth = 0; depth < one.depth; depth++) wrapped = [wrapped];
      container[key] = wrapped;
    }
  }
}
