import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import type { FileOrigin } from '../sync/model.ts';
import type { CatalogueAccess } from './catalogueAccess.ts';
import type { IdentityStore } from './identityStore.ts';

export interface IdentityOriginsOptions {
  readonly origins: CatalogueAccess['origins'];
  readonly store: IdentityStore;
  readonly logger: Logger;
}

/** Which models publish certain bytes: as the catalogue says, else as it said before. */
export class IdentityOrigins {
  readonly #options: IdentityOriginsOptions;
  readonly #known = new Map<string, readonly FileOrigin[]>();
  /** Told by the catalogue as it is now. */
  readonly #current = new Set<string>();

  constructor(options: IdentityOriginsOptions) {
    this.#options = options;
  }

  /** As far as it was looked up; empty if nobody publishes these bytes. */
  of(sha256: string): readonly FileOrigin[] {
    return this.#known.get(sha256) ?? [];
  }

  /** The catalogue may know more, or something else. */
  doubt(): void {
    this.#current.clear();
  }

  /** Looks up what is not known, and forgets what is not asked for. Never throws. */
  async lookUp(sha256: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const { store, origins, logger } = this.#options;
    for (const known of [...this.#known.keys()]) {
      if (sha256.has(known)) continue;
      this.#known.delete(known);
      this.#current.delete(known);
    }
    const open = [...sha256].filter((one) => !this.#current.has(one));
    if (open.length === 0) return;
    try {
      const found = Map.groupBy(await origins(open, signal), (origin) => origin.sha256);
      for (const one of open) {
        this.#current.add(one);
        const told = found.get(one);
        if (told !== undefined) store.rememberOrigins(one, told);
        this.#known.set(one, told ?? store.originsOf(one));
      }
    } catch (error) {
      for (const one of open) {
        if (!this.#known.has(one)) this.#known.set(one, store.originsOf(one));
      }
      if (signal.aborted) return;
      logger.info(`Where files come from could not be looked up: ${describeError(error)}`);
    }
  }
}
