import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';

/** A name for one engine, unlike that of any other: `host:pid:random`. */
export function newOwner(): string {
  return `${hostname()}:${process.pid}:${randomUUID()}`;
}

/** True if the process of this owner ran on this machine and has ended. */
export function hasEnded(owner: string): boolean {
  const [random, pid, ...host] = owner.split(':').reverse();
  if (random === undefined || host.reverse().join(':') !== hostname()) return false;
  const id = Number(pid);
  if (!Number.isSafeInteger(id) || id <= 0) return false;
  try {
    process.kill(id, 0);
    return false;
  } catch (error) {
    // It may also run and belong to somebody else.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
