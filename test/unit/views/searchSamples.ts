import type { Model, Variant } from '../../../src/sync/model.ts';
import type { Memory } from '../../../src/device/shared/sharedState.ts';

export const GIB = 1024 ** 3;

export function variant(quantisation: string, bytes: number, exact = true): Variant {
  const size = { sureness: exact ? ('exact' as const) : ('estimated' as const), bytes };
  const name = `model-${quantisation}`;
  return { name, quantisation, files: [{ path: `${name}.gguf`, size }], size };
}

export function model(id: string, changes: Partial<Model> = {}): Model {
  const [author = '', name = ''] = id.split('/');
  return { id, author, name, sources: [`hf:${author}`], published: true, variants: [], ...changes };
}

/** What the editor keeps for an extension. */
export class FakeMemory implements Memory {
  readonly values = new Map<string, unknown>();

  get(key: string): unknown {
    return this.values.get(key);
  }

  update(key: string, value: unknown): Promise<void> {
    this.values.set(key, value);
    return Promise.resolve();
  }
}
