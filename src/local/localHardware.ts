import type { Hardware } from '../device/hardware.ts';
import { keepHardware } from '../device/hardwareFile.ts';
import type { SystemInformation } from '../device/measureHardware.ts';
import { measureHardware } from '../device/measureHardware.ts';
import type { Clock } from '../sync/clock.ts';
import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';

export interface LocalHardwareOptions {
  /** The folder in which what was measured is kept for other windows and sessions. */
  readonly storage: string;
  /** Bytes of main memory. */
  readonly memory: number;
  /** The library that asks the system. */
  readonly load: () => Promise<SystemInformation>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Measures the hardware of this machine, once. Runs programs of the system. */
export class LocalHardware {
  readonly #options: LocalHardwareOptions;
  #measured: Promise<Hardware> | undefined;

  constructor(options: LocalHardwareOptions) {
    this.#options = options;
  }

  /** Where the system cannot be asked, this is a processor with its memory. Never rejects. */
  measure(): Promise<Hardware> {
    return (this.#measured ??= this.#measure());
  }

  async #measure(): Promise<Hardware> {
    const { storage, memory, load, clock, logger } = this.#options;
    try {
      const hardware = await measureHardware(memory, await load());
      await keepHardware(storage, hardware, clock.now()).catch((error: unknown) => {
        logger.warn(`The hardware will be measured again: ${describeError(error)}`);
      });
      return hardware;
    } catch (error) {
      logger.warn(`The hardware cannot be measured: ${describeError(error)}`);
      return { memory, gpus: [], unified: false, said: [] };
    }
  }
}
