/** Our way to have a file of which much is here already, or to get to know one: see updates.ts. */
import type { Basis } from '../../../src/download/differential/basis.ts';
import { openDifferential } from '../../../src/download/differential/openDifferential.ts';
import { downloadFile } from '../../../src/download/file/fileDownload.ts';
import { SharedFlow } from '../../../src/download/flow.ts';
import type { PlannedFile } from '../../../src/download/model.ts';
import { openFileServices } from '../../support/fileServices.ts';
import { measuredProgram } from './nodeProgram.ts';
import type { SiteFile } from './site.ts';

export interface UpdateTask {
  readonly file: SiteFile;
  readonly target: string;
  readonly hashProgram: string;
  /** The folder of what is remembered of files. */
  readonly storage: string;
  /** What is installed; absent: nothing. */
  readonly basis?: Basis;
  /** The target is there and right, and what it is made of is to be remembered. */
  readonly isRemembered?: boolean;
}

const quiet = (): void => undefined;

measuredProgram((task) => {
  const { file, target, hashProgram, storage, basis, isRemembered } = task as UpdateTask;
  const logger = { debug: quiet, info: quiet, warn: console.warn, error: console.error };
  const opened = openFileServices({ hashProgram, logger });
  const findBasis = () => Promise.resolve(basis);
  const updates = openDifferential({ ...opened.services, storage, findBasis });
  const { signal } = new AbortController();
  const { endpoint, model, revision, path, size, sha256 } = file;
  const source = { endpoint: new URL(endpoint), model, revision };
  const digest = { algorithm: 'sha256', hex: sha256 } as const;
  const wanted: PlannedFile = { path, size, digest, role: 'weights' };
  const flow = new SharedFlow(opened.services.clock);
  return async () => {
    if (isRemembered) await updates.differ.remember(target, { source, file: wanted, signal });
    else {
      await downloadFile(
        { source, file: wanted, target, basis, flow, onProgress: quiet, signal },
        updates.services,
      );
    }
    await updates.close();
    await opened.close();
  };
});
