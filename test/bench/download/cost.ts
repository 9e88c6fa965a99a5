import { readFileSync, writeFileSync } from 'node:fs';

/** What a download has cost. */
export interface Cost {
  readonly seconds: number;
  /** User and system time of all its threads; undefined where this system does not tell it. */
  readonly cpuSeconds: number | undefined;
  /** The most memory at one time, in bytes: of Node above what it took when idle. */
  readonly peakBytes: number | undefined;
}

/** One step after the other. */
export function inSequence(first: Cost, second: Cost): Cost {
  const both = (key: 'cpuSeconds' | 'peakBytes', join: (a: number, b: number) => number) =>
    first[key] === undefined || second[key] === undefined
      ? undefined
      : join(first[key], second[key]);
  return {
    seconds: first.seconds + second.seconds,
    cpuSeconds: both('cpuSeconds', (a, b) => a + b),
    peakBytes: both('peakBytes', Math.max),
  };
}

/** Clock ticks a second, in /proc: the same on all Linux systems that Node runs on. */
const TICKS = 100;
/** Fields of /proc/self/stat, counted behind the name of the program. */
const CHILDREN_USER = 13;
const CHILDREN_SYSTEM = 14;

/** Processor time of all children of this process that have ended, in seconds; only on Linux. */
export function cpuOfEndedChildren(): number | undefined {
  const stat = read('/proc/self/stat');
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined) return undefined;
  return (Number(fields[CHILDREN_USER]) + Number(fields[CHILDREN_SYSTEM])) / TICKS;
}

/** The most memory that a process has had at one time, in bytes; undefined if nobody knows. */
export function peakOf(pid: number | 'self'): number | undefined {
  const kilobytes = /^VmHWM:\s*(\d+) kB/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** Begins anew with the peak of this process; only on Linux, see proc(5). */
export function resetPeak(): void {
  if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5');
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
