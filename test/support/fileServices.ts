import type { FileServices } from '../../src/download/file/fileDownload.ts';
import { bootTime } from '../../src/download/file/boot.ts';
import { Hasher } from '../../src/download/file/hasher.ts';
import { undiciTransport } from '../../src/sync/http/undiciTransport.ts';
import { Ways } from '../../src/sync/http/ways.ts';
import type { Logger } from '../../src/sync/logger.ts';
import { systemClock } from '../../src/sync/worker/systemClock.ts';

export interface FileServicesOptions {
  /** The file of the hash thread's program. */
  readonly hashProgram: string;
  /** By origin. */
  readonly tokens?: Readonly<Record<string, string>>;
  readonly logger: Logger;
}

/** The real network, thread and clock for downloads, as the extension has them. */
export function openFileServices({ hashProgram, tokens = {}, logger }: FileServicesOptions): {
  readonly services: FileServices;
  readonly close: () => Promise<void>;
} {
  const clock = systemClock;
  const pool = undiciTransport({ allowH2: false, connections: 8 });
  const ways = new Ways({ transport: pool.transport, logger });
  const hasher = new Hasher({ program: hashProgram, clock });
  return {
    services: {
      send: (request) => ways.send(request),
      hasher,
      tokenFor: (origin) => tokens[origin],
      userAgent: 'model-hub/test',
      bootedAt: bootTime(clock),
      clock,
      random: Math.random,
      logger,
    },
    close: async () => {
      await hasher.close();
      await pool.close();
    },
  };
}
