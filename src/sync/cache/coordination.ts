import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { t } from '@vscode/l10n';
import { describeError, SyncError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { SourceKey } from '../model.ts';
import { COORDINATION_FILE, isCorruption, makePrivate, namingDiskTrouble } from './database.ts';
import type { SourceTraffic } from './sourceTraffic.ts';
import { sourceTraffic } from './sourceTraffic.ts';
import { Statements } from './statements.ts';

/** How long a lease lasts that is not renewed, in ms. */
export const LEASE_DURATION = 2 * 60_000;

/** The right of one window to refresh one source. */
export interface Lease {
  readonly source: SourceKey;
  /** Grows whenever the source passes to another owner. */
  readonly epoch: number;
}

export interface CoordinationOptions {
  /** The writer's connection: a lease is checked in the transaction that applies a run. */
  readonly database: DatabaseSync;
  /** Where the catalogue is; this goes beside it. */
  readonly cataloguePath: string;
  /** Who asks: see owner.ts. */
  readonly owner: string;
  /** True if this owner is known to have ended without a word. */
  readonly isDead: (owner: string) => boolean;
  readonly logger: Logger;
}

/** The version of the tables, and the newest that this code can write to. */
const VERSION = 1;

/** Days of which it is known what sources cost. */
const KEPT_DAYS = 30;

const TABLES = `
  CREATE TABLE IF NOT EXISTS coordination.lease (
    source    TEXT PRIMARY KEY,
    owner     TEXT NOT NULL,
    epoch     INTEGER NOT NULL,
    expires   INTEGER NOT NULL,
    attempted INTEGER,
    urgent    INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS coordination.traffic (
    day   TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS coordination.source_traffic (
    day      TEXT NOT NULL,
    source   TEXT NOT NULL,
    runs     INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    received INTEGER NOT NULL,
    whole    INTEGER NOT NULL,
    PRIMARY KEY (day, source)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS coordination.whole_answer (
    source TEXT PRIMARY KEY,
    bytes  INTEGER NOT NULL
  ) STRICT;
`;

/**
 * What the windows of one storage folder tell each other: who refreshes which source, how many bytes
 * the background has fetched today, and what each source cost day by day. A database of its own,
 * attached to the writer's: writing it wakes no reader of the catalogue, and since losing it loses
 * nothing, it never waits for the disk. Where there can be none, each window keeps its own in memory.
 */
export class Coordination {
  readonly #options: CoordinationOptions;
  readonly #statements: Statements;
  #shared = false;

  constructor(options: CoordinationOptions) {
    this.#options = options;
    this.#statements = new Statements(options.database);
    this.#attach();
  }

  /** False if other windows cannot be heard of. */
  get shared(): boolean {
    return this.#shared;
  }

  /**
   * Takes or renews the lease of a source and notes the attempt. It is had if it is free, expired,
   * one's own, or held by a process that has ended; and for the user also if it is held by
   * somebody's background work.
   * @param now ms since 1970
   * @param urgent the user waits
   * @returns undefined if another window keeps it
   * @throws SyncError `conflict` if another window blocks the file
   */
  take(source: SourceKey, now: number, urgent: boolean): Lease | undefined {
    return this.#using(() => {
      const holder = this.#holder(source);
      const dead = holder !== '' && this.#options.isDead(holder) ? holder : '';
      const row = this.#statements.prepare(TAKE).get({
        ...{ source, owner: this.#options.owner, dead, now, urgent: Number(urgent) },
        expires: now + LEASE_DURATION,
        // A lease that lasts longer was given by a clock that is wrong, or was.
        latest: now + 2 * LEASE_DURATION,
      });
      return row === undefined ? undefined : { source, epoch: Number(row['epoch']) };
    });
  }

  /** Makes a lease last, if it still is one's own. */
  renew({ source, epoch }: Lease, now: number): void {
    this.#using(() =>
      this.#statements
        .prepare(`UPDATE coordination.lease SET expires = :expires WHERE ${OWN}`)
        .run({ source, epoch, owner: this.#options.owner, expires: now + LEASE_DURATION }),
    );
  }

  /** The run is over: any window may have the lease for its next. */
  rest({ source, epoch }: Lease): void {
    this.#using(() =>
      this.#statements
        .prepare(`UPDATE coordination.lease SET expires = 0, urgent = 0 WHERE ${OWN}`)
        .run({ source, epoch, owner: this.#options.owner }),
    );
  }

  /**
   * To be called in the transaction that writes what was found with a lease: nobody else can take
   * it before that ends.
   * @throws SyncError `conflict` if another window has taken it
   */
  check({ source, epoch }: Lease): void {
    const row = this.#statements
      .prepare(`SELECT 1 AS held FROM coordination.lease WHERE ${OWN}`)
      .get({ source, epoch, owner: this.#options.owner });
    if (row !== undefined) return;
    throw new SyncError(
      'conflict',
      t('Another window has taken over this source. Refresh again in a moment.'),
    );
  }

  /** When any window last tried this source, in ms since 1970. */
  lastAttempt(source: SourceKey): number | undefined {
    const row = this.#using(() =>
      this.#statements
        .prepare('SELECT attempted FROM coordination.lease WHERE source = ?')
        .get(source),
    );
    return typeof row?.['attempted'] === 'number' ? row['attempted'] : undefined;
  }

  /** Gives back all leases of this owner. */
  release(): void {
    this.#using(() =>
      this.#statements
        .prepare(
          "UPDATE coordination.lease SET owner = '', expires = 0, urgent = 0 WHERE owner = ?",
        )
        .run(this.#options.owner),
    );
  }

  /** Bytes that the background of all windows has fetched on this day. */
  traffic(day: string): number {
    const row = this.#using(() =>
      this.#statements.prepare('SELECT bytes FROM coordination.traffic WHERE day = ?').get(day),
    );
    return Number(row?.['bytes'] ?? 0);
  }

  /** Adds to the bytes of this day, and forgets the days before. */
  addTraffic(day: string, bytes: number): void {
    this.#using(() => {
      const add = `INSERT INTO coordination.traffic (day, bytes) VALUES (:day, :bytes)
        ON CONFLICT (day) DO UPDATE SET bytes = bytes + :bytes RETURNING bytes`;
      const total = this.#statements.prepare(add).get({ day, bytes });
      if (total?.['bytes'] !== bytes) return;
      this.#statements.prepare('DELETE FROM coordination.traffic WHERE day <> ?').run(day);
    });
  }

  /** Bytes of the last answer of a source with everything, if there was one. */
  wholeAnswer(source: SourceKey): number | undefined {
    const row = this.#using(() =>
      this.#statements
        .prepare('SELECT bytes FROM coordination.whole_answer WHERE source = ?')
        .get(source),
    );
    return row === undefined ? undefined : Number(row['bytes']);
  }

  /** Notes what an answer of a source with everything weighed. */
  setWholeAnswer(source: SourceKey, bytes: number): void {
    this.#using(() =>
      this.#statements
        .prepare(
          `INSERT INTO coordination.whole_answer (source, bytes) VALUES (:source, :bytes)
           ON CONFLICT (source) DO UPDATE SET bytes = :bytes`,
        )
        .run({ source, bytes }),
    );
  }

  /** Adds to what a source cost on a day; on a new day the oldest are forgotten. */
  addSourceTraffic(traffic: SourceTraffic): void {
    this.#using(() => {
      const row = this.#statements.prepare(ADD_SOURCE_TRAFFIC).get({ ...traffic });
      if (row?.['runs'] === traffic.runs) this.#statements.prepare(FORGET_SOURCE_TRAFFIC).run();
    });
  }

  /** What sources cost, of each day that is kept, the oldest first. */
  sourceTraffic(): SourceTraffic[] {
    return this.#using(() => sourceTraffic(this.#statements));
  }

  #holder(source: SourceKey): string {
    const row = this.#statements
      .prepare('SELECT owner FROM coordination.lease WHERE source = ?')
      .get(source);
    return String(row?.['owner'] ?? '');
  }

  /** What happens here must never keep a source from being refreshed. */
  #using<T>(work: () => T): T {
    try {
      return namingDiskTrouble(work);
    } catch (error) {
      if (SyncError.is(error, 'conflict')) throw error;
      this.#options.database.exec('DETACH coordination');
      this.#attachMemory(error);
      return work();
    }
  }

  #attach(): void {
    const file = join(dirname(this.#options.cataloguePath), COORDINATION_FILE);
    try {
      this.#attachFile(file);
    } catch (error) {
      if (isCorruption(error)) this.#attachAnew(file);
      else this.#attachMemory(error);
    }
  }

  #attachAnew(file: string): void {
    this.#options.logger.warn(`${COORDINATION_FILE} was damaged and is made anew.`);
    try {
      for (const suffix of ['', '-journal']) rmSync(file + suffix, { force: true });
      this.#attachFile(file);
    } catch (error) {
      this.#attachMemory(error);
    }
  }

  #attachFile(file: string): void {
    const { database } = this.#options;
    database.prepare('ATTACH DATABASE ? AS coordination').run(file);
    try {
      makePrivate(file, this.#options.logger);
      const version = database.prepare('PRAGMA coordination.user_version').get()?.['user_version'];
      if (Number(version) > VERSION) throw new Error('a newer version of Model Hub wrote the file');
      database.exec('PRAGMA coordination.synchronous = OFF');
      database.exec('PRAGMA coordination.journal_mode = TRUNCATE');
      database.exec(TABLES);
      if (version !== VERSION) database.exec(`PRAGMA coordination.user_version = ${VERSION}`);
      this.#shared = true;
    } catch (error) {
      database.exec('DETACH coordination');
      throw error;
    }
  }

  #attachMemory(reason: unknown): void {
    this.#shared = false;
    this.#options.logger.warn(
      `Windows cannot tell each other what they refresh (${describeError(reason)}): ` +
        'each looks after all sources itself.',
    );
    this.#options.database.exec("ATTACH DATABASE ':memory:' AS coordination");
    this.#options.database.exec(TABLES);
  }
}

const ADD_SOURCE_TRAFFIC = `
  INSERT INTO coordination.source_traffic (day, source, runs, failures, received, whole)
  VALUES (:day, :source, :runs, :failures, :received, :whole)
  ON CONFLICT (day, source) DO UPDATE SET
    runs = runs + :runs, failures = failures + :failures, received = received + :received,
    whole = whole + :whole
  RETURNING runs`;

const FORGET_SOURCE_TRAFFIC = `
  DELETE FROM coordination.source_traffic WHERE day NOT IN (
    SELECT DISTINCT day FROM coordination.source_traffic ORDER BY day DESC LIMIT ${KEPT_DAYS})`;

const OWN = 'source = :source AND owner = :owner AND epoch = :epoch';

const TAKE = `
  INSERT INTO coordination.lease (source, owner, epoch, expires, attempted, urgent)
  VALUES (:source, :owner, 1, :expires, :now, :urgent)
  ON CONFLICT (source) DO UPDATE SET
    epoch = epoch + (owner <> :owner), owner = :owner, expires = :expires, attempted = :now,
    urgent = :urgent
  WHERE owner IN (:owner, :dead) OR expires NOT BETWEEN :now AND :latest
    OR (:urgent AND NOT urgent)
  RETURNING epoch`;
