import { Coordination } from '../../../src/sync/cache/coordination.ts';
import { inTransaction, openDatabase } from '../../../src/sync/cache/database.ts';
import { hasEnded, newOwner } from '../../../src/sync/cache/owner.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import { randomNumbers } from './random.ts';

/**
 * A process that competes for the leases of a storage folder until its time is over:
 * `node leaseContender.ts STORAGE MS SEED SOURCE…`. Each time it has a lease it works for some ms,
 * then notes in the table `committed` of the catalogue that it may still commit, in the
 * transaction in which it checks that.
 */
const [storage = '', duration = '', seed = '', ...sources] = process.argv.slice(2);
const silent = (): void => undefined;
const logger = { debug: silent, info: silent, warn: console.error, error: console.error };
const { database, path } = openDatabase(storage, Date.now(), logger);
const owner = newOwner();
const coordination = new Coordination({
  ...{ database, cataloguePath: path, owner, isDead: hasEnded, logger },
});
const random = randomNumbers(Number(seed));
const insert = database.prepare('INSERT INTO committed (source, owner, epoch) VALUES (?, ?, ?)');

for (const end = Date.now() + Number(duration); Date.now() < end;) {
  const source = sources[Math.floor(random() * sources.length)] ?? '';
  try {
    compete(source, random() < 0.3);
  } catch (error) {
    // Another one was faster, or has the file just now.
    if (!SyncError.is(error, 'conflict')) throw error;
  }
  if (random() < 0.2) coordination.release();
  await pause(random() * 5);
}
coordination.release();
database.close();

function compete(source: string, urgent: boolean): void {
  const lease = coordination.take(source, Date.now(), urgent);
  if (lease === undefined) return;
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, random() * 10);
  inTransaction(database, () => {
    coordination.check(lease);
    insert.run(source, owner, lease.epoch);
  });
  if (urgent) coordination.rest(lease);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
