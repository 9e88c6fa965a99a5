import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ACTIVITY_KINDS } from '../../../src/sync/activity.ts';

/** Ms since 1970. */
const at = z.number().int().nonnegative();

/** A model came, or has a new commit. */
const modelLine = z.object({
  type: z.literal('model'),
  at,
  id: z.string().regex(/^[^/]+\/[^/]+$/),
  sha: z.string(),
  createdAt: at,
  task: z.string().optional(),
  architecture: z.string().optional(),
  parameters: z.number().optional(),
  /** Of the smallest variant. */
  smallestBytes: z.number().optional(),
  downloads: z.number().optional(),
  /** What answers to the questions for file tree and README weigh, heads included. */
  treeBytes: z.number(),
  readmeBytes: z.number(),
});

/** The user does something: see ActivityEvent. */
const activityLine = z.object({
  type: z.literal('activity'),
  at,
  kind: z.enum(ACTIVITY_KINDS),
  models: z.array(z.string()),
  author: z.string().optional(),
  family: z.string().optional(),
});

/** The rows of the catalogue view that can be seen from now on, from top to bottom. */
const rowsLine = z.object({ type: z.literal('rows'), at, models: z.array(z.string()) });

/** All favourites from now on, the newest first. */
const favouritesLine = z.object({ type: z.literal('favourites'), at, models: z.array(z.string()) });

/** Nobody uses the window from now on, and until then. */
const awayLine = z.object({ type: z.literal('away'), at, until: at });

/** What the machine is: at the begin. */
const machineLine = z.object({
  type: z.literal('machine'),
  at,
  /** How large a variant may be to run well. */
  fitsBytes: z.number().optional(),
});

const lineSchema = z.discriminatedUnion('type', [
  modelLine,
  activityLine,
  rowsLine,
  favouritesLine,
  awayLine,
  machineLine,
]);

export type TraceLine = z.infer<typeof lineSchema>;
export type ModelLine = z.infer<typeof modelLine>;

/** What one person did on one machine, and what was published meanwhile, in the order of time. */
export interface Trace {
  readonly name: string;
  readonly lines: readonly TraceLine[];
}

/** Reads all `*.jsonl` of a folder. @throws Error that names the file and the line */
export async function readTraces(folder: string): Promise<Trace[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort();
  return await Promise.all(
    names.map(async (name) => {
      const text = await readFile(path.join(folder, name), 'utf8');
      return { name: path.basename(name, '.jsonl'), lines: parseTrace(text, name) };
    }),
  );
}

/** @throws Error that names the line */
export function parseTrace(text: string, name: string): TraceLine[] {
  const lines = text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '');
  return lines
    .map(({ line, number }) => parseLine(line, `${name}:${number}`))
    .sort((a, b) => a.at - b.at);
}

export function printTrace({ lines }: Trace): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function parseLine(line: string, where: string): TraceLine {
  try {
    return lineSchema.parse(JSON.parse(line));
  } catch (error) {
    throw new Error(`${where} is no line of a trace: ${String(error)}`, { cause: error });
  }
}
