import type { Advanced, Addresses, Sources } from './control.ts';
import { publicationOf, sourcesOf } from './control.ts';
import { CORTEX_PREFIX } from './cortex.ts';
import type { PullControl } from './cortexPulls.ts';
import { parsePullControl } from './cortexPulls.ts';
import type { Exchange } from './exchange.ts';
import type { FaultSet } from './faults.ts';
import { parseFaults } from './faults.ts';
import { DEFAULT_MODELS, DEFAULT_SEED, DEFAULT_VERSIONS, generatedTimeline } from './generator.ts';
import { historyTimeline } from './history.ts';
import type { Quota } from './rateLimit.ts';
import { router } from './routes.ts';
import { Listener } from './server.ts';
import { HubState } from './state.ts';
import type { Stats } from './stats.ts';
import { selfSigned } from './tls.ts';
import { truth } from './truth.ts';

/** The window of the Hub's rate limit page with its highest plan, so that tests starve on purpose only. */
export const DEFAULT_QUOTA: Quota = { api: 100_000, resolvers: 500_000, windowSeconds: 300 };

export interface HubOptions {
  /** Port of the plain server; 0 or absent: any. */
  readonly port?: number;
  readonly tlsPort?: number;
  readonly host?: string;
  /** Size of the generated catalogue. */
  readonly models?: number;
  readonly seed?: number;
  /** Publications of the generated catalogue. */
  readonly versions?: number;
  /** Folder of catalogue versions to replay instead of a generated catalogue. */
  readonly catalogueHistory?: string;
  /** Folder that is served as it is at `/published/`: see `published.ts`. */
  readonly published?: string;
  readonly quota?: Partial<Quota>;
  /** Life of signed download addresses; the Hub's is an hour. */
  readonly signedUrlSeconds?: number;
  /** The key that the Cortex server wants; absent: none. */
  readonly cortexApiKey?: string;
  /** Milliseconds since the epoch, for rate limit windows and signed addresses. */
  readonly now?: () => number;
}

/** A running hub. */
export interface Hub {
  readonly url: string;
  readonly tlsUrl: string;
  readonly cortexUrl: string;
  /** PEM; what a TLS client has to trust. */
  readonly caCertificate: string;
  sources(): Sources;
  /** Publishes the next version; undefined after the last. */
  advance(): Advanced | undefined;
  /** Newline-delimited JSON, as `GET /__hub/truth`. */
  truth(source?: string): string;
  stats(): Stats;
  resetStats(): void;
  /** Replaces all faults; throws on a word it does not know. */
  setFaults(faults: FaultSet): void;
  /** What the Cortex server does with its downloads: as `POST /__hub/cortex`. */
  cortex(control: PullControl): void;
  /** Ids of what the Cortex server is fetching. */
  cortexPulls(): string[];
  close(): Promise<void>;
}

function isSecure(exchange: Exchange): boolean {
  return exchange.url.protocol === 'https:';
}

/** Starts the hub on four ports: hub and content network, each plain and with TLS. */
export async function startHub(options: HubOptions = {}): Promise<Hub> {
  const { seed = DEFAULT_SEED, now = Date.now, host = '127.0.0.1' } = options;
  const timeline =
    options.catalogueHistory === undefined
      ? generatedTimeline({
          models: options.models ?? DEFAULT_MODELS,
          seed,
          versions: options.versions ?? DEFAULT_VERSIONS,
        })
      : historyTimeline(options.catalogueHistory);
  const state = new HubState(timeline, {
    seed,
    now,
    quota: { ...DEFAULT_QUOTA, ...options.quota },
    signedUrlSeconds: options.signedUrlSeconds ?? 3600,
    cortexApiKey: options.cortexApiKey,
  });
  const credentials = selfSigned(now());
  const ports = { hub: 0, tls: 0, cdn: 0, cdnTls: 0 };
  const addresses = (): Addresses => ({
    url: `http://${host}:${ports.hub}`,
    tlsUrl: `https://${host}:${ports.tls}`,
    cortexUrl: `http://${host}:${ports.hub}${CORTEX_PREFIX}`,
    caCertificate: credentials.certificate,
  });
  const cdnOrigin = (exchange: Exchange) =>
    isSecure(exchange) ? `https://${host}:${ports.cdnTls}` : `http://${host}:${ports.cdn}`;
  const find = router(state, addresses, cdnOrigin, options.published);
  const listeners = {
    hub: new Listener(state, 'hub', find),
    tls: new Listener(state, 'hub', find, credentials),
    cdn: new Listener(state, 'cdn', find),
    cdnTls: new Listener(state, 'cdn', find, credentials),
  };
  ports.hub = (await listeners.hub.listen(host, options.port ?? 0)).port;
  ports.tls = (await listeners.tls.listen(host, options.tlsPort ?? 0)).port;
  ports.cdn = (await listeners.cdn.listen(host, 0)).port;
  ports.cdnTls = (await listeners.cdnTls.listen(host, 0)).port;

  return {
    ...addresses(),
    sources: () => sourcesOf(state, addresses()),
    advance: () => (state.store.advance() ? publicationOf(state) : undefined),
    truth: (source) => truth(state, source),
    stats: () => state.meter.report(),
    resetStats: () => state.meter.reset(),
    setFaults: (faults) => state.setFaults(parseFaults(faults)),
    cortex: (control) => state.cortexPulls.control(parsePullControl(control)),
    cortexPulls: () => state.cortexPulls.ids,
    close: async () => {
      state.close();
      await Promise.all(Object.values(listeners).map((listener) => listener.close()));
    },
  };
}
