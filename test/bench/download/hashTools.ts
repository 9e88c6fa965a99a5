import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './running.ts';

/** A program that prints the sha256 of a file. */
export interface HashTool {
  readonly command: string;
  readonly args: readonly string[];
}

const TOOLS: readonly HashTool[] = [
  { command: 'openssl', args: ['dgst', '-sha256'] },
  { command: 'sha256sum', args: [] },
];
const SAMPLE_BYTES = 64 * 1024 * 1024;

/** The quickest one on this machine. */
export async function quickestHashTool(folder: string): Promise<HashTool> {
  const sample = path.join(folder, 'sample');
  await writeFile(sample, randomBytes(SAMPLE_BYTES));
  const times = new Map<HashTool, number>();
  for (const tool of TOOLS) {
    const running = runCommand(tool.command, [...tool.args, sample]);
    const seconds = await running.ended.then(
      ({ cost }) => cost.seconds,
      () => Infinity,
    );
    if (seconds < Infinity) times.set(tool, seconds);
  }
  await rm(sample);
  const [quickest] = [...times].sort(([, a], [, b]) => a - b);
  if (quickest === undefined) throw new Error('There is neither openssl nor sha256sum.');
  return quickest[0];
}
