import type { FileServices } from '../file/fileDownload.ts';
import { Location } from '../file/location.ts';
import type { FindBasis } from './basis.ts';
import { CasClient } from './casClient.ts';
import { ChunkKeeper } from './chunkKeeper.ts';
import { ChunkStore } from './chunkStore.ts';
import { Differ } from './differ.ts';
import type { Differential } from './differential.ts';

export interface DifferentialOptions extends Omit<FileServices, 'differ'> {
  /** The folder that all windows share. */
  readonly storage: string;
  readonly findBasis: FindBasis;
  /** Bytes; absent: as much as the Hub says. */
  readonly largestPlainFile?: number;
  /** Files whose chunks are remembered; absent: see ChunkStore. */
  readonly mostRemembered?: number;
}

/** What it takes that downloads fetch no more than what changed. */
export interface OpenDifferential {
  /** The services that were given, with what files differ in. */
  readonly services: FileServices;
  readonly differ: Differ;
  readonly differential: Differential;
  readonly keeper: ChunkKeeper;
  readonly close: () => Promise<void>;
}

/** Opens what is remembered of the files on this machine, and asks what else there is to know. */
export function openDifferential(options: DifferentialOptions): OpenDifferential {
  const { storage, findBasis, largestPlainFile, mostRemembered, clock, logger } = options;
  const store = new ChunkStore({
    ...{ storage, now: clock.now(), logger },
    ...(mostRemembered !== undefined && { mostFiles: mostRemembered }),
  });
  const cas = new CasClient(options);
  const differ = new Differ({ cas, store, largestPlainFile, clock, logger });
  const keeper = new ChunkKeeper(differ);
  const services: FileServices = { ...options, differ };
  const differential: Differential = {
    findBasis,
    recipes: async (source, file, basis, signal) => {
      const wanted = { source, file, signal };
      const location =
        (await differ.storageOf(wanted, services)) ??
        new Location(source, file, services, undefined);
      return await differ.recipes(wanted, basis, location);
    },
    installed: (path, source, file) => keeper.add({ path, source, file }),
  };
  const close = async (): Promise<void> => {
    await keeper.close();
    store.close();
  };
  return { services, differ, differential, keeper, close };
}
