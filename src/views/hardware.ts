import type { Hardware, HardwareSettings, MemoryBudget } from '../device/hardware.ts';
import { budgetOf, withSettings } from '../device/hardware.ts';
import type { Clock, Disposable } from '../sync/clock.ts';
import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';

export interface HardwareViewOptions {
  /** The folder in which what was measured is kept. */
  readonly storage: string;
  /** Measures; takes a while, and never happens twice in a session. */
  readonly measure: () => Promise<Hardware>;
  /** Main memory in bytes, which the system tells at once: where nothing else can be measured. */
  readonly memory: () => number;
  /** What the user says about their machine. */
  readonly settings: () => HardwareSettings;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/** What this machine can run models on, for all views: as measured, or as the user says. */
export class HardwareView implements Disposable {
  readonly #options: HardwareViewOptions;
  readonly #listeners = new Set<() => void>();
  #measured: Hardware | undefined;
  #failed = false;
  #looking: Promise<void> | undefined;
  #told = JSON.stringify('');

  constructor(options: HardwareViewOptions) {
    this.#options = options;
  }

  /** It is known now, or another than before. */
  readonly onDidChange = (listener: () => void): Disposable => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  /** Undefined until it is known, which the first call sets going. Never waits. */
  get hardware(): Hardware | undefined {
    void this.look();
    const settings = this.#options.settings();
    const basis =
      this.#measured ?? (this.#failed && saysSomething(settings) ? this.#bare : undefined);
    return basis && withSettings(basis, settings);
  }

  /** What models may take of it; undefined until it is known, as `hardware`. */
  get budget(): MemoryBudget | undefined {
    const { hardware } = this;
    return hardware && budgetOf(hardware);
  }

  /** Finds out, once; never rejects. */
  look(): Promise<void> {
    return (this.#looking ??= this.#look());
  }

  /** The settings may be others: tells if that makes a difference. */
  reconsider(): void {
    if (this.#measured !== undefined || this.#failed) this.#changed();
  }

  dispose(): void {
    this.#listeners.clear();
  }

  /** What is known without measuring. */
  get #bare(): Hardware {
    return { memory: this.#options.memory(), gpus: [], unified: false, said: [] };
  }

  /** What was measured in the last session counts at once, and until it is measured anew. */
  async #look(): Promise<void> {
    const { storage, measure, clock, logger } = this.#options;
    try {
      // Loaded here, so that activation does not pay for the schema.
      const { readHardware } = await import('../device/hardwareFile.lazy.ts');
      const known = await readHardware(storage, clock.now());
      if (known !== undefined) this.#set(known.hardware);
      if (known?.isFresh !== true) this.#set(await measure());
    } catch (error) {
      logger.warn(`What this machine can run is not known: ${describeError(error)}`);
      this.#failed = true;
      this.#changed();
    }
  }

  #set(measured: Hardware): void {
    this.#measured = measured;
    this.#changed();
  }

  #changed(): void {
    const now = JSON.stringify(this.hardware ?? '');
    if (now === this.#told) return;
    this.#told = now;
    for (const listener of this.#listeners) listener();
  }
}

function saysSomething({ memory, gpuMemory }: HardwareSettings): boolean {
  return memory !== undefined || gpuMemory !== undefined;
}
