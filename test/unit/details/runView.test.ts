import assert from 'node:assert/strict';
import type { Hardware } from '../../../src/device/hardware.ts';
import { runCommands } from '../../../src/views/details/runCommands.ts';
import { buildDetailsView } from '../../../src/views/details/detailsView.ts';
import type { DetailsSubject } from '../../../src/views/details/detailsSubject.ts';
import { lmStudioDeepLink } from '../../../src/views/details/links.ts';
import type { DetailsView, RunView } from '../../../src/views/details/messages.ts';
import { readHostMessage } from '../../../src/views/details/messageSchemas.ts';
import { entry, VARIANT } from './localSamples.ts';
import { file, jan, NOW, plainWording, SHA, subject } from './samples.ts';

const GIB = 1024 ** 3;
const DESKTOP: Hardware = {
  memory: 16 * GIB,
  gpus: [{ name: 'RTX 4070', memory: 12 * GIB }],
  unified: false,
  said: [],
};
const FILES = [
  file('Jan-v1-4B-Q4_K_M.gguf', 2.5e9),
  file('Jan-v1-4B-Q6_K.gguf', 3.3e9),
  file('Jan-v1-4B-BF16.gguf', 8e9),
  file('Jan-v1-4B-Q8_0.gguf', 40e9),
];

function view(hardware?: Hardware, changes: Partial<DetailsSubject> = {}): DetailsView {
  const details = { files: FILES, fetchedAt: NOW };
  return buildDetailsView(
    subject({ hardware, details: { phase: 'done', revision: SHA, details }, ...changes }),
    plainWording,
  );
}

function runOf({ run }: DetailsView): RunView {
  assert.ok(run !== undefined);
  return run;
}

const fits = ({ variants }: DetailsView): Record<string, string> =>
  Object.fromEntries(variants.rows.map(({ label, fit }) => [label, fit.text]));
const marked = ({ variants }: DetailsView): unknown[] =>
  variants.rows.flatMap(({ label, recommended }) =>
    recommended === undefined ? [] : [[label, recommended]],
  );

describe('details of what fits this machine', () => {
  it('say of each variant how it fits, and which one to take and why', () => {
    assert.deepEqual(fits(view(DESKTOP)), {
      BF16: 'Full speed',
      Q4_K_M: 'Full speed',
      Q6_K: 'Full speed',
      Q8_0: 'Too big',
    });
    assert.deepEqual(marked(view(DESKTOP)), [
      [
        'Q6_K',
        'The best quality that the graphics hold at full speed, with a context of 8,192 tokens.',
      ],
    ]);
    assert.match(JSON.stringify(marked(view({ ...DESKTOP, gpus: [] }))), /Q4_K_M.*processor/);
    assert.match(JSON.stringify(marked(view({ ...DESKTOP, memory: GIB, gpus: [] }))), /closest/);
  });

  it('say nothing of a machine that is not known', () => {
    assert.deepEqual(new Set(Object.values(fits(view()))), new Set(['not known']));
    assert.deepEqual(marked(view()), []);
    const { budget, machine, chosen } = runOf(view());
    assert.equal(budget, undefined);
    assert.match(machine, /not known yet/);
    assert.equal(chosen, view().variants.rows[0]?.key);
  });

  it('hand the page what it needs to do the sums, and the schemas know all of it', () => {
    const { chosen, context, contexts, variants, parameters } = runOf(view(DESKTOP));
    assert.equal(chosen, 'Jan-v1-4B-Q6_K');
    assert.deepEqual(contexts, [1_024, 2_048, 4_096, 8_192, 16_384, 32_768]);
    assert.equal(context, 8_192);
    assert.equal(parameters, jan.parameters);
    const sizes = variants.map(({ weights }) => weights.sureness !== 'unknown' && weights.bytes);
    assert.deepEqual(
      sizes.toSorted((a, b) => Number(a) - Number(b)),
      [2.5e9, 3.3e9, 8e9, 40e9],
    );
    const message = { type: 'show', view: view(DESKTOP) };
    assert.deepEqual(readHostMessage(JSON.parse(JSON.stringify(message))), message);
    for (const key of Object.keys(message.view.run ?? {})) {
      const broken = { ...message.view, run: { ...message.view.run, [key]: 'x' } };
      const isText = key === 'machine' || key === 'chosen';
      assert.equal(readHostMessage({ type: 'show', view: broken }) === undefined, !isText, key);
    }
  });

  it('offer no context beyond what a model was made for', () => {
    const contextsOf = (contextLength: number | undefined): readonly number[] => {
      const { id, author, name, sources, published, variants = [] } = jan;
      const known = { id, author, name, sources, published, variants };
      const model = { ...known, ...(contextLength !== undefined && { contextLength }) };
      const { contexts, context } = runOf(view(DESKTOP, { model }));
      assert.ok(contexts.includes(context));
      return contexts;
    };
    assert.deepEqual(contextsOf(512), [512]);
    assert.deepEqual(contextsOf(3_000), [1_024, 2_048, 3_000]);
    assert.deepEqual(contextsOf(0), [1]);
    assert.equal(contextsOf(undefined).at(-1), 131_072);
  });

  it('count the projector among the weights', () => {
    const details = { files: [...FILES, file('mmproj-F16.gguf', 1e9)], fetchedAt: NOW };
    const { variants } = runOf(
      view(DESKTOP, { details: { phase: 'done', revision: SHA, details } }),
    );
    assert.deepEqual(variants.find(({ label }) => label === 'Q6_K')?.weights, {
      sureness: 'exact',
      bytes: 4.3e9,
    });
  });

  it('say what the machine has, and whose word that is', () => {
    const machine = (changes: Partial<Hardware>): string =>
      runOf(view({ ...DESKTOP, ...changes })).machine;
    assert.equal(
      machine({}),
      `This machine has ${16 * GIB} B of main memory, and RTX 4070 with ${12 * GIB} B.`,
    );
    assert.match(machine({ gpus: [] }), /no graphics that count/);
    assert.match(machine({ gpus: [], unified: true }), /which its graphics share/);
    assert.match(machine({ said: ['gpuMemory'] }), /The settings say so\.$/);
  });
});

describe('commands that run a variant', () => {
  const [variant] = jan.variants ?? [];
  assert.ok(variant !== undefined);
  const texts = (id: string, changes: object = {}): Record<string, string> =>
    Object.fromEntries(
      runCommands(id, { ...variant, ...changes }, [], plainWording).map(({ key, text }) => [
        key,
        text,
      ]),
    );

  it('name the model and its quantisation', () => {
    const { openAi, ...lines } = texts(jan.id);
    assert.deepEqual(lines, {
      llamaServer: `llama-server -hf ${jan.id}:Q4_K_M`,
      ollama: `ollama run hf.co/${jan.id}:Q4_K_M`,
      jan: `jan serve ${jan.id}`,
    });
    assert.match(openAi ?? '', /127\.0\.0\.1:8080\/v1\/chat\/completions[^]*:Q4_K_M/);
  });

  it('are none of something that a shell could understand, and none of other formats', () => {
    for (const id of ['a/b;rm -rf ~', 'a/$(x)', '-a/b', 'a/`x`', 'a/b\nc', 'a/b c', 'a']) {
      assert.deepEqual(texts(id), {}, id);
    }
    assert.equal(texts(jan.id, { quantisation: '$(x)' })['ollama'], `ollama run hf.co/${jan.id}`);
    assert.deepEqual(texts(jan.id, { files: [file('model.safetensors', 5)] }), {});
  });

  it('ask the program in which the variant runs', () => {
    const runs = entry({ running: true }, { api: 'http://127.0.0.1:1337/v1' });
    const commands = runCommands(jan.id, variant, [runs], plainWording);
    const { name, text } = commands.at(-1) ?? {};
    assert.match(name ?? '', /with Jan as it runs/);
    assert.match(text ?? '', /127\.0\.0\.1:1337\/v1\/chat[^]*"jan-v1"/);
    assert.equal(variant.name, VARIANT);
  });

  it('open LM Studio at the file', () => {
    assert.equal(
      lmStudioDeepLink('janhq/Jan', 'a b&c.gguf'),
      'lmstudio://open_from_hf?model=janhq%2FJan&file=a+b%26c.gguf',
    );
  });
});
