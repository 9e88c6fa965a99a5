import type { Clock } from '../clock.ts';
import { CortexAdditions } from './cortexAdditions.ts';
import type { Greeter } from './cortexApi.ts';
import { CortexApi } from './cortexApi.ts';
import type { CortexAddress } from './cortexDiscovery.ts';
import { DEFAULT_CORTEX_URL } from './cortexDiscovery.ts';

/** What the user says of Cortex. */
export interface CortexSettings {
  /** Address of the server; absent: to be found out. */
  readonly url?: string | undefined;
  /** Authors and repositories that the server is to add: see CortexAdditions. */
  readonly addSources: readonly string[];
}

export interface CortexServersOptions {
  readonly settings: () => CortexSettings;
  /** See discoverCortex. */
  readonly discover?: (() => Promise<CortexAddress | undefined>) | undefined;
  readonly clock: Clock;
}

/** One server, with what has to outlive a run: its queue, and what it refused. */
export interface CortexConnection {
  readonly api: CortexApi;
  readonly additions: CortexAdditions;
}

/** The Cortex servers that this engine speaks to: one at a time, but the user may change it. */
export class CortexServers {
  readonly #options: CortexServersOptions;
  readonly #connections = new Map<string, CortexConnection>();
  #found: CortexAddress | undefined;

  constructor(options: CortexServersOptions) {
    this.#options = options;
  }

  /** What the server is to add. */
  get addSources(): readonly string[] {
    return this.#options.settings().addSources;
  }

  /**
   * The server to speak to now. Looked for each time: another start may bring another port. What
   * listens there has to show that it is Cortex before it is given a key.
   * @throws SyncError if it is another program
   */
  async connect(http: Greeter): Promise<CortexConnection> {
    const { settings, discover } = this.#options;
    const { url } = settings();
    const found = url === undefined ? await discover?.() : undefined;
    const connection = this.#connection(url ?? found?.url ?? DEFAULT_CORTEX_URL);
    this.#found = undefined;
    if (found?.apiKey !== undefined) await connection.api.greet(http);
    this.#found = found;
    return connection;
  }

  /** The key of the server that was found, for its own origin. */
  keyFor(origin: string): string | undefined {
    const { url, apiKey } = this.#found ?? {};
    return url !== undefined && new URL(url).origin === origin ? apiKey : undefined;
  }

  #connection(address: string): CortexConnection {
    const base = new URL(address.endsWith('/') ? address : `${address}/`);
    const known = this.#connections.get(base.href);
    if (known !== undefined) return known;
    const api = new CortexApi(base);
    const connection = { api, additions: new CortexAdditions(api, this.#options.clock) };
    this.#connections.set(base.href, connection);
    return connection;
  }
}
