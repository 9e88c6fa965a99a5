import { homedir, tmpdir } from 'node:os';
import type { RunStore } from './cache/runStore.ts';
import { describeError } from './errors.ts';
import type { Logger } from './logger.ts';
import { redactor } from './redaction.ts';
import type { SourceReport, SyncReport } from './report.ts';
import { nothingDone } from './report.ts';
import { QUIET_WRITE_INTERVAL } from './sourceRefresh.ts';

/** Runs that are kept. */
export const KEPT_RUNS = 200;

/** One run as the history keeps it. */
export interface RunSummary extends SyncReport {
  /** When it began, in ms since 1970. */
  readonly at: number;
  readonly durationMs: number;
  readonly requests: number;
  readonly bytes: number;
  readonly bytesSaved: number;
  /** See SourceReport. */
  readonly wholeBytes: number;
}

/**
 * What the last runs of all windows did and cost, without what a bug report must not tell. Quiet
 * runs wait in memory for the next write that is due anyway.
 */
export class History {
  readonly #store: RunStore;
  readonly #logger: Logger;
  readonly #redact: (text: string) => string;
  #waiting: RunSummary[] = [];
  #flushed = -Infinity;

  /** @param storage the folder of the catalogue: its path is kept out */
  constructor(store: RunStore, storage: string, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
    this.#redact = redactor({ storage, home: homedir(), temporary: tmpdir() });
  }

  /** Keeps a run in which at least one source was asked. */
  note(report: SyncReport, at: number, durationMs: number, wrote: boolean): void {
    if (report.sources.every(({ requests, skipped }) => requests === 0 && skipped !== undefined))
      return;
    this.#waiting.push(this.#withoutPrivate(summarise(report, at, durationMs)));
    this.#waiting = this.#waiting.slice(-KEPT_RUNS);
    if (wrote || Math.abs(at - this.#flushed) >= QUIET_WRITE_INTERVAL) this.flush(at);
  }

  /** The last runs, newest first. */
  list(): RunSummary[] {
    const stored = this.#store.list(KEPT_RUNS).map((text) => unpack(JSON.parse(text) as Packed));
    return [...this.#waiting.toReversed(), ...stored]
      .sort((a, b) => b.at - a.at)
      .slice(0, KEPT_RUNS);
  }

  /** Writes down what waits; what cannot be written waits on. */
  flush(now: number): void {
    if (this.#waiting.length === 0) return;
    this.#flushed = now;
    try {
      this.#store.add(
        this.#waiting.map((run) => JSON.stringify(pack(run))),
        KEPT_RUNS,
      );
      this.#waiting = [];
    } catch (error) {
      this.#logger.debug(`The sync history could not be written: ${describeError(error)}`);
    }
  }

  #withoutPrivate(run: RunSummary): RunSummary {
    return {
      ...run,
      sources: run.sources.map((source) => ({
        ...source,
        source: this.#redact(source.source),
        ...(source.error && {
          error: { kind: source.error.kind, message: this.#redact(source.error.message) },
        }),
      })),
    };
  }
}

function summarise(report: SyncReport, at: number, durationMs: number): RunSummary {
  const { reason, sources } = report;
  const total = (field: 'requests' | 'bytesReceived' | 'bytesSaved' | 'wholeBytes'): number =>
    sources.reduce((sum, source) => sum + source[field], 0);
  return {
    ...{ at, reason, durationMs },
    requests: total('requests'),
    bytes: total('bytesReceived'),
    bytesSaved: total('bytesSaved'),
    wholeBytes: total('wholeBytes'),
    sources,
  };
}

/** As it is stored. Runs of earlier versions do not tell what everything would have cost. */
type Packed = Omit<RunSummary, 'sources' | 'wholeBytes'> & {
  readonly wholeBytes?: number;
  readonly sources: readonly (Partial<SourceReport> & Pick<SourceReport, 'source'>)[];
};

/** Most numbers of a quiet run are zero, and need not be written. */
function pack(run: RunSummary): Packed {
  const sources = run.sources.map(({ source, ...rest }) => ({
    source,
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== 0)),
  }));
  return { ...run, sources };
}

function unpack(run: Packed): RunSummary {
  const sources = run.sources.map((one) => {
    const wholeBytes = one.bytesReceived ?? 0;
    return { ...nothingDone(one.source), wholeBytes, ...one };
  });
  return { ...run, wholeBytes: run.wholeBytes ?? run.bytes, sources };
}
