import type { DownloadStatus } from '../../download/model.ts';
import type { SharedCacheStatus } from '../../download/sharedCache/model.ts';
import type { LinkState } from '../../sync/http/linkQuality.ts';
import type { SourceKey, SourceStatus } from '../../sync/model.ts';
import type { StorageProblem } from '../../sync/storageProblem.ts';
import type { Wording } from '../details/wording.ts';
import type { DownloadSummary } from '../downloads/downloadSummary.ts';
import { summaryOf } from '../downloads/downloadSummary.ts';
import type { Health } from '../health.ts';
import { healthOf } from '../health.ts';
import { modelsText } from '../modelsText.ts';
import { linkText } from './linkText.ts';
import type { StepCommand } from './nextStep.ts';
import { nextStep, remedy } from './nextStep.ts';
import { sharedCacheLines } from './sharedCacheText.ts';
import type { Savings } from './weekSavings.ts';
import { savedBytes } from './weekSavings.ts';

/** Whoever was not heard of for so long is stale: the background asks every 15 minutes. */
const STALE_AFTER = 60 * 60_000;
/** A refresh that nobody asked for is counted aloud only once it takes longer than that, in ms. */
export const QUIET_REFRESH = 1_500;

/** What a sync that runs has done. */
export interface SyncProgress {
  /** Sources. */
  readonly done: number;
  readonly total: number;
  /** The user asked for it. */
  readonly wanted: boolean;
  /** Ms since 1970. */
  readonly since: number;
}

/** Everything that the status item tells of. */
export interface StatusSubject {
  readonly models: number;
  readonly sources: readonly SourceStatus[];
  /** When this window heard from a source, if it did. */
  readonly lastHeard: (source: SourceKey) => number | undefined;
  readonly progress: SyncProgress | undefined;
  readonly downloads: readonly DownloadStatus[];
  readonly link: LinkState | undefined;
  /** Of this week, where it is known. */
  readonly savings: Savings | undefined;
  /** How the team's cache does, where there is one that was needed. */
  readonly sharedCache: SharedCacheStatus | undefined;
  /** What is wrong with the places where things are kept. */
  readonly problems: readonly StorageProblem[];
  readonly now: number;
}

export type StatusCommand =
  | StepCommand
  | 'modelHub.showDashboard'
  | 'modelHub.installed.focus'
  | 'modelHub.addSource'
  | 'modelHub.setSharedCachePassword';

export interface StatusLink {
  readonly title: string;
  readonly command: StatusCommand;
}

/** The status item in words. What stands in it may come from anybody: it is no markup. */
export interface StatusView {
  /** With the icon. */
  readonly text: string;
  readonly spoken: string;
  readonly warning: boolean;
  readonly summary: string;
  readonly problems: readonly string[];
  readonly sources: readonly string[];
  readonly downloads: readonly string[];
  /** The network, and what was saved. */
  readonly facts: readonly string[];
  readonly links: readonly StatusLink[];
}

/** The most important thing first: what needs the user, what goes on, else how old all is. */
export function statusView(subject: StatusSubject, wording: Wording): StatusView {
  const { sources, lastHeard, downloads, now } = subject;
  const problems = subject.problems.map(({ message }) => message);
  const health = healthOf(sources, lastHeard);
  const download = summaryOf(downloads, now, wording);
  const summary = summaryText(subject, health, wording);
  const headline = download?.text ?? catalogueText(subject, health, wording);
  const spoken = download === undefined ? withoutIcon(headline) : download.spoken;
  return {
    text: headline,
    spoken: [`Model Hub: ${spoken}.`, ...problems, summary].join(' '),
    warning: download?.failed === true || health.state === 'failing' || problems.length > 0,
    summary,
    problems,
    sources: sources.map((source) => sourceLine(source, subject, wording)),
    downloads: download?.lines ?? [],
    facts: factsOf(subject, wording),
    links: linksOf(subject, download, wording),
  };
}

function catalogueText(subject: StatusSubject, health: Health, wording: Wording): string {
  const { models, progress } = subject;
  const { t } = wording;
  const icon = progress === undefined ? iconOf(health, subject) : '$(sync~spin)';
  if (health.state === 'noSource') return `${icon} ${t('Model Hub')}`;
  const count = modelsText(models, wording);
  const state = isAloud(progress, subject.now)
    ? t('syncing {0} of {1}', Math.min(progress.done + 1, progress.total), progress.total)
    : shortState(subject, health, wording);
  return `${icon} ${count} · ${state}`;
}

function isAloud(progress: SyncProgress | undefined, now: number): progress is SyncProgress {
  return progress !== undefined && (progress.wanted || now - progress.since >= QUIET_REFRESH);
}

function shortState(subject: StatusSubject, health: Health, wording: Wording): string {
  const { t, age, sourceName } = wording;
  if (health.state === 'noSource' || health.state === 'bundled') return t('bundled list');
  const old = health.since === undefined ? t('bundled list') : age(health.since, subject.now);
  if (health.state === 'offline') return t('offline, {0}', old);
  if (health.state === 'current') return old;
  const failing = subject.sources.filter(({ failure }) => failure !== undefined);
  const [only] = failing;
  if (failing.length !== 1 || only?.failure === undefined) {
    return t('{0} sources failed', failing.length);
  }
  return `${sourceName(only.key)}: ${nextStep(only.failure.kind, wording).text}`;
}

function summaryText(subject: StatusSubject, health: Health, wording: Wording): string {
  const { progress, now } = subject;
  const { t, age, sourceName } = wording;
  if (progress !== undefined) {
    return t('Syncing: {0} of {1} sources are done.', progress.done, progress.total);
  }
  switch (health.state) {
    case 'noSource':
      return t('No source of models is followed.');
    case 'bundled':
      return t('Showing the bundled list: no source has answered yet.');
    case 'current':
      return isStale(health.since, now)
        ? t('Last checked {0}: the list may be out of date.', age(health.since, now))
        : t('Checked {0}.', age(health.since, now));
    case 'offline':
      return health.since === undefined
        ? t('Offline: showing the bundled list.')
        : t('Offline. Last checked {0}.', age(health.since, now));
    case 'failing':
      return t('Could not refresh: {0}.', health.failing.map(sourceName).join(', '));
  }
}

function sourceLine(source: SourceStatus, subject: StatusSubject, wording: Wording): string {
  const { key, models, failure, lastSuccess } = source;
  const { t, age, sourceName } = wording;
  const heard = Math.max(lastSuccess ?? 0, subject.lastHeard(key) ?? 0);
  const count = modelsText(models, wording);
  const when = heard === 0 ? t('bundled list') : age(heard, subject.now);
  const line = `${sourceName(key)}: ${count}, ${when}`;
  return failure === undefined ? line : `${line}. ${failure.message}`;
}

function factsOf({ link, savings, sharedCache }: StatusSubject, wording: Wording): string[] {
  const { t, bytes } = wording;
  const network = linkText(link, wording);
  const saved =
    savings === undefined || savings.whole === 0
      ? undefined
      : t(
          'This week: {0} received, ≈ {1} saved',
          bytes(savings.received),
          bytes(savedBytes(savings)),
        );
  const known = [network, saved].filter((fact) => fact !== undefined);
  return [...known, ...sharedCacheLines(sharedCache, wording)];
}

function linksOf(
  { sources, problems, sharedCache }: StatusSubject,
  download: DownloadSummary | undefined,
  wording: Wording,
): StatusLink[] {
  const { t } = wording;
  const steps = sources.flatMap(({ failure }) => failure ?? []);
  const links: StatusLink[] = [
    ...steps.map(({ kind }) => nextStep(kind, wording)),
    ...problems.map((problem) => remedy(problem, wording)),
    ...(sharedCache?.dropped?.problem === 'refused'
      ? [
          {
            title: t('Set Shared Cache Password…'),
            command: 'modelHub.setSharedCachePassword' as const,
          },
        ]
      : []),
    ...(download === undefined
      ? []
      : [{ title: t('Show Downloads'), command: 'modelHub.installed.focus' as const }]),
    sources.length === 0
      ? { title: t('Add Source…'), command: 'modelHub.addSource' }
      : { title: t('Refresh Models'), command: 'modelHub.refresh' },
    { title: t('Show Sync Dashboard'), command: 'modelHub.showDashboard' },
  ];
  // Several sources may need the same.
  return [...new Map(links.map(({ title, command }) => [command, { title, command }])).values()];
}

function isStale(since: number, now: number): boolean {
  return now - since >= STALE_AFTER;
}

function iconOf(health: Health, { problems, now }: StatusSubject): string {
  if (problems.length > 0) return '$(warning)';
  switch (health.state) {
    case 'noSource':
      return '$(library)';
    case 'current':
      return isStale(health.since, now) ? '$(history)' : '$(library)';
    case 'bundled':
      return '$(package)';
    case 'offline':
      return '$(debug-disconnect)';
    case 'failing':
      return '$(warning)';
  }
}

function withoutIcon(text: string): string {
  return text.replace(/^\$\([^)]*\) /, '');
}
