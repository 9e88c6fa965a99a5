import type { RunSummary } from '../../../src/sync/history.ts';
import { nothingDone } from '../../../src/sync/report.ts';
import type { SourceReport } from '../../../src/sync/report.ts';
import type { SourceStatus } from '../../../src/sync/model.ts';
import type { DashboardSubject } from '../../../src/views/dashboard/dashboardSubject.ts';
import { lastDays } from '../../../src/views/status/weekSavings.ts';
import { NOW } from '../details/samples.ts';

const MINUTE = 60_000;
const SOURCES = ['hf:janhq', 'jan:v2'];
export const FAILURE = { kind: 'unauthorised' as const, message: 'It wants a token. Set one.' };

export const janhq: SourceStatus = {
  key: 'hf:janhq',
  models: 12,
  epoch: 1,
  lastSuccess: NOW - MINUTE,
};

/** A run of one source, `back` minutes ago. */
export function run(back: number, outcome: Partial<SourceReport> = {}): RunSummary {
  const source = {
    ...nothingDone('hf:janhq'),
    ...{ requests: 1, bytesReceived: 1_300, wholeBytes: 90_000, ...outcome },
  };
  return {
    ...{ at: NOW - back * MINUTE, reason: 'visible', durationMs: 240, requests: 1 },
    ...{ bytes: source.bytesReceived, bytesSaved: 0, wholeBytes: source.wholeBytes },
    sources: [source],
  };
}

/** Two weeks of two sources, one of which failed on each third day. */
export const subject = (changes: Partial<DashboardSubject> = {}): DashboardSubject => ({
  runs: Array.from({ length: 40 }, (_, at) =>
    run(at * 15, {
      ...(at % 7 === 3 && { added: 2, updated: 1, bytesReceived: 41_000 }),
      ...(at % 11 === 5 && { error: FAILURE, wholeBytes: 1_300 }),
    }),
  ),
  traffic: lastDays(NOW, 14).flatMap((day, at) =>
    SOURCES.map((source) => ({
      ...{ day, source, runs: 40 + at, failures: Number(at % 3 === 2) },
      ...{ received: 60_000 + at * 9_000, whole: 4_000_000 + (at % 5) * 900_000 },
    })),
  ),
  allowances: { quotas: [] },
  sources: [janhq, { key: 'jan:v2', models: 66, epoch: 1, lastSuccess: NOW - 9 * MINUTE }],
  lastHeard: () => undefined,
  link: 'fast',
  sharedCache: undefined,
  fetchesAhead: true,
  problems: [],
  now: NOW,
  ...changes,
});
