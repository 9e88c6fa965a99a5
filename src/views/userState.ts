import { describeError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import type { StorageProblem } from '../sync/storageProblem.ts';
import type { Wording } from './details/wording.ts';
import type { Memory } from '../device/shared/sharedState.ts';
import { orderedMemory } from './orderedMemory.ts';

const KEY = 'modelHub.stateVersion';

/** The version this code writes; another one when an older version could misread what is kept. */
export const STATE_VERSION = 1;

/** What the user has marked and chosen, as all windows keep it. */
export interface UserState {
  readonly memory: Memory;
  /** What the user should know about how it had to be opened. */
  readonly problem?: StorageProblem;
}

/**
 * Opens what is kept from session to session. What a newer version of the extension wrote is read
 * and not written: changes to it last until the window closes.
 */
export function openUserState(
  memory: Memory,
  logger: Logger,
  { t }: Pick<Wording, 't'>,
): UserState {
  const version = memory.get(KEY) ?? 0;
  if (typeof version !== 'number' || version > STATE_VERSION) {
    const message = t(
      'Favourites and choices were written by a newer version of Model Hub. They are used, but what you change of them is kept until the window closes: update Model Hub.',
    );
    logger.warn(message);
    return { memory: overlay(memory), problem: { cause: 'newer', message } };
  }
  const ordered = orderedMemory(memory);
  if (version < STATE_VERSION) void note(ordered, logger);
  return { memory: ordered };
}

/** Reads through to a memory, and keeps to itself what is written. */
function overlay(memory: Memory): Memory {
  const written = new Map<string, unknown>();
  return {
    get: (key) => (written.has(key) ? written.get(key) : memory.get(key)),
    update: (key, value) => {
      written.set(key, value);
      return Promise.resolve();
    },
  };
}

async function note(memory: Memory, logger: Logger): Promise<void> {
  try {
    await memory.update(KEY, STATE_VERSION);
  } catch (error) {
    // It is noted at the next start.
    logger.warn(`The version of what is kept could not be noted: ${describeError(error)}`);
  }
}
