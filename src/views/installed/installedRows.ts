import { identityOf, changesOf } from '../details/installedLines.ts';
import type { Wording } from '../details/wording.ts';
import {
  failureText,
  modelName,
  phaseText,
  progressParts,
  variantName,
} from '../downloads/downloadText.ts';
import { isAskable } from '../chat/offeredModels.ts';
import { joined } from '../joined.ts';
import { machineRow } from '../machines/machineRows.ts';
import { isKeptNewer, keptMark, keptText } from '../updates/updateText.ts';
import { repairOf } from '../updates/updating.ts';
import { diskUse } from './diskUse.ts';
import type { Doing } from './entryWork.ts';
import type {
  DownloadNode,
  EntryNode,
  GroupNode,
  InstalledNode,
  RuntimeNode,
} from './installedNodes.ts';

/** How a row looks, as plain data: two rows that are equal need no repainting. */
export interface Row {
  readonly label: string;
  readonly description: string;
  /** What a hover tells, as text. */
  readonly tooltip: string;
  /** What a screen reader says. */
  readonly spoken: string;
  /** Name of a codicon. */
  readonly icon: string;
  /** Of the icon, from the theme. */
  readonly colour?: string;
  /** What can be done with it, as words between spaces: see the menus of package.json. */
  readonly context: string;
}

/** @param now in ms since 1970 */
export function rowOf(node: InstalledNode, now: number, wording: Wording): Row {
  switch (node.type) {
    case 'download':
      return downloadRow(node, now, wording);
    case 'group':
      return groupRow(node, wording);
    case 'entry':
      return entryRow(node, wording);
    case 'runtime':
      return runtimeRow(node, wording);
    case 'machines':
    case 'machine':
    case 'theirVariant':
    case 'theirMore':
    case 'theirSources':
      return machineRow(node, now, wording);
  }
}

function downloadRow({ download }: DownloadNode, now: number, wording: Wording): Row {
  const { t } = wording;
  const { model, state, phase, folder } = download;
  const failure = failureText(download, now, wording);
  const isFetching = state === 'running' && (phase === undefined || phase === 'fetching');
  const doing = isFetching ? [] : [phaseText(download, wording)];
  const progress = progressParts(download, wording);
  const variant = variantName(download);
  const facts = state === 'failed' ? [variant, failure ?? ''] : [variant, ...doing, ...progress];
  const spoken = [modelName(download), variant, phaseText(download, wording), ...progress];
  return {
    label: modelName(download),
    description: joined(facts, ' · '),
    tooltip: joined(
      [
        `${model} ${variant}`,
        joined([phaseText(download, wording), ...progress], ' · '),
        failure,
        folder === undefined ? '' : t('Into {0}', folder),
      ],
      '\n',
    ),
    spoken: joined([...spoken, failure], ', '),
    ...downloadIcon(download),
    context: downloadContext(download),
  };
}

function downloadIcon({ state }: DownloadNode['download']): Pick<Row, 'icon' | 'colour'> {
  switch (state) {
    case 'failed':
      return { icon: 'error', colour: 'list.errorForeground' };
    case 'paused':
      return { icon: 'debug-pause' };
    case 'waiting':
      return { icon: 'watch' };
    case 'running':
    case 'done':
      return { icon: 'cloud-download' };
  }
}

function downloadContext({ state, waitsFor, pausable }: DownloadNode['download']): string {
  const isOnItsWay = state === 'running' || state === 'waiting';
  const isRetryable = waitsFor === 'retry' || waitsFor === 'network' || state === 'failed';
  return joined(
    [
      'download',
      isOnItsWay && pausable && 'pausable',
      state === 'paused' && 'resumable',
      isRetryable && 'retryable',
    ],
    ' ',
  );
}

function groupRow({ name, model, entries }: GroupNode, wording: Wording): Row {
  const { t, bytes } = wording;
  const owner = model?.slice(0, model.indexOf('/'));
  const used = diskUse(entries.map(({ entry }) => entry));
  const size = used > 0 ? bytes(used) : '';
  const marks = [
    entries.some(({ entry }) => entry.running === true) && t('running'),
    entries.some(({ entry }) => entry.update !== undefined) && t('update available'),
    entries.some(({ entry }) => entry.problem !== undefined) && t('broken'),
  ];
  return {
    label: name,
    description: joined([owner, size, ...marks], ' · '),
    tooltip: joined([model ?? name, size && t('{0} on this disk', size)], '\n'),
    spoken: joined([name, owner, size, ...marks], ', '),
    icon: 'package',
    context: joined(['group', model !== undefined && 'known'], ' '),
  };
}

function entryRow(node: EntryNode, wording: Wording): Row {
  const { entry, doing, offered } = node;
  const { t, bytes } = wording;
  const { from, name, size, runtime, running, update, problem, files, duplicates } = entry;
  const label =
    from?.variant === undefined ? name : variantName({ ...from, variant: from.variant });
  const shownSize = size === undefined ? t('size unknown') : bytes(size);
  const mark =
    doing === undefined
      ? (problem ??
        joined(
          [
            running && t('running'),
            offered && t('in the chat'),
            update && t('update available'),
            keptMark(entry, wording),
          ],
          ' · ',
        ))
      : doingText(doing, wording);
  const changes = changesOf(entry, wording);
  const sure = identityOf(entry, wording);
  const copies =
    duplicates.length === 0
      ? ''
      : t('The same bytes lie on this disk more than once: they could be links.');
  return {
    label,
    description: joined([shownSize, runtime.name, mark], ' · '),
    tooltip: joined(
      [
        joined([name, runtime.name, shownSize], ' · '),
        problem,
        sure.title,
        changes?.summary,
        keptText(entry, wording),
        copies,
        ...files.map(({ path }) => path),
      ],
      '\n',
    ),
    spoken: joined([label, shownSize, runtime.name, mark], ', '),
    ...entryIcon(entry, doing),
    context: entryContext(node),
  };
}

function entryIcon(
  { problem, running, update }: EntryNode['entry'],
  doing: Doing | undefined,
): Pick<Row, 'icon' | 'colour'> {
  if (doing !== undefined) return { icon: 'loading~spin' };
  if (problem !== undefined) return { icon: 'error', colour: 'list.errorForeground' };
  if (running === true) return { icon: 'vm-running', colour: 'testing.iconPassed' };
  if (update !== undefined) return { icon: 'arrow-circle-up' };
  return { icon: 'file-binary' };
}

function entryContext({ entry, doing, offered }: EntryNode): string {
  if (doing !== undefined) return 'entry busy';
  const { runtime, running, update, problem, files, from } = entry;
  const { can, api, kind } = runtime;
  const isWhole = problem === undefined;
  return joined(
    [
      'entry',
      from?.model !== undefined && 'known',
      can.includes('start') && running !== true && isWhole && 'startable',
      can.includes('stop') && running === true && 'stoppable',
      (can.includes('remove') || files.length > 0) && 'deletable',
      files.length > 0 && 'local',
      files.length > 0 && isWhole && 'whole',
      update !== undefined && can.includes('update') && 'outdated',
      entry.damaged && repairOf(entry) !== undefined && 'damaged',
      running === true && api !== undefined && 'answering',
      kind === 'jan' && isWhole && 'servable',
      offered ? 'offered' : isAskable(entry) && 'offerable',
      entry.kept !== undefined && (isKeptNewer(entry) ? 'kept forward' : 'kept back'),
    ],
    ' ',
  );
}

function doingText(doing: Doing, { t }: Wording): string {
  switch (doing) {
    case 'verifying':
      return t('verifying…');
    case 'starting':
      return t('starting…');
    case 'stopping':
      return t('stopping…');
    case 'deleting':
      return t('deleting…');
    case 'handingOver':
      return t('being handed over…');
    case 'estimating':
      return t('finding out what the update costs…');
    case 'rollingBack':
      return t('revisions change places…');
  }
}

function runtimeRow({ runtime }: RuntimeNode, { t }: Wording): Row {
  const { name, problem = '', folder } = runtime;
  return {
    label: name,
    description: problem,
    tooltip: joined([problem, folder && t('Folder: {0}', folder)], '\n'),
    spoken: joined([name, problem], ', '),
    icon: 'warning',
    colour: 'list.warningForeground',
    context: 'runtime',
  };
}
