import assert from 'node:assert/strict';
import { fitOf } from '../../../src/device/fit.ts';
import { budgetOf, withSettings } from '../../../src/device/hardware.ts';
import type { Hardware } from '../../../src/device/hardware.ts';
import { measureHardware } from '../../../src/device/measureHardware.ts';
import { contextBytesPerToken, memoryNeed } from '../../../src/device/memory.ts';
import { fitOfVariant, recommend, usualContext } from '../../../src/device/recommend.ts';
import type { Size, Variant } from '../../../src/sync/model.ts';
import { exact, file } from '../support/rows.ts';

const GIB = 1024 ** 3;
const LAPTOP: Hardware = { memory: 16 * GIB, gpus: [], unified: false, said: [] };
const DESKTOP: Hardware = {
  ...{ memory: 64 * GIB, unified: false, said: [] },
  gpus: [{ name: 'RTX 3060', memory: 12 * GIB }],
};
const MODEL = { parameters: 8.03e9, contextLength: 131_072 };

function variant(quantisation: string, size: Size): Variant {
  const name = `m-${quantisation}`;
  return { name, quantisation, files: [file(`${name}.gguf`, size)], size };
}

const VARIANTS = [
  variant('Q2_K', exact(3.2e9)),
  variant('Q4_K_M', exact(4.9e9)),
  variant('Q6_K', exact(6.6e9)),
  variant('Q8_0', exact(8.5e9)),
  variant('F16', exact(16.1e9)),
];

function chosen(hardware: Hardware, variants = VARIANTS): (string | undefined)[] {
  const found = recommend(variants, MODEL, budgetOf(hardware));
  return [found?.variant.quantisation, found?.fit, found?.reason];
}

describe('The memory a model needs', () => {
  it('follows from its shape where that is known', () => {
    const shape = { layers: 32, keyValueHeads: 8, headSize: 128 };
    assert.deepEqual(contextBytesPerToken(shape), exact(131_072));
    const { context, total } = memoryNeed(exact(5e9), shape, 8_192);
    assert.deepEqual(context, exact(1_073_741_824));
    assert.equal(total.sureness, 'estimated');
  });

  it('is estimated by its weights otherwise, and unknown without them', () => {
    for (const [parameters, bytes] of [
      [70.6e9, 327_680],
      [14.8e9, 163_840],
      [4.02e9, 147_456],
    ] as const) {
      const size = contextBytesPerToken({ parameters });
      assert.ok(size.sureness === 'estimated' && size.bytes > bytes * 0.6);
      assert.ok(size.bytes < bytes * 1.4, `${size.bytes} for ${parameters}`);
    }
    assert.equal(contextBytesPerToken({}).sureness, 'unknown');
    assert.equal(memoryNeed({ sureness: 'unknown' }, MODEL, 1).total.sureness, 'unknown');
  });

  it('is at least that of its weights where its context is not known', () => {
    const { total } = memoryNeed(exact(5e9), {}, 8_192);
    assert.ok(total.sureness === 'estimated' && total.bytes > 5e9);
  });

  it('grows with the context', () => {
    const needs = [1_024, 8_192, 131_072].map((tokens) => memoryNeed(exact(5e9), MODEL, tokens));
    const bytes = needs.map(({ total }) => (total.sureness === 'unknown' ? 0 : total.bytes));
    assert.deepEqual(
      bytes,
      bytes.toSorted((a, b) => a - b),
    );
    assert.equal(new Set(bytes).size, 3);
  });
});

describe('Whether a model fits', () => {
  const budget = budgetOf(DESKTOP);

  it('is the graphics first, then the main memory, then both to the brim', () => {
    const fits = [8, 40, 55, 62].map((gib) => fitOf(exact(gib * GIB), budget));
    assert.deepEqual(fits, ['gpu', 'memory', 'tight', 'tooBig']);
  });

  it('is unknown without a size or a machine', () => {
    assert.equal(fitOf({ sureness: 'unknown' }, budget), 'unknown');
    assert.equal(fitOf(exact(1), undefined), 'unknown');
  });

  it('counts the projector', () => {
    const plain = variant('Q8_0', exact(9.3e9));
    assert.equal(fitOfVariant(plain, MODEL, budget), 'gpu');
    const seeing = { ...plain, mmproj: file('mmproj.gguf', exact(1.5e9)) };
    assert.equal(fitOfVariant(seeing, MODEL, budget), 'memory');
  });

  it('takes what the user says in place of what was measured', () => {
    const said = withSettings(LAPTOP, { gpuMemory: 24 * GIB });
    assert.equal(fitOf(exact(20 * GIB), budgetOf(said)), 'gpu');
    assert.deepEqual(said.said, ['gpuMemory']);
    assert.equal(budgetOf(withSettings(DESKTOP, { gpuMemory: 0 })).gpu, 0);
    assert.equal(withSettings(DESKTOP, { memory: 8 * GIB }).memory, 8 * GIB);
  });

  it('knows that graphics which share the main memory cannot have all of it', () => {
    const mac = budgetOf({ memory: 32 * GIB, gpus: [], unified: true, said: [] });
    assert.ok(mac.gpu > 20 * GIB && mac.gpu < 24 * GIB);
  });
});

describe('The variant to take', () => {
  it('is the best one that the graphics hold, but no better than anybody would notice', () => {
    assert.deepEqual(chosen(DESKTOP), ['Q6_K', 'gpu', 'bestOnGpu']);
    const small = { ...DESKTOP, gpus: [{ name: 'GPU', memory: 8 * GIB }] };
    assert.deepEqual(chosen(small), ['Q4_K_M', 'gpu', 'bestOnGpu']);
  });

  it('is a balanced one on the processor', () => {
    assert.deepEqual(chosen(LAPTOP), ['Q4_K_M', 'memory', 'balanced']);
  });

  it('is a balanced one of a small model too, whose files have more bits for each weight', () => {
    const parameters = 1.1e9;
    const small = (['Q2_K', 'Q4_K_M', 'Q8_0'] as const).map((name, index) =>
      variant(name, { sureness: 'exact', bytes: [483e6, 669e6, 1.17e9][index] ?? 0 }),
    );
    const taken = recommend(small, { parameters }, budgetOf(LAPTOP));
    assert.equal(taken?.variant.quantisation, 'Q4_K_M');
  });

  it('is rather slower than poor', () => {
    const small = { ...DESKTOP, gpus: [{ name: 'GPU', memory: 5.5 * GIB }] };
    assert.deepEqual(chosen(small), ['Q4_K_M', 'memory', 'balanced']);
    const only = VARIANTS.slice(0, 1);
    assert.deepEqual(chosen(small, only), ['Q2_K', 'gpu', 'bestOnGpu']);
  });

  it('is the smallest where nothing fits, and none where no size is known', () => {
    assert.deepEqual(chosen({ ...LAPTOP, memory: 4 * GIB }), ['Q2_K', 'tooBig', 'smallest']);
    assert.equal(chosen(LAPTOP, [variant('Q4_0', { sureness: 'unknown' })])[0], undefined);
    assert.equal(recommend(VARIANTS, MODEL, undefined), undefined);
  });

  it('is the only one there is, whatever its precision', () => {
    assert.deepEqual(chosen(DESKTOP, VARIANTS.slice(3, 4)), ['Q8_0', 'gpu', 'bestOnGpu']);
  });

  it('is reckoned with a context that the model was made for', () => {
    assert.equal(usualContext({ contextLength: 2_048 }), 2_048);
    assert.equal(usualContext({ contextLength: 131_072 }), 8_192);
    assert.equal(usualContext({}), 8_192);
  });
});

describe('The hardware', () => {
  const measured = (graphics: unknown, cpu: unknown = {}): Promise<Hardware> =>
    measureHardware(16 * GIB, {
      graphics: () => Promise.resolve(graphics),
      cpu: () => Promise.resolve(cpu),
    });

  it('is what the driver says of the cards with memory of their own', async () => {
    const { gpus } = await measured({
      controllers: [
        { vendor: 'NVIDIA', model: 'RTX 4090', vram: 256, memoryTotal: 24_564 },
        { vendor: 'Intel', model: 'UHD', vram: 2_048, vramDynamic: true },
        { vendor: 'AMD', model: '', vram: 8_192, vramDynamic: false },
        { vendor: 'Matrox', model: 'G200', vram: 16 },
      ],
    });
    assert.deepEqual(gpus, [
      { name: 'RTX 4090', memory: 24_564 * 1024 ** 2 },
      { name: 'AMD', memory: 8 * GIB },
    ]);
  });

  it('shares its memory on Apple silicon', async () => {
    const found = await measured(
      { controllers: [{ vendor: 'Apple', model: 'Apple M3', vram: 8_192 }] },
      { manufacturer: 'Apple' },
    );
    assert.equal(found.unified, true);
    assert.deepEqual(found.gpus, []);
  });

  it('is a processor with its memory where nothing more can be found out', async () => {
    for (const graphics of [undefined, {}, { controllers: 7 }, { controllers: [{ vram: 'x' }] }]) {
      assert.deepEqual(await measured(graphics), { ...LAPTOP });
    }
    const failing = await measureHardware(16 * GIB, {
      graphics: () => Promise.reject(new Error('no such program')),
      cpu: () => Promise.reject(new Error('no such program')),
    });
    assert.deepEqual(failing, { ...LAPTOP });
  });
});
