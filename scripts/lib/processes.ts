import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';

const GRACE_MS = 5000;
/** Tells a program which process started it, and so whose end is its own. */
const PARENT_VARIABLE = 'MODEL_HUB_PARENT';
const PARENT_POLL_MS = 500;
const running = new Set<Started>();
const cleanups: (() => Promise<void>)[] = [];

export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Gets what the process prints, as it prints it. */
  readonly onOutput?: (text: string) => void;
  /** How long it may take to end when it is asked to. */
  readonly graceMs?: number;
}

/** A process with its children, started by this one and never left behind by it. */
export class Started {
  readonly #child: ChildProcess;
  readonly #options: StartOptions;
  #output = '';

  constructor(command: string, args: readonly string[], options: StartOptions = {}) {
    this.#options = options;
    this.#child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, [PARENT_VARIABLE]: String(process.pid), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that its children end with it.
      detached: process.platform !== 'win32',
    });
    running.add(this);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#keep(text));
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => this.#keep(text));
    this.#child.on('error', (error) => {
      this.#keep(`${error.message}\n`);
      running.delete(this);
    });
    this.#child.on('close', () => running.delete(this));
  }

  get output(): string {
    return this.#output;
  }

  get hasExited(): boolean {
    const { exitCode, signalCode, pid } = this.#child;
    return pid === undefined || exitCode !== null || signalCode !== null;
  }

  /** The exit code; one that a signal ended has the shell's 128 + number. */
  async exited(): Promise<number> {
    // "close" comes after all output was read, "exit" may come before.
    if (running.has(this)) {
      await new Promise<unknown>((resolve) =>
        this.#child.on('close', resolve).on('error', resolve),
      );
    }
    const { exitCode, signalCode } = this.#child;
    if (signalCode !== null) return 128 + os.constants.signals[signalCode];
    return exitCode ?? 127; // as a shell says of a program that does not exist
  }

  /** The first match in what the process prints; fails if it ends or the time is over before. */
  waitForOutput(pattern: RegExp, limitMs: number): Promise<RegExpExecArray> {
    const sources = [this.#child.stdout, this.#child.stderr];
    return new Promise((resolve, reject) => {
      const settle = (match: RegExpExecArray | null, problem: string | undefined): void => {
        if (match === null && problem === undefined) return;
        clearTimeout(timer);
        sources.forEach((stream) => stream?.off('data', check));
        this.#child.off('close', check).off('error', check);
        if (match !== null) resolve(match);
        else reject(new Error(`${this.#name()} ${problem ?? ''}\n${this.#output}`));
      };
      const check = (): void =>
        settle(pattern.exec(this.#output), this.hasExited ? 'ended early.' : undefined);
      const timer = setTimeout(() => settle(null, `was not ready in ${limitMs} ms.`), limitMs);
      sources.forEach((stream) => stream?.on('data', check));
      this.#child.on('close', check).on('error', check);
      check();
    });
  }

  /** Ends the whole group: kindly first, by force if it is still there after a few seconds. */
  async stop(): Promise<void> {
    if (this.hasExited) {
      this.#signal('SIGKILL'); // what it left behind in its group
      return;
    }
    const exited = once(this.#child, 'exit');
    this.#signal('SIGTERM');
    const force = setTimeout(() => this.#signal('SIGKILL'), this.#options.graceMs ?? GRACE_MS);
    await exited;
    clearTimeout(force);
    this.#signal('SIGKILL');
  }

  killNow(): void {
    this.#signal('SIGKILL');
  }

  #keep(text: string): void {
    this.#output = (this.#output + text).slice(-200_000);
    this.#options.onOutput?.(text);
  }

  #name(): string {
    return this.#child.spawnargs.slice(0, 2).join(' ');
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      if (process.platform === 'win32') this.#child.kill(signal);
      else process.kill(-pid, signal);
    } catch {
      // the group is gone already
    }
  }
}

/** Registers work to be done when the program ends, also by Ctrl-C: then no process is left. */
export function onEnd(cleanup: () => Promise<void>): void {
  cleanups.push(cleanup);
}

/** Stops everything this program started and cleans up after it. */
async function stopAll(): Promise<void> {
  await Promise.all([...running].map((started) => started.stop()));
  const results = await Promise.allSettled(cleanups.splice(0).map((cleanup) => cleanup()));
  for (const result of results) if (result.status === 'rejected') console.error(result.reason);
}

/**
 * Makes this program stop what it started when it is ended by a signal, and by force when it exits.
 * @returns ends the program in order, at most once
 */
export function endWithChildren(): (code: number) => Promise<void> {
  let ending: Promise<void> | undefined;
  const end = (code: number): Promise<void> =>
    (ending ??= stopAll().then(() => {
      process.exit(code);
    }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      process.exitCode = 128 + os.constants.signals[signal];
      void end(process.exitCode);
    });
  }
  process.on('exit', () => running.forEach((started) => started.killNow()));
  onParentGone(() => void end(1));
  return end;
}

/** A parent that was killed by force could not say so. */
function onParentGone(stop: () => void): void {
  const parent = process.ppid;
  if (process.env[PARENT_VARIABLE] !== String(parent)) return;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    stop();
  }, PARENT_POLL_MS);
  timer.unref();
}

/**
 * Runs a command-line program to its end: its result is the exit code, an error is printed, and
 * whatever it started is stopped on every path, signals included.
 */
export async function main(program: () => Promise<number>): Promise<void> {
  const end = endWithChildren();
  try {
    await end(await program());
  } catch (error) {
    // What a signal breaks on the way out is no news.
    if (process.exitCode === undefined) console.error(message(error));
    await end(1);
  }
}

const message = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
