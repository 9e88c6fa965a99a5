/** Our way: see contenders.ts. */
import { downloadFile } from '../../../src/download/file/fileDownload.ts';
import { SharedFlow } from '../../../src/download/flow.ts';
import { openFileServices } from '../../support/fileServices.ts';
import { measuredProgram } from './nodeProgram.ts';
import type { SiteFile } from './site.ts';

export interface OwnTask {
  readonly file: SiteFile;
  readonly target: string;
  readonly hashProgram: string;
}

const quiet = (): void => undefined;

measuredProgram((task) => {
  const { file, target, hashProgram } = task as OwnTask;
  const logger = { debug: quiet, info: quiet, warn: console.warn, error: console.error };
  const { services, close } = openFileServices({ hashProgram, logger });
  const { endpoint, model, revision, path, size, sha256 } = file;
  return async () => {
    await downloadFile(
      {
        source: { endpoint: new URL(endpoint), model, revision },
        file: { path, size, digest: { algorithm: 'sha256', hex: sha256 }, role: 'weights' },
        target,
        flow: new SharedFlow(services.clock),
        onProgress: quiet,
        signal: new AbortController().signal,
      },
      services,
    );
    await close();
  };
});
