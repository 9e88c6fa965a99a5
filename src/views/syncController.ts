import * as vscode from 'vscode';
import type { Around } from '../sync/anticipation.ts';
import type { EngineClient } from '../sync/worker/engineClient.ts';
import { describeError, SyncError } from '../sync/errors.ts';
import type { Logger } from '../sync/logger.ts';
import type { ModelId, SourceKey } from '../sync/model.ts';
import { nothingDone } from '../sync/report.ts';
import type { SyncReason } from '../sync/strategy/policy.ts';
import type { SyncReport } from '../sync/syncService.ts';
import type { SyncProgress } from './status/statusView.ts';

interface Run {
  readonly reason: SyncReason;
  readonly sources: readonly SourceKey[];
  /** Those that the engine is not done with. */
  readonly left: Set<SourceKey>;
  /** Ms since 1970. */
  readonly since: number;
}

/** Runs syncs for everything in this window, and tells whether one is running. */
export class SyncController implements vscode.Disposable {
  readonly #engine: Pick<EngineClient, 'sync' | 'fill' | 'fetchAhead'>;
  readonly #sources: () => readonly SourceKey[];
  readonly #logger: Logger;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #closing = new AbortController();
  readonly #heard = new Map<SourceKey, number>();
  readonly #now: () => number;
  readonly #onDidReport: (report: SyncReport, at: number) => void;
  readonly #runs = new Set<Run>();
  /** Fires when a sync begins, comes further or ends. */
  readonly onDidChange = this.#changed.event;

  constructor(options: {
    engine: Pick<EngineClient, 'sync' | 'fill' | 'fetchAhead'>;
    sources: () => readonly SourceKey[];
    now: () => number;
    /** How a sync went, and when it ended, in ms since 1970. */
    onDidReport: (report: SyncReport, at: number) => void;
    logger: Logger;
  }) {
    this.#engine = options.engine;
    this.#sources = options.sources;
    this.#now = options.now;
    this.#onDidReport = options.onDidReport;
    this.#logger = options.logger;
  }

  get running(): boolean {
    return this.#runs.size > 0;
  }

  /** How far the syncs that run are, together; undefined if none does. */
  get progress(): SyncProgress | undefined {
    const runs = [...this.#runs];
    if (runs.length === 0) return undefined;
    const sources = new Set(runs.flatMap((run) => run.sources));
    const left = new Set(runs.flatMap((run) => [...run.left]));
    return {
      done: sources.size - left.size,
      total: sources.size,
      wanted: runs.some(({ reason }) => reason === 'manual'),
      since: Math.min(...runs.map(({ since }) => since)),
    };
  }

  /** Notes that the engine is done with a source, in whichever run. */
  ended(source: SourceKey): void {
    const ended = [...this.#runs].filter(({ left }) => left.delete(source));
    if (ended.length > 0) this.#changed.fire();
  }

  /**
   * When this window last heard from a source, in ms since 1970. Newer than what the catalogue
   * tells, since an answer without news is not always written down.
   */
  lastHeard(source: SourceKey): number | undefined {
    return this.#heard.get(source);
  }

  /**
   * Syncs all followed sources. Never rejects: undefined if it was cancelled; a breakdown of the
   * whole is reported as one of each source.
   */
  async sync(reason: SyncReason, signal?: AbortSignal): Promise<SyncReport | undefined> {
    const sources = this.#sources();
    const closing = this.#closing.signal;
    const started = this.#now();
    const run: Run = { reason, sources, left: new Set(sources), since: started };
    this.#runs.add(run);
    this.#changed.fire();
    try {
      const report = await this.#engine.sync({
        reason,
        sources,
        signal: signal === undefined ? closing : AbortSignal.any([signal, closing]),
      });
      for (const { source, skipped, heardAt, error } of report.sources) {
        const heard = error === undefined && skipped === undefined ? started : heardAt;
        if (heard !== undefined) this.#heard.set(source, heard);
      }
      this.#onDidReport(report, this.#now());
      return report;
    } catch (error) {
      if (SyncError.is(error, 'cancelled')) return undefined;
      this.#logger.error(`sync: ${describeError(error)}`);
      const report = brokenDown(reason, sources, SyncError.from(error));
      this.#onDidReport(report, this.#now());
      return report;
    } finally {
      this.#runs.delete(run);
      if (!closing.aborted) this.#changed.fire();
    }
  }

  /**
   * Has the sizes of models found out while nobody waits: of `first` before all others.
   * @param budgetBytes what the link bears; undefined where that is not known yet
   */
  async fillSizes(
    first: readonly ModelId[],
    budgetBytes: number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await this.#engine.fill({
        first,
        signal: AbortSignal.any([signal, this.#closing.signal]),
        ...(budgetBytes !== undefined && { budgetBytes }),
      });
    } catch (error) {
      if (!SyncError.is(error, 'cancelled')) this.#logger.warn(`sizes: ${describeError(error)}`);
    }
  }

  /** Has the details fetched that the user will likely want, while nobody waits. */
  async fetchAhead(around: Around, signal: AbortSignal): Promise<void> {
    try {
      await this.#engine.fetchAhead(around, AbortSignal.any([signal, this.#closing.signal]));
    } catch (error) {
      if (!SyncError.is(error, 'cancelled'))
        this.#logger.warn(`Nothing was fetched ahead: ${describeError(error)}`);
    }
  }

  dispose(): void {
    this.#closing.abort();
    this.#changed.dispose();
  }
}

function brokenDown(
  reason: SyncReason,
  sources: readonly SourceKey[],
  { kind, message }: SyncError,
): SyncReport {
  const error = { kind, message };
  return { reason, sources: sources.map((source) => ({ ...nothingDone(source), error })) };
}
