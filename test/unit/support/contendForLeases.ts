import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../../src/sync/cache/database.ts';
import { collectingLogger } from './collectingLogger.ts';

const PROGRAM = fileURLToPath(new URL('leaseContender.ts', import.meta.url));

export interface Contest {
  readonly storage: string;
  readonly processes: number;
  readonly sources: readonly string[];
  readonly durationMs: number;
  readonly seed: number;
  /** How many of them are killed half-way. */
  readonly killed: number;
}

/**
 * Lets processes compete for leases, and fails unless at each moment at most one could commit.
 * @returns how often a source was committed, and by how many different owners
 */
export async function contendForLeases(
  contest: Contest,
): Promise<{ commits: number; owners: number }> {
  const { storage, processes, sources, durationMs, seed, killed } = contest;
  const { database } = openDatabase(storage, Date.now(), collectingLogger());
  database.exec('CREATE TABLE committed (number INTEGER PRIMARY KEY, source, owner, epoch)');
  const running = Array.from({ length: processes }, async (_, index) => {
    const args = [PROGRAM, storage, String(durationMs), String(seed + index), ...sources];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    const dying = index < killed;
    if (dying) setTimeout(() => child.kill('SIGKILL'), durationMs / 2);
    const [stderr, ended] = await Promise.all([text(child.stderr), once(child, 'close')]);
    const [code] = ended as [number | null];
    assert.equal(stderr, '');
    assert.equal(code, dying ? null : 0);
  });
  try {
    await Promise.all(running);
    return checkCommits(database.prepare('SELECT * FROM committed ORDER BY number').all());
  } finally {
    database.close();
  }
}

/** Nobody commits after somebody who took the lease later, and no two with the same lease. */
function checkCommits(rows: readonly Record<string, unknown>[]): {
  commits: number;
  owners: number;
} {
  const last = new Map<unknown, { epoch: number; owner: unknown }>();
  for (const { number, source, owner, epoch } of rows) {
    const before = last.get(source);
    const now = { epoch: Number(epoch), owner };
    assert.ok(
      before === undefined || before.epoch <= now.epoch,
      `commit ${String(number)} came late`,
    );
    if (before?.epoch === now.epoch) assert.equal(owner, before.owner, 'two hold one lease');
    last.set(source, now);
  }
  return { commits: rows.length, owners: new Set(rows.map(({ owner }) => owner)).size };
}
