import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';

/** Names that were made in this thread. */
const made = new Set<string>();
let isSoleThread = false;

/** A name for one engine, unlike that of any other: `host:pid:random`. */
export function newOwner(): string {
  const owner = `${hostname()}:${process.pid}:${randomUUID()}`;
  made.add(owner);
  return owner;
}

/**
 * To be called in a thread of which its process has one at a time: what another thread of the same
 * process was the owner of, it was before this one began.
 */
export function succeedThreads(): void {
  isSoleThread = true;
}

/** True if the process of this owner, or its thread, ran on this machine and has ended. */
export function hasEnded(owner: string): boolean {
  const [random, pid, ...host] = owner.split(':').reverse();
  if (random === undefined || host.reverse().join(':') !== hostname()) return false;
  const id = Number(pid);
  if (!Number.isSafeInteger(id) || id <= 0) return false;
  if (id === process.pid && isSoleThread) return !made.has(owner);
  try {
    process.kill(id, 0);
    return false;
  } catch (error) {
    // It may also run and belong to somebody else.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
