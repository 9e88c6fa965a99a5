import type { FactChange, FileChange, HistoryEntry } from '../../sync/modelHistory.ts';
import type { DetailsSubject } from './detailsSubject.ts';
import { isCommit, shortCommit } from './detailsSubject.ts';
import { commitAddress, compareAddress } from './links.ts';
import type { HistoryLine, Link } from './messages.ts';
import type { Wording } from './wording.ts';

type Subject = Pick<DetailsSubject, 'id' | 'history' | 'endpoint' | 'now'>;

/** What became of the model since the catalogue knows it, the newest first. */
export function historyLines(subject: Subject, wording: Wording): HistoryLine[] {
  const { entries, since } = subject.history;
  const lines = entries
    .filter((entry, at) => !isToldBefore(entry, entries.slice(at + 1)))
    .map((entry) => entryLine(entry, subject, wording));
  // A model that came back is as new as its return.
  const isFirst = since !== undefined && entries.every(({ at }) => at > since.at);
  if (!isFirst) return lines;
  return [
    ...lines,
    {
      event: wording.t('First seen'),
      ...whenAndWho(since, subject, wording),
      links: [],
      changes: [],
    },
  ];
}

/** Two sources tell of the same commit: the one that heard of it first does. */
function isToldBefore({ event, from, to }: HistoryEntry, older: readonly HistoryEntry[]): boolean {
  if (event !== 'changed' || to === undefined) return false;
  return older.some((other) => other.event === event && other.from === from && other.to === to);
}

function entryLine(entry: HistoryEntry, subject: Subject, wording: Wording): HistoryLine {
  return {
    event: eventText(entry, wording),
    ...whenAndWho(entry, subject, wording),
    links: commitLinks(entry, subject, wording),
    changes: entry.event === 'removed' ? [] : changesOf(entry, wording),
  };
}

function eventText({ event }: HistoryEntry, { t }: Wording): string {
  switch (event) {
    case 'changed':
      return t('Changed');
    case 'removed':
      return t('No longer published');
    case 'returned':
      return t('Published again');
  }
}

function whenAndWho(
  { at, source }: Pick<HistoryEntry, 'at' | 'source'>,
  { now }: Subject,
  { age, moment, sourceName }: Wording,
): Pick<HistoryLine, 'when' | 'source'> {
  return { when: { text: age(at, now), title: moment(at) }, source: sourceName(source) };
}

function commitLinks(
  { from, to }: HistoryEntry,
  { id, endpoint }: Subject,
  { t }: Wording,
): Link[] {
  const commit = (sha: string | undefined): Link[] =>
    isCommit(sha)
      ? [
          {
            text: shortCommit(sha),
            spoken: t('Commit {0} on Hugging Face', shortCommit(sha)),
            href: commitAddress(endpoint, id, sha),
          },
        ]
      : [];
  const between: Link[] =
    isCommit(from) && isCommit(to)
      ? [
          {
            text: t('Differences'),
            spoken: t('Differences between {0} and {1}', shortCommit(from), shortCommit(to)),
            href: compareAddress(endpoint, id, from, to),
          },
        ]
      : [];
  return [...commit(from), ...commit(to), ...between];
}

function changesOf(entry: HistoryEntry, wording: Wording): string[] {
  const { t } = wording;
  const { facts, addedTags, removedTags, files, moreFiles, to } = entry;
  const isReadme = ({ path, what }: FileChange): boolean =>
    path === 'README.md' && what === 'changed';
  const lines = [
    ...facts.map((change) => factText(change, wording)),
    ...files.filter((file) => !isReadme(file)).map((file) => fileText(file, wording)),
    ...(files.some(isReadme) ? [t('The README changed.')] : []),
    ...(moreFiles > 0 ? [t('{0} more files changed.', wording.number(moreFiles))] : []),
    ...(addedTags.length > 0 ? [t('Tags added: {0}', addedTags.join(', '))] : []),
    ...(removedTags.length > 0 ? [t('Tags removed: {0}', removedTags.join(', '))] : []),
  ];
  if (lines.length > 0 || to === undefined) return lines;
  return [commitText(entry, wording)];
}

/** What is said of a commit that changed nothing that is known. */
function commitText({ scope, awaited }: HistoryEntry, { t }: Wording): string {
  if (scope === 'all') return t('A new commit with the same files.');
  if (awaited) return t('A new commit: it is not known yet which files it changed.');
  return t(
    'A new commit: which files it changed is not known, because the older or the newer list of files was not kept.',
  );
}

function fileText({ path, what, before, after }: FileChange, { t, bytes }: Wording): string {
  switch (what) {
    case 'added':
      return after === undefined
        ? t('New file: {0}', path)
        : t('New file: {0}, {1}', path, bytes(after));
    case 'removed':
      return before === undefined
        ? t('File removed: {0}', path)
        : t('File removed: {0}, {1}', path, bytes(before));
    case 'changed':
      return before === undefined || after === undefined || before === after
        ? t('File changed: {0}', path)
        : t('File changed: {0}, {1} → {2}', path, bytes(before), bytes(after));
  }
}

function factText({ fact, before, after }: FactChange, wording: Wording): string {
  const { t } = wording;
  const say = (value: FactChange['after']): string => valueText(fact, value, wording);
  return t('{0}: {1} → {2}', factName(fact, wording), say(before), say(after));
}

function factName(fact: FactChange['fact'], { t }: Wording): string {
  switch (fact) {
    case 'gated':
      return t('Access');
    case 'private':
      return t('Private');
    case 'disabled':
      return t('Disabled');
    case 'license':
      return t('License');
    case 'task':
      return t('Task');
    case 'library':
      return t('Library');
    case 'architecture':
      return t('Architecture');
    case 'parameters':
      return t('Parameters');
    case 'contextLength':
      return t('Context');
    case 'takesTools':
      return t('Tools');
  }
}

function valueText(
  fact: FactChange['fact'],
  value: FactChange['after'],
  { t, number }: Wording,
): string {
  if (value === undefined) return t('not known');
  if (typeof value === 'number') return number(value);
  if (fact !== 'gated') return typeof value === 'boolean' ? (value ? t('Yes') : t('No')) : value;
  if (value === false) return t('Open');
  return value === 'manual' ? t('Gated, the author decides') : t('Gated');
}
