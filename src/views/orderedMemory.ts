import { isDeepStrictEqual } from 'node:util';
import type { Memory } from '../device/shared/sharedState.ts';

/** How often a change is written that other windows' changes overtake; then theirs stands. */
const MOST_ATTEMPTS = 3;

/**
 * A memory in which one change waits until the one before it has been written. The editor keeps all
 * keys of an extension as one value, writes it a moment after a change, and takes over whatever it
 * hears was written: what it hears of one change takes back another that was made meanwhile. What
 * was changed here is read at once, written or not.
 */
export function orderedMemory(memory: Memory): Memory {
  const unwritten = new Map<string, { readonly value: unknown }>();
  let last = Promise.resolve();

  const write = async (key: string, value: unknown): Promise<void> => {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      await memory.update(key, value);
      if (isDeepStrictEqual(memory.get(key), value)) return;
    }
  };

  return {
    get: (key) => (unwritten.has(key) ? unwritten.get(key)?.value : memory.get(key)),
    update: (key, value) => {
      const change = { value: asStored(value) };
      unwritten.set(key, change);
      const written = last.then(async () => {
        try {
          await write(key, change.value);
        } finally {
          if (unwritten.get(key) === change) unwritten.delete(key);
        }
      });
      last = written.catch(() => undefined);
      return written;
    },
  };
}

/** As it is read after it was written: as JSON has it. */
function asStored(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}
