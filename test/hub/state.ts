import { randomBytes } from 'node:crypto';
import { CortexDisk } from './cortexDisk.ts';
import { CortexEvents } from './cortexEvents.ts';
import { CortexPulls } from './cortexPulls.ts';
import { CortexServer } from './cortexServer.ts';
import { FaultBox } from './faults.ts';
import type { FaultSet } from './faults.ts';
import type { Quota } from './rateLimit.ts';
import { RateLimiter } from './rateLimit.ts';
import { Meter } from './stats.ts';
import { Store } from './store.ts';
import type { Timeline } from './publication.ts';
import type { RepositoryFile } from './repository.ts';
import { Cas } from './xet/cas.ts';
import { XetTokens } from './xet/tokens.ts';
import type { XetFile } from './xet/upload.ts';

/** Life of a token for the CAS, in seconds. */
const XET_TOKEN_SECONDS = 3600;

/** Everything the routes share. */
export class HubState {
  readonly store: Store;
  readonly faults: FaultBox;
  readonly meter = new Meter();
  readonly limiter: RateLimiter;
  readonly cortex: CortexServer;
  readonly cortexDisk: CortexDisk;
  readonly cortexEvents = new CortexEvents();
  readonly cortexPulls: CortexPulls;
  /** Where there is one, Cortex wants it. */
  readonly cortexApiKey: string | undefined;
  readonly now: () => number;
  readonly cas = new Cas();
  readonly xetTokens: XetTokens;
  /** Signs download addresses; another one each start, so that old addresses die with the hub. */
  readonly secret = randomBytes(16).toString('hex');
  readonly #quota: Quota;
  readonly #signedUrlSeconds: number;

  constructor(
    timeline: Timeline,
    options: {
      seed: number;
      quota: Quota;
      signedUrlSeconds: number;
      cortexApiKey?: string | undefined;
      now: () => number;
    },
  ) {
    this.store = new Store(timeline);
    this.faults = new FaultBox(options.seed);
    this.limiter = new RateLimiter(options.quota, options.now);
    this.cortex = new CortexServer(this.store, options.now);
    this.cortexDisk = new CortexDisk(this.cortex);
    this.cortexPulls = new CortexPulls(this.cortexEvents, this.cortexDisk);
    this.cortexApiKey = options.cortexApiKey;
    this.now = options.now;
    this.xetTokens = new XetTokens(this.secret, options.now);
    this.#quota = options.quota;
    this.#signedUrlSeconds = options.signedUrlSeconds;
  }

  get signedUrlSeconds(): number {
    return this.faults.set.signedUrlSeconds ?? this.#signedUrlSeconds;
  }

  get xetTokenSeconds(): number {
    return this.faults.set.xetTokenSeconds ?? XET_TOKEN_SECONDS;
  }

  /** What the CAS knows of a file; undefined: it is a plain LFS file. */
  xetFileOf({ key }: RepositoryFile): XetFile | undefined {
    return this.faults.set.xet === false ? undefined : this.cas.fileOfKey(key);
  }

  /** Ends what goes on by itself. */
  close(): void {
    this.cortexPulls.close();
    this.cortexEvents.close();
  }

  setFaults(set: FaultSet): void {
    const hadQuota = this.faults.set.quota !== undefined;
    this.faults.replace(set);
    this.store.faults = set.repositories ?? {};
    if (set.revokeXetTokens) this.xetTokens.revokeAll();
    if (set.quota !== undefined || hadQuota) this.limiter.quota = { ...this.#quota, ...set.quota };
  }
}
