import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DumpRow } from '../../../src/sync/cache/catalogueReader.ts';
import type { EngineOptions, StorageInfo } from '../../../src/sync/engine.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import type { SyncReport, SyncRequest } from '../../../src/sync/syncService.ts';
import { RpcPeer } from '../../../src/sync/worker/rpc.ts';
import type { ContentBySource } from './truth.ts';
import { bySource } from './truth.ts';

const PROGRAM = fileURLToPath(new URL('clientProgram.ts', import.meta.url));

export interface ClientOptions extends Pick<EngineOptions, 'storage' | 'settings'> {
  /** The storage lies where SQLite has no shared memory, hence no write-ahead log. */
  readonly isNetworkFolder?: boolean;
}

export interface LaunchOptions {
  /** A shell command that ends in `exec "$@"`, to be run in the limits that it sets. */
  readonly shell?: string;
}

/** An engine in a process of its own. */
export class ClientProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #peer: RpcPeer;
  readonly #begun = Promise.withResolvers<undefined>();
  readonly #ready = Promise.withResolvers<StorageInfo>();
  readonly #gone: Promise<unknown>;
  #said = '';

  constructor(options: ClientOptions, { shell }: LaunchOptions = {}) {
    const command = [process.execPath, PROGRAM, JSON.stringify(options)];
    const [program = '', ...args] =
      shell === undefined ? command : ['/bin/sh', '-c', shell, 'sh', ...command];
    const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
    this.#child = child;
    this.#peer = new RpcPeer({
      postMessage: (message) => {
        if (child.connected) child.send(message as object);
      },
      on: (_event, listener) => child.on('message', listener),
    });
    this.#peer.on('begin', () => this.#begun.resolve(undefined));
    this.#peer.on('ready', (storage: StorageInfo) => this.#ready.resolve(storage));
    // Node gives no "close" to a process whose channel was closed from here.
    const { stderr } = child;
    if (stderr === null) throw new Error('the client has no error stream');
    stderr.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.#gone = Promise.all([once(child, 'exit'), once(stderr, 'close')]).then(() =>
      this.#abandon(),
    );
    for (const promise of [this.#begun.promise, this.#ready.promise]) {
      promise.catch(() => undefined);
    }
  }

  /** What it wrote to its error stream. */
  get said(): string {
    return this.#said;
  }

  /** Its program is loaded and begins. */
  begun(): Promise<undefined> {
    return this.#begun.promise;
  }

  ready(): Promise<StorageInfo> {
    return this.#ready.promise;
  }

  async sync(request: SyncRequest): Promise<SyncReport> {
    await this.ready();
    return (await this.#peer.call('sync', request)) as SyncReport;
  }

  async held(): Promise<ContentBySource> {
    return bySource((await this.#peer.call('dump', null)) as DumpRow[]);
  }

  /** Ends it at once, wherever it is. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  /** @returns its exit code, null if a signal ended it */
  async close(): Promise<number | null> {
    if (this.#child.connected) {
      await this.#peer.call('close', null).catch(() => undefined);
      this.#letGo();
    }
    await this.#gone;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #letGo(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  #abandon(): void {
    const error = new SyncError('cancelled', `The client has ended. ${this.#said}`);
    this.#begun.reject(error);
    this.#ready.reject(error);
    this.#peer.abandon(error);
  }
}
