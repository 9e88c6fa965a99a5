import type { FindBasis } from '../download/differential/basis.ts';
import type { Identities } from '../download/reuse.ts';
import type { CatalogueAccess } from '../runtime/catalogueAccess.ts';
import type { IdentityStore } from '../runtime/identityStore.ts';
import type { InstalledModels } from '../runtime/installedModels.ts';
import type { Logger } from '../sync/logger.ts';
import { installedBasis } from './installedBasis.ts';

export interface LocalFilesOptions {
  readonly installed: Pick<InstalledModels, 'entries' | 'ready'>;
  readonly store: IdentityStore;
  readonly origins: CatalogueAccess['origins'];
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** What of the files on this machine downloads make use of. */
export interface LocalFiles {
  readonly identities: Identities;
  readonly findBasis: FindBasis;
}

/** Tells downloads what is here already, or nearly. */
export function localFiles(options: LocalFilesOptions): LocalFiles {
  const { installed, store, origins, signal, logger } = options;
  const entries = async (): Promise<InstalledModels['entries']> => {
    await installed.ready();
    return installed.entries;
  };
  return {
    identities: {
      sha256Of: (path, size, modifiedAt) => store.sha256Of(path, size, modifiedAt),
      remember: (path, size, modifiedAt, sha256) => store.remember(path, size, modifiedAt, sha256),
      findLocal: async (sha256, size) => {
        const claimed = (await entries()).flatMap(({ entry }) => entry.files);
        const files = [
          ...store.filesWith(sha256),
          ...claimed.filter((file) => file.sha256 === sha256),
        ];
        return [...new Set(files.filter((file) => file.size === size).map(({ path }) => path))];
      },
    },
    findBasis: installedBasis({
      ...{ entries, logger },
      sha256Of: ({ path, size, modifiedAt }) => store.sha256Of(path, size, modifiedAt),
      origins: (sha256) => origins([sha256], signal),
    }),
  };
}
