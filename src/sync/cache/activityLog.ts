import { join } from 'node:path';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { z } from 'zod';
import type {
  ActivityEvent,
  ActivityReport,
  AheadReason,
  AheadTotals,
  FetchedAhead,
  TrackRecord,
} from '../activity.ts';
import { ACTIVITY_KINDS } from '../activity.ts';
import type { Logger } from '../logger.ts';
import type { ModelId } from '../model.ts';
import { withoutUndefined } from '../withoutUndefined.ts';
import { openInMemory, openSideDatabaseOrMemory } from './sideDatabase.ts';
import { Statements } from './statements.ts';
import { inTransaction } from './transaction.ts';

/** Beside the catalogue. */
export const ACTIVITY_FILE = 'activity.db';

/** Events that are kept; the oldest go first. */
export const MOST_EVENTS = 5_000;
/** How long it is known what was fetched ahead, in ms. */
const AHEAD_KEPT = 30 * 24 * 60 * 60_000;
/** What was fetched ahead that a report names one by one. */
const REPORTED = 20;

const STEPS: readonly string[] = [
  `
  CREATE TABLE activity (
    number INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    event  TEXT NOT NULL
  ) STRICT;

  CREATE TABLE ahead (
    id       TEXT NOT NULL,
    revision TEXT NOT NULL,
    at       INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    reason   TEXT NOT NULL,
    chance   REAL NOT NULL,
    used     INTEGER,
    PRIMARY KEY (id, revision)
  ) STRICT;
  CREATE INDEX ahead_by_time ON ahead (at);
  `,
];

const eventSchema = z.object({
  at: z.number(),
  kind: z.enum(ACTIVITY_KINDS),
  models: z.array(z.string()),
  author: z.string().optional(),
  family: z.string().optional(),
  traits: z.record(z.string(), z.string()).optional(),
});

const reasonSchema: z.ZodType<AheadReason> = z.union([
  z.object({
    kind: z.enum(['favourite', 'new', 'visible', 'searched', 'popular', 'fits', 'like']),
  }),
  z.object({ kind: z.literal('again'), count: z.number() }),
  z.object({ kind: z.enum(['family', 'author']), name: z.string(), count: z.number() }),
]);

export interface ActivityLogOptions {
  /** The folder that all windows share; absent: nothing is kept beyond this session. */
  readonly storage?: string;
  /** In ms since 1970. */
  readonly now: number;
  readonly logger: Logger;
}

/**
 * What the user did on this machine, and what was fetched ahead because of it. A database of its
 * own: clearing or rebuilding the catalogue must not lose it, writing it wakes no reader of the
 * catalogue, and clearing it leaves nothing behind in another file.
 */
export class ActivityLog {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor({ storage, now, logger }: ActivityLogOptions) {
    this.#database =
      storage === undefined
        ? openInMemory(STEPS)
        : openSideDatabaseOrMemory({
            path: join(storage, ACTIVITY_FILE),
            steps: STEPS,
            now,
            logger,
          });
    // What is cleared is overwritten too.
    this.#database.exec('PRAGMA secure_delete = ON');
    this.#statements = new Statements(this.#database);
  }

  /** Adds what was done, in one transaction, and forgets the oldest beyond MOST_EVENTS. */
  add(events: readonly ActivityEvent[]): void {
    this.#inTransaction(() => {
      const add = this.#statements.prepare('INSERT INTO activity (at, event) VALUES (?, ?)');
      for (const event of events) add.run(event.at, JSON.stringify(event));
      this.#statements
        .prepare('DELETE FROM activity WHERE number <= (SELECT max(number) FROM activity) - ?')
        .run(MOST_EVENTS);
    });
  }

  /** All that is kept, the oldest first. An entry that cannot be read is left out. */
  events(): ActivityEvent[] {
    return this.#statements
      .prepare('SELECT event FROM activity ORDER BY number')
      .all()
      .flatMap((row) => {
        const read = eventSchema.safeParse(parsed(row['event']));
        return read.success ? [withoutUndefined(read.data)] : [];
      });
  }

  /** The number of the newest event of any window; grows with each. */
  newest(): number {
    const row = this.#statements.prepare('SELECT max(number) AS number FROM activity').get();
    return Number(row?.['number'] ?? 0);
  }

  /** Notes what was fetched ahead, and forgets what was so long ago that it says nothing. */
  noteAhead({ id, revision, at, bytes, reason, chance }: FetchedAhead): void {
    this.#inTransaction(() => {
      this.#statements
        .prepare(
          `INSERT INTO ahead (id, revision, at, bytes, reason, chance) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (id, revision) DO UPDATE SET bytes = bytes + excluded.bytes`,
        )
        .run(id, revision, at, bytes, JSON.stringify(reason), chance);
      this.#statements.prepare('DELETE FROM ahead WHERE at < ?').run(at - AHEAD_KEPT);
    });
  }

  /** Notes that the user opened it, if it was fetched ahead. */
  noteUse(id: ModelId, revision: string, now: number): void {
    this.#statements
      .prepare('UPDATE ahead SET used = ? WHERE id = ? AND revision = ? AND used IS NULL')
      .run(now, id, revision);
  }

  /** What was fetched ahead lately, all together. */
  totals(): AheadTotals {
    const row = this.#statements
      .prepare(
        `SELECT count(*) AS models, coalesce(sum(bytes), 0) AS bytes, count(used) AS usedModels,
           coalesce(sum(bytes) FILTER (WHERE used IS NOT NULL), 0) AS usedBytes FROM ahead`,
      )
      .get();
    const number = (name: keyof AheadTotals): number => Number(row?.[name] ?? 0);
    return {
      models: number('models'),
      bytes: number('bytes'),
      usedModels: number('usedModels'),
      usedBytes: number('usedBytes'),
    };
  }

  /** How predictions have turned out lately, by the kind of their reason. */
  trackRecord(): TrackRecord {
    const rows = this.#statements
      .prepare(
        `SELECT json_extract(reason, '$.kind') AS kind, sum(chance) AS expected, count(used) AS used
         FROM ahead GROUP BY kind`,
      )
      .all();
    return new Map(
      rows.map((row) => [
        String(row['kind']) as AheadReason['kind'],
        { expected: Number(row['expected']), used: Number(row['used']) },
      ]),
    );
  }

  /** What is kept, and what came of it. */
  report(): ActivityReport {
    const events = this.#statements.prepare('SELECT count(*) AS events FROM activity').get();
    const newest = this.#statements
      .prepare('SELECT * FROM ahead ORDER BY at DESC, id LIMIT ?')
      .all(REPORTED)
      .flatMap(toFetched);
    return { events: Number(events?.['events'] ?? 0), totals: this.totals(), newest };
  }

  /** Forgets everything, without a trace in the file. */
  clear(): void {
    this.#inTransaction(() => {
      for (const table of ['activity', 'ahead']) this.#database.exec(`DELETE FROM ${table}`);
    });
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.#database.close();
  }

  #inTransaction(write: () => void): void {
    inTransaction(this.#database, write, STEPS.length);
  }
}

function toFetched(row: Readonly<Record<string, SQLOutputValue>>): FetchedAhead[] {
  const reason = reasonSchema.safeParse(parsed(row['reason']));
  if (!reason.success) return [];
  const { used } = row;
  return [
    {
      id: String(row['id']),
      revision: String(row['revision']),
      at: Number(row['at']),
      bytes: Number(row['bytes']),
      reason: reason.data,
      chance: Number(row['chance']),
      ...(typeof used === 'number' && { used }),
    },
  ];
}

function parsed(text: SQLOutputValue | undefined): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
