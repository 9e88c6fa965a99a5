import assert from 'node:assert/strict';
import { readYamlText } from '../../../src/sync/yamlText.ts';

describe('YAML as text', () => {
  it('has nothing but texts, lists and keys', () => {
    assert.deepEqual(readYamlText('id: 0x1\nport: 39281\non: yes\nlist: [1, ~]\n'), {
      ...{ id: '0x1', port: '39281', on: 'yes', list: ['1', '~'] },
    });
  });

  it('means the last of two equal keys', () => {
    assert.deepEqual(readYamlText('a: 1\na: 2\n'), { a: '2' });
  });

  it('may hold question marks that begin no key', () => {
    const yaml = 'a?: b?\nurl: x?y=1\nq: "? no"\ntext: [why? x, a?b]\nw: what ? x\n';
    assert.deepEqual(readYamlText(yaml), {
      ...{ 'a?': 'b?', url: 'x?y=1', q: '? no', text: ['why? x', 'a?b'], w: 'what ? x' },
    });
  });

  it('is read up to fifty levels', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    // The document itself is one.
    let found = readYamlText(nested(49));
    for (let level = 1; level < 49; level++) found = (found as unknown[])[0];
    assert.deepEqual(found, []);
    assert.throws(() => readYamlText(nested(50)), /it has more than 50 levels/);
  });

  it('is one document, which may be empty', () => {
    assert.equal(readYamlText(''), null);
    assert.equal(readYamlText('--- a\n'), 'a');
    assert.throws(() => readYamlText('a: 1\n---\nb: 2\n'), /it holds several documents/);
  });

  it('has texts for keys', () => {
    assert.deepEqual(readYamlText('? a\n: b\n'), { a: 'b' });
    assert.throws(() => readYamlText('? [a]\n: b\n'));
  });

  it('knows no aliases, which could grow without end', () => {
    assert.throws(() => readYamlText('a: &a [1]\nb: *a\n'));
  });

  it('may have tags, which mean nothing', () => {
    assert.deepEqual(readYamlText('a: !secret b\n'), { a: 'b' });
  });

  const mistakes: readonly (readonly [yaml: string, message: RegExp])[] = [
    ['a: [', /Flow sequence .* must be .* end with a \]/],
    ['a: b: c', /Nested mappings are not allowed/],
    ['\t? a', /./],
    ['"a', /Missing closing "quote/],
    ['a: "b" c', /./],
    ['}', /Unexpected flow-map-end token/],
    ['{a: 1} }', /Unexpected flow-map-end token/],
  ];
  for (const [yaml, message] of mistakes) {
    it(`is an error at its first mistake: ${JSON.stringify(yaml)}`, () => {
      assert.throws(() => readYamlText(yaml), message);
    });
  }
});
