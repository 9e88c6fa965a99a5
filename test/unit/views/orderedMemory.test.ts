import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Memory } from '../../../src/device/shared/sharedState.ts';
import { orderedMemory } from '../../../src/views/orderedMemory.ts';
import { randomNumbers, seedOfRun } from '../support/random.ts';

type State = Record<string, unknown>;
const KEYS = ['favourites', 'pins', 'seen'];
const CHANGES = 50;
const RUNS = 20;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const turns = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n++) await turn();
};

/**
 * The memory of VS Code, as `ExtensionMemento` and `MainThreadStorage` are: one value for all keys,
 * written by the next turn of the event loop, and told of to every window that keeps it, before the
 * one that wrote it hears that it is written.
 */
class Editor {
  stored = '{}';
  readonly #windows = new Set<(text: string) => void>();

  window(latency: () => number): Memory {
    let value = JSON.parse(this.stored) as State;
    let inbox = Promise.resolve();
    let flush: Promise<void> | undefined;
    const receive = (work: () => void): Promise<void> => (inbox = inbox.then(turn).then(work));
    this.#windows.add((text) => void receive(() => (value = JSON.parse(text) as State)));
    const write = async (): Promise<void> => {
      await turn();
      flush = undefined;
      const text = JSON.stringify(value);
      await turns(latency());
      this.#store(text);
      await receive(() => undefined);
    };
    return {
      get: (key) => value[key],
      update: (key, changed) => {
        value[key] = JSON.parse(JSON.stringify(changed)) as unknown;
        return (flush ??= write());
      },
    };
  }

  #store(text: string): void {
    if (text === this.stored) return;
    this.stored = text;
    for (const tell of this.#windows) tell(text);
  }
}

describe('What the editor remembers', () => {
  const seed = seedOfRun();

  /** Changes several keys without waiting, as parts of an extension do that know nothing of each other. */
  async function changeAtRandom(memory: Memory, random: () => number): Promise<State> {
    const expected: State = {};
    const changes: PromiseLike<void>[] = [];
    for (let n = 0; n < CHANGES; n++) {
      const key = KEYS[Math.floor(random() * KEYS.length)] ?? '';
      expected[key] = [n];
      changes.push(memory.update(key, [n]));
      assert.deepEqual(memory.get(key), [n]);
      await turns(Math.floor(random() * 6));
    }
    await Promise.all(changes);
    await turns(20);
    return expected;
  }
  async function survives(order: (memory: Memory) => Memory): Promise<boolean> {
    const random = randomNumbers(seed);
    for (let run = 0; run < RUNS; run++) {
      const editor = new Editor();
      const memory = order(editor.window(() => Math.floor(random() * 4)));
      const expected = await changeAtRandom(memory, random);
      const read = Object.fromEntries(KEYS.map((key) => [key, memory.get(key)]));
      if (!isDeepStrictEqual([JSON.parse(editor.stored), read], [expected, expected])) return false;
    }
    return true;
  }

  it(`is lost in part by the editor alone, if it is changed quickly (seed ${seed})`, async () => {
    assert.equal(await survives((memory) => memory), false);
  });

  it(`is all there where changes wait for each other (seed ${seed})`, async () => {
    assert.equal(await survives(orderedMemory), true);
  });

  it('is written again where another window was quicker', async () => {
    const editor = new Editor();
    const memory = orderedMemory(editor.window(() => 0));
    const other = editor.window(() => 0);
    await Promise.all([memory.update('pins', ['a']), other.update('seen', 7)]);
    await memory.update('pins', ['a', 'b']);
    assert.deepEqual(memory.get('pins'), ['a', 'b']);
    assert.deepEqual((JSON.parse(editor.stored) as State)['pins'], ['a', 'b']);
  });

  it('goes on after a change that could not be written, which says so', async () => {
    const editor = new Editor();
    const window = editor.window(() => 0);
    const memory = orderedMemory({
      get: (key) => window.get(key),
      update: (key, value) =>
        key === 'seen' ? Promise.reject(new Error('The disk is full.')) : window.update(key, value),
    });
    const failing = memory.update('seen', 1);
    const next = memory.update('pins', ['a']);
    await assert.rejects(Promise.resolve(failing), /disk is full/);
    await next;
    assert.deepEqual([memory.get('seen'), memory.get('pins')], [undefined, ['a']]);
  });

  it('hears what other windows write', async () => {
    const editor = new Editor();
    const memory = orderedMemory(editor.window(() => 0));
    await memory.update('pins', ['a']);
    const other = editor.window(() => 0);
    await other.update('pins', ['b']);
    await turns(5);
    assert.deepEqual(memory.get('pins'), ['b']);
  });
});
