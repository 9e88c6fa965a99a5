import type { CortexServer } from './cortexServer.ts';
import { nameOf } from './repository.ts';

/** A model on the disk of a Cortex server. */
export interface CortexDiskModel {
  readonly id: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Relative to the data folder, or absolute where it was imported. */
  readonly files: readonly string[];
}

/** What a Cortex server has on its disk and what it runs of it. At first it has one model. */
export class CortexDisk {
  /** Ids of the models that are loaded. */
  readonly running = new Set<string>();
  readonly #server: CortexServer;
  readonly #added = new Map<string, CortexDiskModel>();
  #hasFirst = true;

  constructor(server: CortexServer) {
    this.#server = server;
  }

  get models(): ReadonlyMap<string, CortexDiskModel> {
    const first = this.#hasFirst ? this.#first() : undefined;
    return new Map([...(first ? [[first.id, first] as const] : []), ...this.#added]);
  }

  add(model: CortexDiskModel): void {
    this.#added.set(model.id, model);
    this.#server.gone.delete(model.id);
  }

  /** Deletes a model, and with it the only row there was of it: it is not even offered any more. */
  remove(id: string): boolean {
    if (!this.models.has(id)) return false;
    if (!this.#added.delete(id)) this.#hasFirst = false;
    this.running.delete(id);
    this.#server.gone.add(id);
    return true;
  }

  /** The first variant of the first source. */
  #first(): CortexDiskModel | undefined {
    for (const { models, metadata } of this.#server.elements()) {
      const [model] = models as { id: string; size: number }[];
      if (!model) continue;
      const name = nameOf(String((metadata as Record<string, unknown>)['id']));
      const branch = model.id.slice(model.id.indexOf(':') + 1);
      return { ...model, name, files: [`models/cortex.so/${name}/${branch}/model.gguf`] };
    }
    return undefined;
  }
}
