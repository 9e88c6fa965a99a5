import type { InstalledEntry } from '../../runtime/installed.ts';
import type { Variant } from '../../sync/model.ts';
import { shortCommit } from './detailsSubject.ts';
import type { Changes, Explained, InstalledLine } from './messages.ts';
import type { Wording } from './wording.ts';

/** What is installed of a model and not one of its variants as they are published now. */
export function installedLines(
  entries: readonly InstalledEntry[],
  variants: readonly Variant[],
  wording: Wording,
): InstalledLine[] {
  const published = new Set(variants.map(({ name }) => name));
  return entries
    .filter(({ from, update }) => update !== undefined || !published.has(from?.variant ?? ''))
    .map((entry) => installedLine(entry, wording));
}

function installedLine(entry: InstalledEntry, wording: Wording): InstalledLine {
  const { key, name, size, from, problem } = entry;
  const changes = changesOf(entry, wording);
  return {
    key,
    name,
    runtime: runtimeText(entry, wording),
    size: size === undefined ? wording.size({ sureness: 'unknown' }) : wording.bytes(size),
    ...(from?.revision !== undefined && {
      revision: wording.t('Commit {0}', shortCommit(from.revision)),
    }),
    identity: identityOf(entry, wording),
    ...(problem !== undefined && { problem }),
    ...(changes !== undefined && { changes }),
  };
}

/** `Jan`, `Jan, running`. */
export function runtimeText({ runtime, running }: InstalledEntry, { t }: Wording): string {
  return running === true ? t('{0}, running', runtime.name) : runtime.name;
}

/** How sure it is that an entry is what it is called. */
export function identityOf({ identity, runtime }: InstalledEntry, { t }: Wording): Explained {
  switch (identity) {
    case 'proven':
      return { text: t('proven'), title: t('Its bytes are those of this model.') };
    case 'claimed':
      return {
        text: t('as {0} tells', runtime.name),
        title: t('Nobody has compared its bytes with what is published.'),
      };
    case 'computing':
      return { text: t('being checked'), title: t('Its bytes are being read to be sure.') };
    case 'unknown':
      return {
        text: t('not known'),
        title: t('No model of the catalogue has these bytes.'),
      };
  }
}

/** What an update would change, file by file. */
export function changesOf(
  { from, update }: InstalledEntry,
  { t, bytes: say }: Wording,
): Changes | undefined {
  if (update === undefined) return undefined;
  const { changed, bytes } = update;
  const count = changed.length === 1 ? t('1 file') : t('{0} files', changed.length);
  const since =
    from?.revision === undefined
      ? t('since it was installed')
      : t('since commit {0}', shortCommit(from.revision));
  return {
    summary:
      changed.length === 0
        ? t('New files {0} · {1}', since, say(bytes))
        : t('{0} changed {1} · {2}', count, since, say(bytes)),
    files: changed.map(({ path, installedSize, publishedSize }) => ({
      path,
      text:
        publishedSize === undefined
          ? t('{0}, no longer published', say(installedSize))
          : installedSize === 0
            ? t('{0}, new', say(publishedSize))
            : t('{0} → {1}', say(installedSize), say(publishedSize)),
    })),
  };
}
