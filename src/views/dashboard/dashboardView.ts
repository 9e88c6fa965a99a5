import type { QuotaStatus } from '../../sync/http/quota.ts';
import type { SourceKey, SourceStatus } from '../../sync/model.ts';
import type { Wording } from '../details/wording.ts';
import { linkText } from '../status/linkText.ts';
import { sharedCacheLines } from '../status/sharedCacheText.ts';
import { nextStep } from '../status/nextStep.ts';
import { lastDays, savedBytes, sumOf, weekSavings } from '../status/weekSavings.ts';
import { aheadSection } from './aheadSection.ts';
import { daysChart, estimated, failedSources, runsChart } from './charts.ts';
import type { DashboardView, ErrorRow, SourceRow } from './dashboardMessages.ts';
import type { DashboardSubject } from './dashboardSubject.ts';

/** Days that a source's figures are of. */
const SOURCE_DAYS = 30;
/** Errors that are over and still told. */
const PAST_ERRORS = 10;

/** The dashboard in words. */
export function dashboardView(subject: DashboardSubject, wording: Wording): DashboardView {
  const { runs } = subject;
  const { t } = wording;
  return {
    title: t('Sync Dashboard'),
    summary: summaryText(subject, wording),
    ...noticeOf(subject, wording),
    ...(runs.length === 0 && { empty: emptyText(subject, wording) }),
    facts: factsOf(subject, wording),
    errors: errorRows(subject, wording),
    days: daysChart(subject, wording),
    runs: runsChart(subject, wording),
    sources: {
      title: t('Sources'),
      caption: t('What each source cost in the last {0} days, in all windows.', SOURCE_DAYS),
      columns: [
        t('Source'),
        t('Models'),
        t('Asked'),
        t('Received'),
        t('Full fetch'),
        t('Saved'),
        t('Last heard of'),
      ],
      rows: subject.sources.map((source) => sourceRow(source, subject, wording)),
    },
    ahead: aheadSection(subject, wording),
    network: { title: t('Network and quotas'), lines: networkLines(subject, wording) },
    labels: {
      errors: t('Errors'),
      refresh: t('Refresh Models'),
      history: t('Show Sync History'),
      facts: t('This week'),
    },
  };
}

function summaryText({ traffic, now }: DashboardSubject, { t, bytes }: Wording): string {
  if (traffic.length === 0) return '';
  const week = weekSavings(traffic, now);
  return t(
    'This week {0} were received. A client that keeps nothing would have received about {1} for the same questions.',
    bytes(week.received),
    bytes(week.whole),
  );
}

function noticeOf(
  { trouble, problems, link }: DashboardSubject,
  { t }: Wording,
): Pick<DashboardView, 'notice'> {
  if (trouble !== undefined) return { notice: t('The sync history cannot be shown. {0}', trouble) };
  if (problems.length > 0) return { notice: problems.map(({ message }) => message).join(' ') };
  if (link !== 'offline') return {};
  return { notice: t('Nobody answers: this is what was known before. Check the network.') };
}

function emptyText({ trouble, problems }: DashboardSubject, { t }: Wording): string {
  const isHidden = trouble !== undefined || problems.some(({ cause }) => cause === 'newer');
  return isHidden
    ? t('There are no syncs to show.')
    : t('No sync has run yet. Refresh the models, and what that cost is shown here.');
}

function factsOf({ traffic, now }: DashboardSubject, wording: Wording): DashboardView['facts'] {
  const { t, bytes, number, percent } = wording;
  const week = weekSavings(traffic, now);
  const days = new Set(lastDays(now, 7));
  const recent = traffic.filter(({ day }) => days.has(day));
  const count = (field: 'runs' | 'failures'): string =>
    number(recent.reduce((sum, one) => sum + one[field], 0));
  const saved = savedBytes(week);
  const share = week.whole === 0 ? '' : ` (${percent(saved / week.whole)})`;
  return [
    { name: t('Received'), text: bytes(week.received) },
    { name: t('Saved'), text: `${estimated(saved, wording)}${share}` },
    { name: t('Sources asked'), text: count('runs') },
    { name: t('Failed'), text: count('failures') },
  ];
}

function sourceRow(source: SourceStatus, subject: DashboardSubject, wording: Wording): SourceRow {
  const { key, models, lastSuccess } = source;
  const { t, bytes, number, age, percent, sourceName, sourceKind } = wording;
  const those = subject.traffic.filter((one) => one.source === key);
  const { received, whole } = sumOf(those);
  const heard = Math.max(lastSuccess ?? 0, subject.lastHeard(key) ?? 0);
  const saved = savedBytes({ received, whole });
  const share = whole === 0 ? undefined : Math.min(1, received / whole);
  return {
    key,
    name: sourceName(key),
    kind: sourceKind(key),
    models: number(models),
    asked: number(those.reduce((sum, { runs }) => sum + runs, 0)),
    received: bytes(received),
    whole: estimated(whole, wording),
    saved: whole === 0 ? t('not known yet') : percent(saved / whole),
    ...(share !== undefined && { share }),
    heard: heard === 0 ? t('never') : age(heard, subject.now),
  };
}

/** Those that last first, then those that are over, the newest first. */
function errorRows({ sources, runs, now }: DashboardSubject, wording: Wording): ErrorRow[] {
  const { t, age } = wording;
  const lasting = sources.flatMap(({ key, failure }): ErrorRow[] => {
    if (failure === undefined) return [];
    const { command, title } = nextStep(failure.kind, wording);
    const when = t('since the last attempt, {0}', age(failure.at, now));
    return [{ ...errorOf(key, failure.message, when, wording), action: { command, title } }];
  });
  const known = new Set(lasting.map(({ key }) => key));
  const past = runs.flatMap((run) =>
    failedSources(run).map(({ source, error }) =>
      errorOf(source, error?.message ?? '', age(run.at, now), wording),
    ),
  );
  const over = past.filter(({ key }) => !known.has(key) && known.add(key));
  return [...lasting, ...over.slice(0, PAST_ERRORS)];
}

function errorOf(source: SourceKey, message: string, when: string, wording: Wording): ErrorRow {
  return {
    key: JSON.stringify([source, message]),
    source: wording.sourceName(source),
    ...{ message, when },
  };
}

function networkLines(
  { link, allowances, sharedCache }: DashboardSubject,
  wording: Wording,
): string[] {
  const { t, bytes } = wording;
  const { quotas, backgroundBytesLeft: left } = allowances;
  return [
    linkText(link, wording) ?? t('Network: not measured yet'),
    ...quotas.map((quota) => quotaLine(quota, wording)),
    left === undefined
      ? t('The background may fetch as much as it needs.')
      : t('The background may fetch {0} more today.', bytes(left)),
    ...sharedCacheLines(sharedCache, wording),
  ];
}

function quotaLine(
  { host, bucket, remaining, quota, until }: QuotaStatus,
  wording: Wording,
): string {
  const { t, number, moment } = wording;
  const end = moment(until);
  if (quota === 0) return t('{0} asks to wait until {1}.', host, end);
  const name = bucket === undefined ? host : `${host} (${bucket})`;
  return t(
    '{0}: {1} of {2} requests are left until {3}.',
    name,
    number(remaining),
    number(quota),
    end,
  );
}
