import { CortexRuntime } from '../runtime/cortex/cortexRuntime.ts';
import { FolderRuntime } from '../runtime/folder/folderRuntime.ts';
import { HuggingFaceCache } from '../runtime/huggingFaceCache/huggingFaceCache.ts';
import { JanRuntime } from '../runtime/jan/janRuntime.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { parseServerAddress, ServerRuntime } from '../runtime/server/serverRuntime.ts';
import type { Clock } from '../sync/clock.ts';
import type { Machine } from '../sync/gateway/cortexDiscovery.ts';
import type { HttpSession } from '../sync/http/httpClient.ts';
import { isLoopback } from '../sync/http/network.ts';
import type { Logger } from '../sync/logger.ts';
import type { LocalSettings } from './localApi.ts';

/** Where llama.cpp, LM Studio and Ollama listen: that nobody does is nothing to tell. */
const USUAL_PORTS: ReadonlySet<string> = new Set(['8080', '1234', '11434']);

export interface LocalRuntimesOptions {
  readonly settings: LocalSettings;
  readonly machine: Machine;
  readonly session: (signal: AbortSignal) => HttpSession;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The runtimes that the settings name and those that are looked for anyway. */
export class LocalRuntimes {
  readonly #options: LocalRuntimesOptions;
  readonly #jan: JanRuntime;
  readonly #cortex: CortexRuntime;
  readonly #cache: HuggingFaceCache;
  #settings: LocalSettings;
  #folder: FolderRuntime;
  #servers = new Map<string, ServerRuntime>();

  constructor(options: LocalRuntimesOptions) {
    this.#options = options;
    this.#settings = options.settings;
    this.#jan = new JanRuntime(options);
    this.#cortex = new CortexRuntime({ ...options, url: () => this.#settings.cortex });
    this.#cache = new HuggingFaceCache(options);
    this.#folder = new FolderRuntime({ ...options, folder: options.settings.folder });
    this.configure(options.settings);
  }

  /** Those whose settings have not changed stay the same. */
  configure(settings: LocalSettings): void {
    if (settings.folder !== this.#settings.folder) {
      this.#folder = new FolderRuntime({ ...this.#options, folder: settings.folder });
    }
    const addresses = settings.servers.map(parseServerAddress).filter((url) => url !== undefined);
    this.#servers = new Map(
      addresses.map(({ href }) => [href, this.#servers.get(href) ?? this.#newServer(href)]),
    );
    this.#settings = settings;
  }

  /** In the order in which they are shown. */
  get all(): readonly Runtime[] {
    return [this.#folder, this.#jan, this.#cortex, this.#cache, ...this.#servers.values()];
  }

  /** The key of a runtime that was found, for its own origin. */
  keyFor(origin: string): string | undefined {
    return this.#cortex.keyFor(origin);
  }

  #newServer(href: string): ServerRuntime {
    const address = new URL(href);
    const isUsual = isLoopback(address.hostname) && USUAL_PORTS.has(address.port);
    return new ServerRuntime({ ...this.#options, address, isWanted: !isUsual });
  }
}
