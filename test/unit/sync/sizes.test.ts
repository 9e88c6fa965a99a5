import assert from 'node:assert/strict';
import type { Model, Variant } from '../../../src/sync/model.ts';
import { sourcesOf, useEngine } from '../support/useEngine.ts';
import { useSharedHub } from '../support/useHub.ts';
import { modelsOf } from '../../support/modelsOf.ts';

const MODELS = 1_500;
/**
 * How far an estimate may be from a generated file, whose bits follow from another model of it: in
 * models of less than a billion weights much depends on the vocabulary.
 */
const tolerance = (parameters: number): number => (parameters < 1e9 ? 0.3 : 0.15);

describe('The sizes of a catalogue whose trees nobody has fetched', function () {
  this.timeout(60_000);
  const hub = useSharedHub({ models: MODELS });
  const rig = useEngine(hub);

  it('are estimated wherever weights and quantisation are known, and close to the truth', async () => {
    const { engine, reader } = rig();
    const authors = sourcesOf(hub()).filter((source) => source.startsWith('hf:'));
    const { sources } = await engine.sync({ reason: 'manual', sources: authors });
    for (const { error } of sources) assert.equal(error, undefined);
    assert.equal(hub().stats().total.requests, authors.length, 'one request an author');
    assert.equal(hub().stats().routes['tree'], undefined);

    const models = authors.flatMap((source) => modelsOf(reader, source, { limit: MODELS }));
    assert.equal(models.length, MODELS);
    const claims = models.flatMap((model) =>
      (model.variants ?? []).map((variant) => ({ model, variant })),
    );
    for (const { model, variant } of claims)
      assert.equal(variant.size.sureness, expected(model, variant));
    const estimates = claims.filter(({ variant }) => variant.size.sureness === 'estimated');
    assert.ok(estimates.length > 0.9 * claims.length, `${estimates.length} of ${claims.length}`);

    const grown = estimates.filter(({ model }) => /-v\d+(?:-|$)/.test(model.name));
    assert.ok(grown.length > 0.8 * estimates.length);
    const ratios: number[] = [];
    for (const model of new Set(grown.map((one) => one.model))) {
      const sizes = await trueSizes(model.id);
      for (const variant of model.variants ?? []) {
        if (variant.size.sureness !== 'estimated') continue;
        const size = variant.files.reduce((sum, { path }) => sum + sizes.get(path)!, 0);
        const ratio = variant.size.bytes / size;
        const message = `${model.id} ${variant.name}: ${ratio}`;
        assert.ok(Math.abs(ratio - 1) < tolerance(model.parameters!), message);
        ratios.push(Math.abs(ratio - 1));
      }
    }
    assert.ok(ratios.sort((a, b) => a - b)[ratios.length >> 1]! < 0.03, 'half of them within 3 %');
  });

  function expected(model: Model, { name, quantisation }: Variant): Variant['size']['sureness'] {
    const isTold = model.parameters !== undefined && quantisation !== undefined;
    return isTold && name !== 'safetensors' ? 'estimated' : 'unknown';
  }

  async function trueSizes(id: string): Promise<Map<string, number>> {
    const answer = await fetch(`${hub().url}/api/models/${id}?blobs=true`);
    const { siblings } = (await answer.json()) as {
      siblings: readonly { rfilename: string; size: number }[];
    };
    return new Map(siblings.map(({ rfilename, size }) => [rfilename, size]));
  }
});
