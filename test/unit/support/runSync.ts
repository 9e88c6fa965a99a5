import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { SourceReport } from '../../../src/sync/syncService.ts';

const SCRIPT = fileURLToPath(new URL('../../../scripts/sync.ts', import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of `--json`. */
  readonly reports: () => (Omit<SourceReport, 'error'> & { readonly error?: unknown })[];
}

/** Runs `npm run sync` as a process of its own. */
export async function runSync(...args: readonly string[]): Promise<Finished> {
  const child = spawn(process.execPath, [SCRIPT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  const lines = (): string[] => stdout.split('\n').filter(Boolean);
  return {
    code,
    stdout,
    stderr,
    reports: () => lines().map((line) => JSON.parse(line) as ReturnType<Finished['reports']>[0]),
  };
}
