import type { FileSource } from '../file/fileDownload.ts';
import type { PlannedFile } from '../model.ts';
import type { Basis, FindBasis } from './basis.ts';
import type { Recipes } from './recipes.ts';

/** What a download needs to fetch no more than what changed. */
export interface Differential {
  readonly findBasis: FindBasis;
  /** How a file can be made out of its basis. @throws SyncError `cancelled` */
  readonly recipes: (
    source: FileSource,
    file: PlannedFile,
    basis: Basis,
    signal: AbortSignal,
  ) => Promise<Recipes>;
  /** A verified file is in its place: what it is made of is kept, once there is time. */
  readonly installed: (path: string, source: FileSource, file: PlannedFile) => void;
}
