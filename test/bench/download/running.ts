import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Cost } from './cost.ts';
import { cpuOfEndedChildren, peakOf } from './cost.ts';
import type { Told } from './nodeProgram.ts';

/** How often the memory of another program is looked at, in ms. */
const LOOK = 10;

/** A measured process. */
export interface Running {
  /** What it cost and what it printed; rejects if it fails or was killed. */
  readonly ended: Promise<{ readonly cost: Cost; readonly output: string }>;
  /** Ends it at once, wherever it is. */
  kill(): Promise<void>;
}

/** Runs a program of this system, from its start to its end. */
export function runCommand(command: string, args: readonly string[]): Running {
  const cpuBefore = cpuOfEndedChildren();
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let peakBytes: number | undefined;
  // The peak only grows, so that the last look before the end misses next to nothing.
  const timer = setInterval(() => {
    peakBytes = (child.pid === undefined ? undefined : peakOf(child.pid)) ?? peakBytes;
  }, LOOK);
  const ended = async (): Promise<{ cost: Cost; output: string }> => {
    try {
      const [output, errors] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'close'),
      ]);
      const seconds = (performance.now() - started) / 1_000;
      refuseFailure(child, command, errors + output);
      const cpu = cpuOfEndedChildren();
      const isKnown = cpu !== undefined && cpuBefore !== undefined;
      const cpuSeconds = isKnown ? cpu - cpuBefore : undefined;
      return { cost: { seconds, cpuSeconds, peakBytes }, output };
    } finally {
      clearInterval(timer);
    }
  };
  return { ended: ended(), kill: () => killed(child) };
}

/** Runs a program of ours, which measures itself: see nodeProgram.ts. */
export function runProgram(program: string, task: object): Running {
  const child = fork(program, [JSON.stringify(task)], {
    // The young generation that the extension gives its thread of downloads.
    execArgv: ['--expose-gc', '--max-semi-space-size=1'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const ended = async (): Promise<{ cost: Cost; output: string }> => {
    let cost: Cost | undefined;
    child.on('message', (told: Told) => {
      if ('cost' in told) cost = told.cost;
      else child.send('begin');
    });
    await once(child, 'exit');
    refuseFailure(child, program, '');
    if (cost === undefined) throw new Error(`${program} did not say what it cost`);
    return { cost, output: '' };
  };
  return { ended: ended(), kill: () => killed(child) };
}

function refuseFailure({ exitCode, signalCode }: ChildProcess, name: string, said: string): void {
  if (exitCode === 0) return;
  throw new Error(`${name} ended with ${exitCode ?? signalCode ?? 'nothing'}. ${said}`);
}

async function killed(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  if (!child.kill('SIGKILL')) return;
  await exited;
}
