import assert from 'node:assert/strict';
import { canonicalJson } from '../../../src/sync/canonicalJson.ts';
import { randomNumbers, seedOfRun } from '../support/random.ts';

describe('Canonical JSON', () => {
  it('sorts the keys of every object, at every depth, and has no white space', () => {
    const value = { b: [{ z: 1, a: null }], a: { d: 'x y', c: true } };
    assert.equal(canonicalJson(value), '{"a":{"c":true,"d":"x y"},"b":[{"a":null,"z":1}]}');
  });

  it('sorts by code units, also keys that look like numbers', () => {
    const value = { é: 1, a: 1, Z: 1, '9': 1, '10': 1, '\u{1f600}': 1, '\uffee': 1 };
    assert.equal(canonicalJson(value), '{"10":1,"9":1,"Z":1,"a":1,"é":1,"\u{1f600}":1,"\uffee":1}');
  });

  it('lacks what is undefined', () => {
    assert.equal(canonicalJson({ b: undefined, a: { c: undefined, d: 0 } }), '{"a":{"d":0}}');
  });

  it('keeps the order of lists', () => {
    assert.equal(canonicalJson([3, 1, 2]), '[3,1,2]');
  });

  it('keeps a key called __proto__ as any other', () => {
    const value: unknown = JSON.parse('{"b":1,"__proto__":{"a":2}}');
    assert.equal(canonicalJson(value), '{"__proto__":{"a":2},"b":1}');
  });

  it('says the same of equal values, whatever the order they were written in', () => {
    const seed = seedOfRun();
    const random = randomNumbers(seed);
    for (let round = 0; round < 200; round++) {
      const value = randomValue(random, 4);
      const text = canonicalJson(value);
      assert.equal(canonicalJson(shuffled(value, random)), text, `SEED=${seed}`);
      assert.deepEqual(JSON.parse(text), value, `SEED=${seed}`);
    }
  });
});

function randomValue(random: () => number, depth: number): unknown {
  const kind = Math.floor(random() * (depth === 0 ? 4 : 6));
  const size = Math.floor(random() * 5);
  const word = (): string => String.fromCharCode(...Array.from({ length: size }, () => code()));
  const code = (): number => 32 + Math.floor(random() * 700);
  switch (kind) {
    case 0:
      return null;
    case 1:
      return random() < 0.5;
    case 2:
      return Math.round(random() * 1e6) / 100;
    case 3:
      return word();
    case 4:
      return Array.from({ length: size }, () => randomValue(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: size }, (_, index) => [
          random() < 0.3 ? String(index * 7) : `${word()}${index}`,
          randomValue(random, depth - 1),
        ]),
      );
  }
}

function shuffled(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => shuffled(item, random));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => ({
    key,
    item,
    at: random(),
  }));
  entries.sort((a, b) => a.at - b.at);
  return Object.fromEntries(entries.map(({ key, item }) => [key, shuffled(item, random)]));
}
