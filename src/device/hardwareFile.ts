import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { writeAtomically } from '../download/atomicFile.ts';
import type { Hardware } from './hardware.ts';

const NAME = 'hardware.json';
/** Hardware changes seldom, and finding out runs programs of the system. In ms. */
const FRESH = 24 * 60 * 60 * 1000;

const bytes = z.number().check(z.nonnegative());
const measured: z.ZodMiniType<{ readonly at: number; readonly hardware: Hardware }> = z.object({
  at: z.number(),
  hardware: z.object({
    memory: bytes,
    gpus: z.array(z.object({ name: z.string(), memory: bytes })),
    unified: z.boolean(),
    said: z.array(z.enum(['memory', 'gpuMemory'])),
  }),
});

/** Hardware that was measured before. */
export interface KnownHardware {
  readonly hardware: Hardware;
  /** It need not be measured again now. */
  readonly isFresh: boolean;
}

/**
 * What was last measured on this machine; undefined if nothing was, or nothing that can be read.
 * @param storage the folder of the file
 * @param now ms since 1970
 */
export async function readHardware(
  storage: string,
  now: number,
): Promise<KnownHardware | undefined> {
  const text = await readFile(join(storage, NAME), 'utf8').catch(() => undefined);
  const known = text === undefined ? undefined : measured.safeParse(parsed(text)).data;
  if (known === undefined) return undefined;
  const age = now - known.at;
  return { hardware: known.hardware, isFresh: age >= 0 && age < FRESH };
}

/** Keeps what was measured for a day. @throws whatever the disk says */
export async function keepHardware(
  storage: string,
  hardware: Hardware,
  now: number,
): Promise<void> {
  await writeAtomically(join(storage, NAME), JSON.stringify({ at: now, hardware }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
