import assert from 'node:assert/strict';
import { modelNode, sourceNode, variantNode } from '../../../src/views/tree/nodes.ts';
import { tooltipOf } from '../../../src/views/tree/tooltips.ts';
import { plainWording } from '../details/samples.ts';
import { GIB, model, variant } from './searchSamples.ts';

const HOSTILE = 'https://evil.example [x](command:x) <b>\n# www.evil.example';
const LIST = { key: 'all', models: 1 };

describe('The hovers of the catalogue', () => {
  const hover = (node: Parameters<typeof tooltipOf>[0]): string => {
    const text = tooltipOf(node, { gpu: 0, main: 8 * GIB, most: 9 * GIB }, plainWording);
    assert.ok(text !== undefined);
    return text;
  };

  it('tell the facts of a model', () => {
    const one = model('x/Small', { license: 'mit', variants: [variant('Q4_K_M', 2 * GIB)] });
    const lines = hover(modelNode(LIST, undefined, one)).split('\n');
    assert.equal(lines[0], String.raw`**x\/Small**`);
    assert.ok(lines.includes(String.raw`- Licence\: mit`));
    assert.ok(lines.some((line) => line.startsWith(String.raw`- For this machine\: Q4\_K\_M\, `)));
  });

  it('make no link, heading or tag of what others wrote', () => {
    const one = model('x/y', {
      ...{ description: HOSTILE, license: HOSTILE, task: HOSTILE, architecture: HOSTILE },
    });
    const named = {
      ...variant('Q4_K_M', GIB),
      files: [{ path: HOSTILE, size: { sureness: 'exact', bytes: 1 } as const }],
    };
    const parent = modelNode(LIST, undefined, one);
    const failure = { kind: 'server', message: HOSTILE, at: 0 } as const;
    for (const text of [
      hover(parent),
      hover(variantNode(parent, named)),
      hover(sourceNode({ key: `hf:${HOSTILE}`, models: 1, epoch: 1, failure })),
    ]) {
      assert.match(text, /evil/);
      assert.doesNotMatch(text, /:\/\/|www\.|(?<!\\)[<[\]()#]/);
    }
  });
});
