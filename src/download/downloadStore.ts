import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { t } from '@vscode/l10n';
import { Statements } from '../sync/cache/statements.ts';
import { describeError } from '../sync/errors.ts';
import { withoutUndefined } from '../sync/withoutUndefined.ts';
import { DownloadError } from './errors.ts';
import type {
  Circumstances,
  DownloadProgress,
  Outcome,
  QueuedDownload,
  StoredDownload,
  Traces,
} from './storedDownload.ts';

/** How long an owner is believed that says nothing, in ms. */
export const SILENCE = 60_000;
/** Downloads that are done and still listed. */
const MOST_DONE = 20;

type Row = Readonly<Record<string, SQLOutputValue>>;

/**
 * The downloads of a storage folder, shared by all windows. Each statement that changes who does
 * what checks who it was in the same statement, so that a download has one owner at most.
 * @throws DownloadError `storage` where the list cannot be read or written
 */
export class DownloadStore {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #queued = new Map<string, QueuedDownload>();
  #dataVersion: unknown;

  /** @param database as `openDownloads` opens it */
  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#statements = new Statements(database);
  }

  /** All downloads, in the order in which they were asked for. */
  list(): readonly StoredDownload[] {
    return this.#using(() => {
      const rows = this.#statements.prepare(LIST).all();
      const found = rows.map((row) => toDownload(row, this.#queuedOf(String(row['id']))));
      const ids = new Set(found.map(({ id }) => id));
      for (const id of this.#queued.keys()) if (!ids.has(id)) this.#queued.delete(id);
      return found;
    });
  }

  /** True if another window has written since this was last asked. */
  hasChanged(): boolean {
    return this.#using(() => {
      const version = this.#statements.prepare('PRAGMA data_version').get()?.['data_version'];
      const before = this.#dataVersion;
      this.#dataVersion = version;
      return version !== before;
    });
  }

  /**
   * Adds a download to the end of the queue.
   * @returns false if the same variant is there already and not done, or another one fills the same
   * folder of Jan's
   */
  add({ id, plan, target, placement, createdAt }: QueuedDownload): boolean {
    return this.#run(ADD, {
      ...{ id, target, createdAt, model: plan.model, variant: plan.variant },
      plan: JSON.stringify(plan),
      placement: JSON.stringify(placement),
      folder: placement.folder,
    });
  }

  /**
   * Takes a waiting download, if nobody else has it, not too many run, and none of the same folder:
   * those share files and a receipt.
   */
  claim(id: string, owner: string, most: number, now: number): boolean {
    return this.#run(CLAIM, { id, owner, most, now });
  }

  /** Takes a download that is to be cancelled, to remove what it has left. */
  claimRemains(id: string, owner: string, now: number): boolean {
    return this.#run(CLAIM_REMAINS, { id, owner, now });
  }

  /** Says how far one's own download is; false if it is no longer one's own. */
  report(id: string, owner: string, progress: DownloadProgress, now: number): boolean {
    const { phase = null, bytes, cachedBytes: cached = 0, bytesPerSecond = null } = progress;
    return this.#run(
      `UPDATE download SET phase = :phase, bytes = :bytes, cached = :cached,
         speed = :bytesPerSecond, heartbeat = :now WHERE id = :id AND owner = :owner`,
      { id, owner, now, phase, bytes, cached, bytesPerSecond },
    );
  }

  /** Keeps what one's own download has made. */
  keepTraces(id: string, owner: string, traces: Traces): void {
    this.#run('UPDATE download SET traces = :traces WHERE id = :id AND owner = :owner', {
      ...{ id, owner, traces: JSON.stringify(traces) },
    });
  }

  /** Gives one's own download back. */
  settle(id: string, owner: string, outcome: Outcome): void {
    const { state, bytes, cachedBytes: cached = 0, failure, failures } = outcome;
    this.#run(SETTLE, {
      ...{ id, owner, state, bytes, cached, failures },
      finishedAt: outcome.finishedAt ?? null,
      failure: failure === undefined ? null : JSON.stringify(failure),
      retryAt: failure?.retryAt ?? null,
    });
    if (state === 'done') this.#run(FORGET_OLD, { most: MOST_DONE });
  }

  /** Gives back what owners have that have ended, or have said nothing for long. */
  releaseDead(isDead: (owner: string) => boolean, now: number): void {
    this.#using(() => {
      for (const row of this.#statements.prepare(OWNERS).all()) {
        const owner = String(row['owner']);
        const heartbeat = Number(row['heartbeat']);
        const isSilent = Math.abs(now - heartbeat) > SILENCE;
        if (isSilent || isDead(owner))
          this.#run(`${RELEASE} AND heartbeat = :heartbeat`, { owner, heartbeat });
      }
    });
  }

  /** Gives back what one has, but does nothing with. */
  release(id: string, owner: string): void {
    this.#run(`${RELEASE} AND id = :id`, { id, owner });
  }

  pause(id: string): void {
    this.#run(PAUSE, { id });
  }

  resume(id: string): void {
    this.#run(`UPDATE download SET ${RESUMED}, wanted = 'run' ${UNLESS_OVER} AND id = :id`, { id });
  }

  cancel(id: string): void {
    this.#run("UPDATE download SET wanted = 'cancel' WHERE id = :id AND state <> 'done'", { id });
  }

  /** Removes a download from the list. */
  forget(id: string): void {
    this.#run('DELETE FROM download WHERE id = :id', { id });
  }

  /** What waits to be tried again is tried at once. */
  retryWaiting(): void {
    this.#run("UPDATE download SET retry_at = NULL WHERE state = 'waiting'", {});
  }

  /** What was refused for want of a token goes on. */
  retryRefused(): void {
    this.#run(
      `UPDATE download SET ${RESUMED} ${UNLESS_OVER} AND state = 'failed' AND wanted = 'run'
         AND json_extract(failure, '$.kind') IN ('unauthorised', 'forbidden')`,
      {},
    );
  }

  /** Tells the other windows what this one knows. */
  tellCircumstances(owner: string, { idle, syncing }: Circumstances, now: number): void {
    this.#run(
      `INSERT OR REPLACE INTO window (owner, idle, syncing, heartbeat)
       VALUES (:owner, :idle, :syncing, :now)`,
      { owner, now, idle: Number(idle), syncing: Number(syncing) },
    );
  }

  /** What all windows together know: the user is idle if they are in each of them. */
  circumstances(isDead: (owner: string) => boolean, now: number): Circumstances {
    return this.#using(() => {
      const windows = this.#statements
        .prepare('SELECT * FROM window')
        .all()
        .filter(({ owner, heartbeat }) => {
          const isThere = Math.abs(now - Number(heartbeat)) <= SILENCE && !isDead(String(owner));
          if (!isThere) this.leave(String(owner));
          return isThere;
        });
      return {
        idle: windows.length > 0 && windows.every(({ idle }) => idle === 1),
        syncing: windows.some(({ syncing }) => syncing === 1),
      };
    });
  }

  /** A window closes. */
  leave(owner: string): void {
    this.#run('DELETE FROM window WHERE owner = :owner', { owner });
  }

  close(): void {
    this.#database.close();
  }

  /** What never changes is read and parsed once. */
  #queuedOf(id: string): QueuedDownload {
    const known = this.#queued.get(id);
    if (known !== undefined) return known;
    const row = this.#statements.prepare('SELECT * FROM download WHERE id = ?').get(id) ?? {};
    const queued = {
      id,
      plan: JSON.parse(String(row['plan'])) as unknown,
      target: String(row['target']),
      placement: JSON.parse(String(row['placement'])) as unknown,
      createdAt: Number(row['created']),
    } as QueuedDownload;
    this.#queued.set(id, queued);
    return queued;
  }

  #run(sql: string, values: Record<string, string | number | null>): boolean {
    return this.#using(() => this.#statements.prepare(sql).run(values).changes > 0);
  }

  #using<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof DownloadError) throw error;
      throw new DownloadError(
        'storage',
        t(
          'The list of downloads cannot be used ({0}). Free space and check the disk, then try again.',
          describeError(error),
        ),
        { cause: error },
      );
    }
  }
}

function toDownload(row: Row, queued: QueuedDownload): StoredDownload {
  return withoutUndefined({
    ...queued,
    traces: JSON.parse(String(row['traces'])) as Traces,
    state: String(row['state']) as StoredDownload['state'],
    wanted: String(row['wanted']) as StoredDownload['wanted'],
    phase: (row['phase'] ?? undefined) as StoredDownload['phase'],
    bytes: Number(row['bytes']),
    cachedBytes: numberIn(row, 'cached') || undefined,
    bytesPerSecond: numberIn(row, 'speed'),
    failure:
      typeof row['failure'] === 'string'
        ? (JSON.parse(row['failure']) as NonNullable<StoredDownload['failure']>)
        : undefined,
    failures: Number(row['failures']),
    retryAt: numberIn(row, 'retry_at'),
    owner: typeof row['owner'] === 'string' ? row['owner'] : undefined,
    heartbeat: Number(row['heartbeat']),
    finishedAt: numberIn(row, 'finished'),
  });
}

function numberIn(row: Row, column: string): number | undefined {
  const value = row[column];
  return typeof value === 'number' ? value : undefined;
}

const LIST = `
  SELECT id, traces, state, wanted, phase, bytes, cached, speed, failure, failures, retry_at, owner,
    heartbeat, finished FROM download ORDER BY number`;

const ADD = `
  INSERT INTO download (id, model, variant, plan, target, placement, folder, created)
  SELECT :id, :model, :variant, :plan, :target, :placement, :folder, :createdAt
  WHERE NOT EXISTS (
    SELECT 1 FROM download WHERE target = :target AND folder = :folder
      AND (target = 'jan' OR (model = :model AND variant = :variant)) AND state <> 'done' AND wanted <> 'cancel')`;

const OWNERS = 'SELECT DISTINCT owner, heartbeat FROM download WHERE owner IS NOT NULL';

const TAKEN = "state = 'running', owner = :owner, heartbeat = :now, phase = NULL, speed = NULL";
const GIVEN_BACK = 'owner = NULL, phase = NULL, speed = NULL';
const RESUMED = `
  retry_at = NULL, failure = NULL, failures = 0,
  state = CASE WHEN state IN ('paused', 'failed') THEN 'waiting' ELSE state END`;
const UNLESS_OVER = "WHERE state <> 'done' AND wanted <> 'cancel'";

const CLAIM = `
  UPDATE download SET ${TAKEN}
  WHERE id = :id AND state = 'waiting' AND wanted = 'run' AND owner IS NULL
    AND (SELECT count(*) FROM download WHERE state = 'running') < :most
    AND NOT EXISTS (
      SELECT 1 FROM download AS other WHERE other.folder = download.folder
        AND (other.state = 'running' OR other.wanted = 'cancel'))`;

const CLAIM_REMAINS = `
  UPDATE download SET ${TAKEN}
  WHERE id = :id AND wanted = 'cancel' AND owner IS NULL
    AND NOT EXISTS (
      SELECT 1 FROM download AS other
      WHERE other.folder = download.folder AND other.state = 'running')`;

const SETTLE = `
  UPDATE download SET ${GIVEN_BACK}, bytes = :bytes, cached = :cached, failure = :failure, failures = :failures,
    retry_at = :retryAt, finished = :finishedAt,
    state = CASE WHEN :state = 'waiting' AND wanted = 'pause' THEN 'paused' ELSE :state END
  WHERE id = :id AND owner = :owner`;

const RELEASE = `
  UPDATE download SET ${GIVEN_BACK},
    state = CASE wanted WHEN 'pause' THEN 'paused' ELSE 'waiting' END
  WHERE owner = :owner`;

const PAUSE = `
  UPDATE download SET wanted = 'pause', retry_at = NULL,
    state = CASE state WHEN 'waiting' THEN 'paused' ELSE state END
  ${UNLESS_OVER} AND id = :id AND state IN ('waiting', 'running')`;

const FORGET_OLD = `
  DELETE FROM download WHERE state = 'done' AND number NOT IN (
    SELECT number FROM download WHERE state = 'done' ORDER BY finished DESC LIMIT :most)`;
