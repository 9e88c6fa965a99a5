import type { Cost } from './cost.ts';
import { peakOf, resetPeak } from './cost.ts';

/** What a program that is measured tells: that it is ready, and then what it cost. */
export type Told = { readonly ready: true } | { readonly cost: Cost };

/**
 * Gets ready, waits to be told to begin, works, and tells what that cost: loading its modules is no
 * part of a download.
 * @param prepare gets the task of the command line, and returns the work
 */
export function measuredProgram(prepare: (task: unknown) => () => Promise<void>): void {
  const work = prepare(JSON.parse(process.argv[2] ?? ''));
  process.once('message', () => {
    void measured(work).then((cost) => {
      tell({ cost });
      process.disconnect();
    });
  });
  tell({ ready: true });
}

async function measured(work: () => Promise<void>): Promise<Cost> {
  // What is left of loading the modules is no longer there in a process that has been idle.
  globalThis.gc?.();
  resetPeak();
  const idle = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const peak = peakOf('self');
  return {
    seconds,
    cpuSeconds: (user + system) / 1e6,
    peakBytes: peak === undefined ? undefined : peak - idle,
  };
}

function tell(message: Told): void {
  process.send?.(message);
}
