import { t } from '@vscode/l10n';
import type { CatalogueAccess } from '../runtime/catalogueAccess.ts';
import { mergeDuplicates } from '../runtime/duplicateMerge.ts';
import { RuntimeError } from '../runtime/errors.ts';
import type { IdentityHasher } from '../runtime/identityHasher.ts';
import type { IdentityStore } from '../runtime/identityStore.ts';
import type { InstalledEntry } from '../runtime/installed.ts';
import type { InstalledModels } from '../runtime/installedModels.ts';
import type { IdentifiedEntry } from '../runtime/installedSnapshot.ts';
import { keyOf } from '../runtime/installedSnapshot.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Verdict } from '../runtime/verification.ts';
import { verifyEntry } from '../runtime/verification.ts';
import type { Logger } from '../sync/logger.ts';

export interface InstalledActionsOptions {
  readonly installed: InstalledModels;
  readonly runtimes: () => readonly Runtime[];
  readonly identities: IdentityStore;
  readonly hasher: IdentityHasher;
  readonly origins: CatalogueAccess['origins'];
  /** Of those who wait, or of the local thread: whichever ends first. */
  readonly until: (signal?: AbortSignal) => AbortSignal;
  readonly logger: Logger;
}

/** What a user does with what is installed. Errors are RuntimeErrors, or SyncErrors `cancelled`. */
export class InstalledActions {
  readonly #options: InstalledActionsOptions;

  constructor(options: InstalledActionsOptions) {
    this.#options = options;
  }

  /** An entry by its key, once it is known what is installed. @throws RuntimeError `refused` */
  async entry(key: string): Promise<IdentifiedEntry> {
    const { installed } = this.#options;
    await installed.ready();
    return installed.entry(key);
  }

  /** @throws RuntimeError `notFound` */
  runtime(id: string): Runtime {
    const found = this.#options.runtimes().find((runtime) => runtime.id === id);
    if (found !== undefined) return found;
    throw new RuntimeError(
      'notFound',
      t('{0} is no longer among the runtimes. Refresh the list.', id),
    );
  }

  async act(
    key: string,
    action: 'start' | 'stop' | 'remove',
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { installed, until } = this.#options;
    const { runtime, entry } = await this.entry(key);
    const { id, kind, actions } = runtime;
    if (actions[action] === undefined) throw cannot(id);
    try {
      await actions[action](entry.id, until(signal));
    } finally {
      // Also what went wrong may have changed something.
      if (!until().aborted) await installed.rescan(signal, [kind]);
    }
  }

  async recheck(key: string, signal: AbortSignal | undefined): Promise<InstalledEntry> {
    const { installed } = this.#options;
    const { runtime } = await this.entry(key);
    await installed.rescan(signal, [runtime.kind]);
    return installed.entry(key).entry;
  }

  async verify(key: string, signal: AbortSignal | undefined): Promise<Verdict> {
    const { installed, identities, hasher, origins, until } = this.#options;
    const verdict = await verifyEntry(await this.entry(key), {
      ...{ store: identities, hasher, origins, signal: until(signal) },
    });
    installed.reconsider();
    return verdict;
  }

  /** Has another runtime take over an entry's files. @returns the key of what that has then */
  async adopt(key: string, runtime: string, signal: AbortSignal | undefined): Promise<string> {
    const { installed, until } = this.#options;
    const { entry } = await this.entry(key);
    const { id, kind, actions } = this.runtime(runtime);
    if (actions.adopt === undefined) throw cannot(id);
    const { name, files, from } = entry;
    const origin = { ...entry.origin, ...from };
    const adopted = await actions.adopt({ name, origin, files }, until(signal));
    await installed.rescan(signal, [kind]);
    return keyOf({ id }, { id: adopted });
  }

  async mergeDuplicates(signal: AbortSignal | undefined): Promise<{ readonly freedBytes: number }> {
    const { installed, identities, hasher, until, logger } = this.#options;
    await installed.rescan(signal);
    const merged = await mergeDuplicates(installed.duplicates, {
      prove: (path, own) => hasher.prove(path, { signal: own }),
      onDidLink: (path, size, modifiedAt, sha256) =>
        identities.remember(path, size, modifiedAt, sha256),
      logger,
      signal: until(signal),
    });
    await installed.rescan(signal);
    return merged;
  }
}

function cannot(runtime: string): RuntimeError {
  return new RuntimeError('doesNotFit', t('{0} cannot do that. Use the program itself.', runtime));
}
