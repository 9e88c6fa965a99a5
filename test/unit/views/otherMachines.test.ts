import assert from 'node:assert/strict';
import type { Machine } from '../../../src/device/shared/machines.ts';
import type { MachineRecord, SharedVariant } from '../../../src/device/shared/machineRecord.ts';
import { weekOf } from '../../../src/device/shared/machineRecord.ts';
import type { DownloadStatus } from '../../../src/download/model.ts';
import type { ModelId, Variant } from '../../../src/sync/model.ts';
import type { Wanted } from '../../../src/views/downloads/downloader.ts';
import { modelIdOf } from '../../../src/views/commands/modelIdOf.ts';
import type { InstalledNode } from '../../../src/views/installed/installedNodes.ts';
import {
  childrenOf,
  isInstalledNode,
  rootNodes,
} from '../../../src/views/installed/installedNodes.ts';
import { ShownRows } from '../../../src/views/installed/shownRows.ts';
import { installSame } from '../../../src/views/machines/installSame.ts';
import type { MachinesState } from '../../../src/views/machines/machineNodes.ts';
import { NOW, plainWording } from '../details/samples.ts';
import { download, entry, look, MODEL, snapshot } from './installedSamples.ts';
import { variant } from './searchSamples.ts';

const QWEN: SharedVariant = { model: 'Qwen/Qwen3-8B', quantisation: 'Q8_0', bytes: 5_000 };
const JAN: SharedVariant = { model: MODEL, quantisation: 'Q4_K_M', bytes: 100 };

function machine(id: string, changes: Partial<MachineRecord> = {}, name?: string): Machine {
  const record: MachineRecord = {
    ...{ system: 'linux', memory: 16, installed: [JAN, QWEN], sources: ['hf:janhq', 'jan:v2'] },
    ...{ week: weekOf(NOW), seal: 'x' },
    ...changes,
  };
  return { id, ...(name !== undefined && { name }), record };
}

const elsewhere = (...others: readonly Machine[]): MachinesState => ({
  ...{ others, sources: ['hf:janhq'] },
  travel: { leftOut: 0, obstacle: undefined },
});

/** All rows from a state, indented by their depth. */
function rows(nodes: readonly InstalledNode[], depth = 0): string[] {
  return nodes.flatMap((node) => {
    const { label, description } = look(node);
    const text = [label, description].filter(Boolean).join(': ');
    return ['  '.repeat(depth) + text, ...rows(childrenOf(node), depth + 1)];
  });
}

describe('The rows of other machines', () => {
  const state = (others: MachinesState, installed = snapshot([])) => ({
    ...{ downloads: [], doing: new Map(), installed, elsewhere: others },
  });

  it('are none without other machines', () => {
    assert.deepEqual(rootNodes(state(elsewhere())), []);
  });

  it('stand last, and tell what each has, what of it is here, and what more it follows', () => {
    const gpu = { name: 'RTX 3060', memory: 12 };
    const others = elsewhere(
      machine('a', { gpu, more: 3 }),
      machine('b', { installed: [JAN], sources: [], week: weekOf(NOW) - 3 }, 'Desk'),
      machine('c', { installed: [], sources: [], system: 'other' }),
    );
    assert.deepEqual(rows(rootNodes(state(others, snapshot([entry()])))).slice(2), [
      'On My Other Machines: 3',
      '  Linux, 16 GB, RTX 3060: 1 not here, 5000 B',
      '    Jan-v1-4B-GGUF: Q4_K_M · 100 B · here too',
      '    Qwen3-8B: Q8_0 · 5000 B',
      '    3 more, for which there is no room',
      '    Follows 1 source that is not followed here: jan:v2',
      '  Desk: all of it is here too',
      '    Jan-v1-4B-GGUF: Q4_K_M · 100 B · here too',
      '  Another machine, 16 GB: nothing installed',
    ]);
  });

  it('do not say what is missing before it is known what is here', () => {
    const searching = snapshot([], { complete: false });
    const [root] = rootNodes(state(elsewhere(machine('a')), searching));
    const [first] = root === undefined ? [] : childrenOf(root);
    assert.ok(first);
    assert.equal(look(first).description, '2 variants');
    assert.equal(look(first).context, 'machine');
    assert.deepEqual(childrenOf(first).map((node) => look(node).context)[0], 'theirs known');
  });

  it('say why nothing travels, or not everything', () => {
    const told = (travel: MachinesState['travel']): string => {
      const [root] = rootNodes(state({ ...elsewhere(machine('a')), travel }));
      assert.ok(root);
      return look(root).description;
    };
    assert.match(told({ leftOut: 12, obstacle: undefined }), /oldest 12 marks stay here/);
    assert.match(told({ leftOut: 0, obstacle: 'newer' }), /newer version/);
    assert.match(told({ leftOut: 0, obstacle: 'noRoom' }), /no room/);
  });

  it('name their model to commands, and say when a machine was last used', () => {
    const old = machine('a', { week: weekOf(NOW) - 1 });
    const [root] = rootNodes(state(elsewhere(old)));
    const [first] = root === undefined ? [] : childrenOf(root);
    assert.ok(first && isInstalledNode(first));
    assert.match(look(first).tooltip, /last used a week ago/);
    assert.deepEqual([first, ...childrenOf(first)].map(modelIdOf), [
      undefined,
      MODEL,
      QWEN.model,
      undefined,
    ]);
  });

  it('are repainted where they are when a variant comes here, three rows deep', () => {
    const shown = new ShownRows(look);
    shown.update(state(elsewhere(machine('a'))));
    const [root] = shown.roots;
    const [first] = root === undefined ? [] : childrenOf(root);
    const [jan] = first === undefined ? [] : childrenOf(first);
    assert.ok(root && first && jan);
    assert.deepEqual([shown.parentOf(jan), shown.parentOf(first)], [first, root]);
    assert.deepEqual(shown.update(state(elsewhere(machine('a', {}, 'Desk')))), [first]);
    assert.deepEqual(look(first).label, 'Desk');
    assert.equal(childrenOf(first)[0], jan);
  });
});

describe('Installing what another machine has', () => {
  let messages: string[];
  let confirms: boolean;
  let wanted: Wanted[];
  const published: Record<ModelId, readonly Variant[]> = {
    [MODEL]: [variant('Q4_K_M', 110)],
    [QWEN.model]: [
      { ...variant('Q8_0', 9_000_000), name: 'other-Q8_0' },
      variant('Q8_0', 5_100),
      variant('Q4_K_M', 5_000),
    ],
  };
  beforeEach(() => {
    [messages, confirms] = [[], true];
    wanted = [];
  });
  const install = (
    variants: readonly SharedVariant[],
    downloads: readonly DownloadStatus[] = [],
    fails: (wanted: Wanted) => boolean = () => false,
  ): Promise<void> =>
    installSame(variants, {
      variants: (id) =>
        id in published
          ? Promise.resolve(published[id] ?? [])
          : Promise.reject(new Error('No answer.')),
      downloads: () => downloads,
      free: () => Promise.resolve(700),
      download: (one) => {
        if (fails(one)) return Promise.reject(new Error('The disk is full.'));
        wanted.push(one);
        return Promise.resolve();
      },
      notifier: {
        confirm: (message, detail) => {
          messages.push(`${message} ${detail}`);
          return Promise.resolve(confirms);
        },
        info: (message) => Promise.resolve(void messages.push(message)),
        warn: (message) => Promise.resolve(void messages.push(message)),
      },
      wording: plainWording,
      messageOf: (error) => (error as Error).message,
    });

  it('is one question with all sizes, and takes of two alike the one of that size', async () => {
    await install([JAN, { ...QWEN, projector: true }]);
    assert.deepEqual(messages, [
      'Install 2 variants here, 5210 B in all? Jan-v1-4B-GGUF Q4_K_M, 110 B\nQwen3-8B Q8_0, 5100 B\n700 B are free on the disk.',
    ]);
    assert.deepEqual(wanted, [
      { model: MODEL, variant: 'model-Q4_K_M', projector: false },
      { model: QWEN.model, variant: 'model-Q8_0', projector: true },
    ]);
  });

  it('is nothing where the user does not want it', async () => {
    confirms = false;
    await install([JAN]);
    assert.deepEqual([wanted, messages.length], [[], 1]);
  });

  it('leaves out what is on its way already', async () => {
    await install([JAN, QWEN], [download()]);
    assert.deepEqual(
      wanted.map(({ model }) => model),
      [QWEN.model],
    );
    await install([JAN], [download()]);
    assert.equal(messages.at(-1), 'Everything is here, or on its way.');
  });

  it('goes on past what is not published, cannot be asked for, or cannot be queued', async () => {
    const gone: SharedVariant = { model: MODEL, quantisation: 'Q2_K' };
    await install([gone, { model: 'un/known' }, JAN, QWEN], [], ({ model }) => model === MODEL);
    assert.match(
      messages[0] ?? '',
      /Jan-v1-4B-GGUF Q2_K is not published any more\.\nknown: No answer\./,
    );
    assert.deepEqual(
      wanted.map(({ model }) => model),
      [QWEN.model],
    );
    assert.equal(messages[1], 'Jan-v1-4B-GGUF Q4_K_M: The disk is full.');
  });
});
