import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Machine } from '../../../../src/sync/gateway/cortexDiscovery.ts';
import { thisMachine } from '../../../../src/sync/worker/thisMachine.ts';
import type { RuntimeEntry, RuntimeListing } from '../../../../src/runtime/runtime.ts';

/** Files by their paths below a folder: of so many bytes, or with a text. */
export type Files = Readonly<Record<string, number | string>>;

export function writeFiles(root: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'number' ? Buffer.alloc(content, 1) : content);
  }
}

/** This machine as it would be with another user's folder, and nothing in its environment. */
export function machineIn(home: string, other: Partial<Machine> = {}): Machine {
  return { ...thisMachine, platform: 'linux', home, environment: {}, ...other };
}

export const never = new AbortController().signal;

/** The entry of an id, which must be there. */
export function entryIn(listing: RuntimeListing | undefined, id: string): RuntimeEntry {
  const entry = listing?.entries.find((one) => one.id === id);
  if (entry === undefined)
    throw new Error(`no entry ${id}: there are ${idsIn(listing).join(', ')}`);
  return entry;
}

export function idsIn(listing: RuntimeListing | undefined): string[] {
  return (listing?.entries ?? []).map(({ id }) => id).sort();
}

/** Nobody: the customary number of a user without rights. */
const NOBODY = 65_534;

/** Does something while a folder cannot be read, though it may be the superuser who runs tests. */
export async function whileUnreadable<T>(
  folder: string,
  root: string,
  work: () => Promise<T>,
): Promise<T> {
  const { getuid, seteuid } = process;
  const isSuperuser = getuid?.() === 0 && seteuid !== undefined;
  chmodSync(root, 0o755);
  chmodSync(folder, 0o000);
  if (isSuperuser) seteuid(NOBODY);
  try {
    return await work();
  } finally {
    if (isSuperuser) seteuid(0);
    chmodSync(folder, 0o755);
  }
}
