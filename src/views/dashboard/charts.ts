import type { RunSummary } from '../../sync/history.ts';
import type { SyncReason } from '../../sync/strategy/policy.ts';
import type { Wording } from '../details/wording.ts';
import { lastDays, savedBytes, sumOf } from '../status/weekSavings.ts';
import type { ChartRow, ChartView } from './dashboardMessages.ts';
import type { DashboardSubject } from './dashboardSubject.ts';

/** Days in the chart. */
const DAYS = 14;
/** Runs in the chart: more could not be told apart. */
const RUNS = 60;

/** What each of the last days cost, beside what a full fetch each time would have cost. */
export function daysChart({ traffic, now }: DashboardSubject, wording: Wording): ChartView {
  const { t, bytes, number, date } = wording;
  const rows = lastDays(now, DAYS).map((day): ChartRow => {
    const those = traffic.filter((one) => one.day === day);
    const { received, whole } = sumOf(those);
    const count = (field: 'runs' | 'failures'): number =>
      those.reduce((sum, one) => sum + one[field], 0);
    const failures = count('failures');
    const saved = savedBytes({ received, whole });
    const label = date(Date.parse(`${day}T12:00`));
    const figures = [bytes(received), estimated(whole, wording), estimated(saved, wording)];
    return {
      ...{ key: day, label, received, whole, failed: failures > 0 },
      cells: [label, number(count('runs')), ...figures, number(failures)],
    };
  });
  const all = sumOf(rows);
  return {
    ...chartOf(t('The last {0} days', DAYS), rows, wording),
    picture: t(
      'Bars for each of {0} days: {1} were received, where a full fetch each time would have cost about {2}.',
      DAYS,
      bytes(all.received),
      bytes(all.whole),
    ),
    columns: [t('Day'), t('Asked'), t('Received'), t('Full fetch'), t('Saved'), t('Failed')],
  };
}

/** What each of the last runs cost, the oldest first. */
export function runsChart({ runs }: DashboardSubject, wording: Wording): ChartView {
  const { t, bytes, moment } = wording;
  const shown = runs.slice(0, RUNS).toReversed();
  const rows = shown.map((run, at): ChartRow => {
    const { bytes: received, wholeBytes: whole } = run;
    const seconds = t('{0} s', (run.durationMs / 1_000).toFixed(1));
    const figures = [bytes(received), estimated(whole, wording), seconds];
    return {
      ...{ key: `${run.at} ${at}`, label: moment(run.at), received, whole },
      failed: failedSources(run).length > 0,
      cells: [
        moment(run.at),
        reasonText(run.reason, wording),
        resultText(run, wording),
        ...figures,
      ],
    };
  });
  const failed = shown.filter((run) => failedSources(run).length > 0).length;
  return {
    ...chartOf(t('The last {0} runs', rows.length), rows, wording),
    picture: t(
      'Bars for each of {0} runs, from {1} to {2}; in {3} of them a source failed.',
      rows.length,
      rows[0]?.label ?? '',
      rows.at(-1)?.label ?? '',
      failed,
    ),
    columns: [t('When'), t('Why'), t('Result'), t('Received'), t('Full fetch'), t('Took')],
  };
}

/** The sources of a run that failed: one that made way for the user or another window did not. */
export function failedSources({ sources }: RunSummary): RunSummary['sources'] {
  return sources.filter(
    ({ error }) => error !== undefined && error.kind !== 'cancelled' && error.kind !== 'conflict',
  );
}

/** `≈ 4.2 MB`. */
export function estimated(amount: number, { bytes }: Wording): string {
  return `≈ ${bytes(amount)}`;
}

function chartOf(
  title: string,
  rows: readonly ChartRow[],
  { t, bytes }: Wording,
): Omit<ChartView, 'picture' | 'columns'> {
  return {
    ...{ title, rows },
    top: bytes(Math.max(0, ...rows.flatMap(({ received, whole }) => [received, whole]))),
    legend: {
      received: t('Received'),
      whole: t('Full fetch (estimated)'),
      failed: t('A source failed'),
    },
    table: t('As a table'),
  };
}

function resultText(run: RunSummary, { t }: Wording): string {
  const count = (field: 'added' | 'updated' | 'removed'): number =>
    run.sources.reduce((sum, source) => sum + source[field], 0);
  const failed = failedSources(run).length;
  const parts = [
    [t('{0} new', count('added')), count('added')],
    [t('{0} updated', count('updated')), count('updated')],
    [t('{0} gone', count('removed')), count('removed')],
    [t('{0} failed', failed), failed],
  ] as const;
  const told = parts.filter(([, many]) => many > 0).map(([text]) => text);
  return told.length === 0 ? t('nothing new') : told.join(', ');
}

function reasonText(reason: SyncReason, { t }: Wording): string {
  switch (reason) {
    case 'startup':
      return t('first start');
    case 'visible':
      return t('list in sight');
    case 'focus':
      return t('back in the window');
    case 'network':
      return t('network is back');
    case 'idle':
      return t('nobody at work');
    case 'interval':
      return t('long overdue');
    case 'manual':
      return t('asked for');
  }
}
