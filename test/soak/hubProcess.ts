import { fileURLToPath } from 'node:url';
import { Started } from '../../scripts/lib/processes.ts';
import type { EngineSettings } from '../../src/sync/engine.ts';
import type { SourceKey } from '../../src/sync/model.ts';
import type { Sources } from '../hub/control.ts';
import type { FaultSet } from '../hub/faults.ts';
import type { GgufRecipe } from '../hub/gguf.ts';
import type { ContentBySource } from '../faults/support/truth.ts';
import { parseTruth } from '../faults/support/truth.ts';
import { HubControl } from '../support/hubControl.ts';

const PROGRAM = fileURLToPath(new URL('../hub/main.ts', import.meta.url));
/** How long the hub may take to start, in ms: the machine may be busy. */
const LIMIT = 60_000;
/** Those that the extension follows by default, and one more. */
const AUTHORS = ['cortexso', 'janhq', 'bartowski'];

export interface HubProcessOptions {
  readonly seed: number;
  readonly models: number;
  /** Days that the catalogue lives. */
  readonly versions: number;
}

/** The hub in a process of its own: what it keeps must not count as kept by its clients. */
export class HubProcess implements AsyncDisposable {
  readonly url: string;
  readonly sources: readonly SourceKey[];
  readonly endpoints: EngineSettings['endpoints'];
  readonly #process: Started;
  readonly #control: HubControl;

  private constructor(process: Started, { url, sources: { hf, jan, cortex } }: Sources) {
    this.#process = process;
    this.url = url;
    const followed = AUTHORS.filter((author) => hf.includes(author));
    this.sources = [...followed.map((author) => `hf:${author}`), ...jan.map(janKey), 'cortex'];
    this.endpoints = {
      huggingFace: url,
      janCatalogue: `${url}/janhq/model-catalog/main`,
      cortex,
    };
    this.#control = new HubControl(url);
  }

  static async begin({ seed, models, versions }: HubProcessOptions): Promise<HubProcess> {
    const options = { seed: (seed % 1_000) + 1, models, versions };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const started = new Started(process.execPath, [PROGRAM, ...args]);
    const [line] = await started.waitForOutput(/^\{.*\}$/m, LIMIT);
    return new HubProcess(started, JSON.parse(line) as Sources);
  }

  async truth(): Promise<ContentBySource> {
    return parseTruth(await this.#control.truth());
  }

  /** Publishes the next day of the catalogue. */
  async advance(): Promise<void> {
    await this.#control.advance();
  }

  async setFaults(faults: FaultSet): Promise<void> {
    await this.#control.setFaults({ ...faults });
  }

  /** One more commit of a model, in which this file is another; Xet storage has it too. */
  async commit(model: string, path: string, gguf: GgufRecipe): Promise<void> {
    await this.#control.commit(model, [{ path, gguf, xet: true }]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.stop();
  }
}

function janKey(name: string): SourceKey {
  return `jan:${name}`;
}
