import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Basis } from '../../../src/download/differential/basis.ts';
import type { DownloadPlan, DownloadStatus } from '../../../src/download/model.ts';

const PROGRAM = fileURLToPath(new URL('downloadProgram.ts', import.meta.url));

/** What the process is to do. */
export interface DownloadTask {
  readonly folder: string;
  readonly endpoint: string;
  readonly plan: DownloadPlan;
  /** The list of downloads, if it is not the one in the folder. */
  readonly storage?: string;
  /** The disk seems to have room for everything. */
  readonly isDiskEndless?: boolean;
  /** What an update begins with; absent: whole files are fetched. */
  readonly updates?: { readonly basis: Basis; readonly largestPlainFile?: number };
}

export interface DownloadLaunch extends Pick<
  DownloadTask,
  'storage' | 'isDiskEndless' | 'updates'
> {
  /** A shell command that ends in `exec "$@"`, to be run in the limits that it sets. */
  readonly shell?: string;
}

/** What the process tells. */
export type DownloadNews =
  | { readonly begins: true }
  | { readonly downloads: readonly DownloadStatus[] }
  | { readonly refused: { readonly kind: string; readonly message: string } };

/** A window in a process of its own. */
export class DownloadProcess {
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  #status: DownloadStatus | undefined;
  #refusal: { readonly kind: string; readonly message: string } | undefined;
  #hasBegun = false;
  #said = '';

  constructor(task: DownloadTask, { shell, ...changes }: DownloadLaunch) {
    const command = [process.execPath, PROGRAM, JSON.stringify({ ...task, ...changes })];
    const [program = '', ...args] =
      shell === undefined ? command : ['/bin/sh', '-c', shell, 'sh', ...command];
    this.#child = spawn(program, args, { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
    this.#child.on('message', (news: DownloadNews) => this.#hear(news, task.plan));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.#gone = once(this.#child, 'exit');
  }

  /** What it wrote to its error stream. */
  get said(): string {
    return this.#said;
  }

  /** Its program is loaded, and it begins. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The download as it was shown last. */
  get status(): DownloadStatus | undefined {
    return this.#status;
  }

  /** Why the plan was not even queued. */
  get refusal(): { readonly kind: string; readonly message: string } | undefined {
    return this.#refusal;
  }

  /** Ends it at once, wherever it is. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }

  /** Lets it end in order. */
  async close(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#gone;
  }

  #hear(news: DownloadNews, plan: DownloadPlan): void {
    if ('begins' in news) this.#hasBegun = true;
    else if ('refused' in news) this.#refusal = news.refused;
    else {
      this.#status = news.downloads.find(
        ({ variant, revision }) => variant === plan.variant && revision === plan.revision,
      );
    }
  }
}
