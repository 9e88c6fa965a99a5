import assert from 'node:assert/strict';
import fc from 'fast-check';
import { modelLink, parseModelLink, shownAddress } from '../../../src/views/links/modelLink.ts';
import { seedOfRun } from '../support/random.ts';

const at = (path: string, query = ''): ReturnType<typeof parseModelLink> =>
  parseModelLink({ path, query });

describe('A link to a model', () => {
  it('names the model in its path', () => {
    assert.deepEqual(at('/model/janhq/Jan-v1-4B-GGUF'), { id: 'janhq/Jan-v1-4B-GGUF' });
    assert.deepEqual(at('/model/janhq/Jan-v1-4B-GGUF/'), { id: 'janhq/Jan-v1-4B-GGUF' });
  });

  it('names it in its query', () => {
    assert.deepEqual(at('/model', 'id=janhq/Jan-v1-4B-GGUF'), { id: 'janhq/Jan-v1-4B-GGUF' });
    assert.deepEqual(at('', 'id=a%2Fb'), { id: 'a/b' });
    assert.deepEqual(at('/', 'id=a/b'), { id: 'a/b' });
  });

  it('may be about a variant', () => {
    assert.deepEqual(at('/model/a/b', 'variant=Q4_K_M'), { id: 'a/b', variant: 'Q4_K_M' });
    assert.deepEqual(at('/model', 'id=a/b&variant=model-Q8_0'), {
      id: 'a/b',
      variant: 'model-Q8_0',
    });
  });

  const hostile: readonly [string, string?][] = [
    ['/model/../../etc/passwd'],
    ['/model/..%2f..%2fetc/passwd'],
    ['/model/a/..'],
    ['/model/a/b..c'],
    ['/model/a/b/c'],
    ['/model/a'],
    ['/model/a b/c'],
    ['/model/api/models'],
    ['/model/a/b:Q4_K_M'],
    ['/model/a/b\u202egpj.exe'],
    ['/model/a/b\u0000'],
    ['/model/<script>/b'],
    [`/model/a/${'b'.repeat(97)}`],
    [`/model/a/b`, `variant=${'x'.repeat(10_000)}`],
    ['/model/a/b', 'variant=../../x'],
    ['/model/a/b', 'variant=a%2Fb'],
    ['/model/a/b', 'variant='],
    ['/model', 'id=https://huggingface.co/a/b'],
    ['/model', 'id=ollama run a/b'],
    ['/model', ''],
    ['/download/a/b'],
    ['/settings', 'id=a/b'],
    ['/model/a/b/../../../x'],
    ['', ''],
  ];
  for (const [path, query] of hostile) {
    it(`is not ${JSON.stringify(path).slice(0, 40)} ${query?.slice(0, 40) ?? ''}`, () => {
      assert.equal(at(path, query), undefined);
    });
  }

  const seed = seedOfRun();
  it(`is refused or names a model, whatever is written in it (SEED=${seed})`, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string(), (path, query) => {
        for (const prefix of ['', '/model/', '/model/a/']) {
          const found = at(prefix + path, query);
          assert.match(found?.id ?? 'a/b', /^\w[\w.-]*\/\w[\w.-]*$/);
          assert.ok(found?.id.includes('..') !== true);
          assert.ok(shownAddress({ path, query }).length <= 81);
        }
      }),
      { seed },
    );
  });

  it('is read again as it was made', () => {
    const link = new URL(modelLink('vscode', 'model-hub.model-hub', 'janhq/Jan-v1-4B-GGUF'));
    assert.equal(link.href, 'vscode://model-hub.model-hub/model/janhq/Jan-v1-4B-GGUF');
    assert.deepEqual(at(link.pathname), { id: 'janhq/Jan-v1-4B-GGUF' });
  });

  it('is shown short, and without characters that mislead', () => {
    assert.equal(shownAddress({ path: '/x', query: 'a=1' }), '/x?a=1');
    assert.equal(shownAddress({ path: '/a\u202eb\n', query: '' }), '/a�b�');
    assert.equal(shownAddress({ path: '/[Go](command:x)', query: '' }), '/�Go�command:x�');
    assert.equal(shownAddress({ path: '/'.repeat(200), query: '' }).length, 81);
  });
});
