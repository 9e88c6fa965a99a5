import { t } from '@vscode/l10n';
import type { Clock, Disposable } from '../../sync/clock.ts';
import type { CortexAddress, Machine } from '../../sync/gateway/cortexDiscovery.ts';
import {
  DEFAULT_CORTEX_URL,
  discoverCortex,
  usualCortexFolder,
} from '../../sync/gateway/cortexDiscovery.ts';
import type { HttpSession } from '../../sync/http/httpClient.ts';
import { isLoopback } from '../../sync/http/network.ts';
import type { Logger } from '../../sync/logger.ts';
import { isFolder } from '../disk/folderTree.ts';
import { inPool } from '../disk/inPool.ts';
import { RuntimeError } from '../errors.ts';
import type {
  AdoptedModel,
  PullObserver,
  PullProgress,
  PullRequest,
  Runtime,
  RuntimeActions,
  RuntimeListing,
} from '../runtime.ts';
import { adoptIntoCortex } from './cortexAdoption.ts';
import { CortexClient } from './cortexClient.ts';
import { CortexDownloads } from './cortexDownloads.ts';
import type { CortexFiles } from './cortexEntries.ts';
import { brokenEntry, cortexEntry } from './cortexEntries.ts';
import { listCortexFolder } from './cortexFolder.ts';
import { handleOf, pullIntoCortex } from './cortexPull.ts';
import { RunningModels } from './runningModels.ts';

export interface CortexRuntimeOptions {
  readonly machine: Machine;
  /** The address in the settings; undefined: to be found out. */
  readonly url: () => string | undefined;
  /** Requests with the key of `keyFor`. */
  readonly session: (signal: AbortSignal) => HttpSession;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A server, and where its models are if it is on this machine. */
interface CortexPlace {
  readonly client: CortexClient;
  readonly running: RunningModels;
  /** The user named it. */
  readonly isGiven: boolean;
  readonly files: CortexFiles | undefined;
}

/**
 * A Cortex server: what it has, and what it runs of it. While it does not run, its models are read
 * from its folder, so that what is installed stays known.
 */
export class CortexRuntime implements Runtime {
  readonly id = 'cortex';
  readonly kind = 'cortex';
  readonly actions: RuntimeActions = {
    start: (id, signal) => this.#change(id, (client) => client.start(id, signal)),
    stop: (id, signal) => this.#change(id, (client) => client.stop(id, signal)),
    remove: (id, signal) => this.#change(id, (client) => client.remove(id, signal)),
    pull: (request, onProgress, signal) => this.#pull(request, onProgress, signal),
    adopt: (model, signal) => this.#adopt(model, signal),
  };
  readonly #options: CortexRuntimeOptions;
  /** What Cortex fetches for other windows, other programs, or a window that was closed since. */
  readonly pulls: PullObserver;
  readonly #servers = new Map<string, Pick<CortexPlace, 'client' | 'running'>>();
  /** Origins of servers that were Cortex when they were last asked. */
  readonly #proven = new Set<string>();
  readonly #own = new Set<string>();
  readonly #onDidChange = new Set<() => void>();
  readonly #onDidPull = new Set<() => void>();
  #downloads: { readonly of: string; readonly heard: CortexDownloads } | undefined;
  #found: CortexAddress | undefined;

  constructor(options: CortexRuntimeOptions) {
    this.#options = options;
    const others = (): PullObserver['running'] =>
      (this.#downloads?.heard.running ?? []).filter(({ id }) => !this.#own.has(id));
    this.pulls = {
      get running() {
        return others();
      },
      stop: async (id, signal) => (await this.#find()).client.stopPull(id, signal),
      watch: (onDidChange) => this.#listenFor(this.#onDidPull, onDidChange),
    };
  }

  async list(signal: AbortSignal): Promise<RuntimeListing | undefined> {
    const place = await this.#find();
    const { client, isGiven, files } = place;
    const wasThere = this.#proven.has(client.base.origin);
    const absence = await failureOf(client.greet(signal));
    if (signal.aborted) throw RuntimeError.from(absence);
    this.#believe(client.base, absence);
    // One that is merely busy goes on with its downloads.
    if (absence === undefined) this.#listenTo(client.base);
    else if (absence.kind === 'offline') this.#listenTo(undefined);
    if (absence === undefined) return await this.#listServer(place, signal);
    // What it told last is nearer to the truth than that it does not run.
    if (absence.kind === 'timeout' && wasThere) throw absence;
    const folder = await existing(files);
    if (folder !== undefined) return await this.#listFolder(folder, notRunning(absence), signal);
    // Who named the address wants to know that another program listens there.
    if (isGiven && absence.kind !== 'offline' && absence.kind !== 'timeout') throw absence;
    return undefined;
  }

  /** Cortex tells of downloads only, and what changes besides is asked for. */
  watch(onDidChange: () => void): Disposable {
    return this.#listenFor(this.#onDidChange, onDidChange);
  }

  /** The key of the server that was found, for its own origin, once it has shown that it is Cortex. */
  keyFor(origin: string): string | undefined {
    if (this.#options.url() !== undefined || !this.#proven.has(origin)) return undefined;
    const { url, apiKey } = this.#found ?? {};
    return url !== undefined && new URL(url).origin === origin ? apiKey : undefined;
  }

  /** One that says nothing may be busy; whoever takes its port after it has ended is another. */
  #believe({ origin }: URL, absence: RuntimeError | undefined): void {
    if (absence === undefined) this.#proven.add(origin);
    else if (absence.kind !== 'timeout') this.#proven.delete(origin);
  }

  /** Nobody is listened to before somebody wants to know, nor once the last one does no longer. */
  #listenFor(listeners: Set<() => void>, listener: () => void): Disposable {
    listeners.add(listener);
    return {
      dispose: () => {
        listeners.delete(listener);
        if (!this.#isWatched) this.#listenTo(undefined);
      },
    };
  }

  get #isWatched(): boolean {
    return this.#onDidChange.size + this.#onDidPull.size > 0;
  }

  /** @param base of the server that answers; undefined: none does */
  #listenTo(base: URL | undefined): void {
    const of = this.#isWatched ? base?.href : undefined;
    if (of === this.#downloads?.of) return;
    this.#downloads?.heard.dispose();
    this.#downloads = undefined;
    if (of !== undefined) this.#downloads = { of, heard: this.#listen(new URL(of)) };
    tell(this.#onDidPull);
  }

  #listen(base: URL): CortexDownloads {
    return new CortexDownloads(base, {
      ...this.#options,
      onDidChange: () => tell(this.#onDidPull),
      onDidEnd: () => tell(this.#onDidChange),
    });
  }

  async #listServer(place: CortexPlace, signal: AbortSignal): Promise<RuntimeListing> {
    const { client, running, files } = place;
    const api = new URL('v1', client.base).href;
    const folder = await existing(files);
    try {
      const { models, unreadable } = await client.installed(signal);
      const runs = await running.ask(
        models.map(({ id }) => id),
        signal,
      );
      const entries = await inPool(models, async (model) => {
        const isRunning = runs.get(model.id);
        const entry = await cortexEntry(model, files);
        return isRunning === undefined ? entry : { ...entry, running: isRunning };
      });
      return {
        name: 'Cortex',
        api,
        ...(folder !== undefined && { folder }),
        entries: [...entries, ...unreadable.map((id) => brokenEntry(id, senseless()))],
      };
    } catch (error) {
      const failure = RuntimeError.from(error);
      if (signal.aborted || folder === undefined) throw failure;
      return { ...(await this.#listFolder(folder, failure.message, signal)), api };
    }
  }

  async #listFolder(folder: string, problem: string, signal: AbortSignal): Promise<RuntimeListing> {
    const read = await listCortexFolder(folder, this.#options.machine, signal);
    const problems = [problem, read.problem].filter((one) => one !== undefined);
    return { name: 'Cortex', folder, entries: read.entries, problem: problems.join(' ') };
  }

  async #change(id: string, action: (client: CortexClient) => Promise<void>): Promise<void> {
    const { client, running } = await this.#find();
    try {
      await action(client);
    } finally {
      running.forget(id);
    }
  }

  async #pull(
    request: PullRequest,
    onProgress: (progress: PullProgress) => void,
    signal: AbortSignal,
  ): Promise<string> {
    const handle = handleOf(request);
    if (this.#own.has(handle.id)) {
      throw new RuntimeError(
        'refused',
        t('Cortex is fetching {0} already. Wait for it, or cancel that download first.', handle.id),
      );
    }
    this.#own.add(handle.id);
    try {
      const { client } = await this.#find();
      return await pullIntoCortex(handle, onProgress, { ...this.#options, client }, signal);
    } finally {
      this.#own.delete(handle.id);
      // Its end may be heard a moment later over the other connection.
      this.#downloads?.heard.forget(handle.id);
    }
  }

  async #adopt(model: AdoptedModel, signal: AbortSignal): Promise<string> {
    const { client, files } = await this.#find();
    return await adoptIntoCortex(model, client, files, signal);
  }

  /** Looked for each time: another start may bring another port. */
  async #find(): Promise<CortexPlace> {
    const { machine, logger } = this.#options;
    const given = this.#options.url();
    this.#found = await discoverCortex(machine, logger);
    const address = given ?? this.#found?.url ?? DEFAULT_CORTEX_URL;
    const base = new URL(address.endsWith('/') ? address : `${address}/`);
    const files = isLoopback(base.hostname) && {
      folder: this.#found?.dataFolder ?? usualCortexFolder(machine),
      isCertain: this.#found?.url === base.href,
    };
    return { ...this.#serverAt(base), isGiven: given !== undefined, files: files || undefined };
  }

  #serverAt(base: URL): Pick<CortexPlace, 'client' | 'running'> {
    const known = this.#servers.get(base.href);
    if (known !== undefined) return known;
    const client = new CortexClient({ ...this.#options, base });
    const server = { client, running: new RunningModels(client, this.#options) };
    this.#servers.set(base.href, server);
    return server;
  }
}

function senseless(): string {
  return t(
    'Cortex describes this model in a way that makes no sense. Delete it, then fetch it again.',
  );
}

function notRunning(absence: RuntimeError): string {
  if (absence.kind !== 'offline') return absence.message;
  return t(
    'Cortex does not run, so its models can be seen but not started. Start it with "cortex start".',
  );
}

async function failureOf(work: Promise<unknown>): Promise<RuntimeError | undefined> {
  return await work.then(
    () => undefined,
    (error: unknown) => RuntimeError.from(error),
  );
}

function tell(listeners: ReadonlySet<() => void>): void {
  for (const listener of listeners) listener();
}

/** The data folder, if it is there. */
async function existing(files: CortexFiles | undefined): Promise<string | undefined> {
  return files !== undefined && (await isFolder(files.folder)) ? files.folder : undefined;
}
