import type { DownloadStatus } from '../../download/model.ts';
import { isInside } from '../../download/safePath.ts';
import type { InstalledEntry, InstalledSnapshot } from '../../runtime/installed.ts';
import type { ModelId } from '../../sync/model.ts';
import { modelName, variantFile } from '../downloads/downloadText.ts';
import type { MachinesState, MachineTreeNode } from '../machines/machineNodes.ts';
import { machineNodes } from '../machines/machineNodes.ts';
import type { Doing } from './entryWork.ts';

/** What the Installed view shows. A node knows its parent and what tells it from all others. */
export type InstalledNode = DownloadNode | GroupNode | EntryNode | RuntimeNode | MachineTreeNode;

/** A download that is not done. */
export interface DownloadNode {
  readonly type: 'download';
  readonly key: string;
  readonly download: DownloadStatus;
}

/** A model with all that is installed of it; without `model` what has one name. */
export interface GroupNode {
  readonly type: 'group';
  readonly key: string;
  readonly name: string;
  readonly model?: ModelId;
  readonly entries: readonly EntryNode[];
}

/** What one runtime has. */
export interface EntryNode {
  readonly type: 'entry';
  readonly key: string;
  readonly group: string;
  readonly entry: InstalledEntry;
  /** What is done with it now. */
  readonly doing: Doing | undefined;
  /** The chat of the editor has it. */
  readonly offered: boolean;
}

/** A runtime that could not tell everything. */
export interface RuntimeNode {
  readonly type: 'runtime';
  readonly key: string;
  readonly runtime: InstalledSnapshot['runtimes'][number];
}

/** What the view is made from. */
export interface InstalledState {
  readonly downloads: readonly DownloadStatus[];
  /** Absent until it is known. */
  readonly installed?: InstalledSnapshot | undefined;
  readonly doing: ReadonlyMap<string, Doing>;
  /** Keys of the entries that the chat of the editor has; absent: none. */
  readonly offered?: ReadonlySet<string>;
  /** The user's other machines; absent: none. */
  readonly elsewhere?: MachinesState;
}

/**
 * The rows without a parent: downloads, then models by name, then runtimes that have a problem, and
 * at the end what other machines have.
 */
export function rootNodes(state: InstalledState): InstalledNode[] {
  const { downloads, installed } = state;
  const waiting = downloads
    .filter(({ state }) => state !== 'done')
    .toSorted((a, b) => a.createdAt - b.createdAt);
  const entries = installed?.entries.filter((entry) => !waiting.some((one) => brings(one, entry)));
  return [
    ...waiting.map(downloadNode),
    ...groupNodes(entries ?? [], state),
    ...(installed?.runtimes ?? []).filter(({ problem }) => problem !== undefined).map(runtimeNode),
    ...(state.elsewhere === undefined ? [] : machineNodes(state.elsewhere, installed)),
  ];
}

const TYPES: ReadonlySet<unknown> = new Set<InstalledNode['type']>([
  ...(['download', 'group', 'entry', 'runtime'] as const),
  ...(['machines', 'machine', 'theirVariant', 'theirMore', 'theirSources'] as const),
]);

/** The rows below a row. */
export function childrenOf(node: InstalledNode): readonly InstalledNode[] {
  if (node.type === 'group') return node.entries;
  return 'children' in node ? node.children : [];
}

/** Commands come from rows of the view, and from everywhere else. */
export function isInstalledNode(argument: unknown): argument is InstalledNode {
  if (typeof argument !== 'object' || argument === null || !('type' in argument)) return false;
  return TYPES.has(argument.type);
}

/** Whether an entry is what a download has put in place so far: its row says all there is to say. */
function brings(download: DownloadStatus, { problem, from, name, files }: InstalledEntry): boolean {
  const { folder, variant } = download;
  if (problem === undefined || folder === undefined || files.length === 0) return false;
  const isSameVariant = from?.variant === variant || name === variantFile(download);
  return isSameVariant && files.every(({ path }) => isInside(folder, path));
}

function downloadNode(download: DownloadStatus): DownloadNode {
  return { type: 'download', key: `download ${download.id}`, download };
}

function runtimeNode(runtime: RuntimeNode['runtime']): RuntimeNode {
  return { type: 'runtime', key: `runtime ${runtime.id}`, runtime };
}

function groupNodes(entries: readonly InstalledEntry[], state: InstalledState): GroupNode[] {
  const groups = Map.groupBy(entries, ({ from, name }) =>
    from?.model === undefined ? `name ${name}` : `model ${from.model}`,
  );
  return [...groups]
    .map(([key, members]) => groupNode(key, members, state))
    .sort((a, b) => compare(a.name.toLowerCase(), b.name.toLowerCase()) || compare(a.key, b.key));
}

function groupNode(
  key: string,
  members: readonly InstalledEntry[],
  state: InstalledState,
): GroupNode {
  const [first] = members;
  const model = first?.from?.model;
  const name = model === undefined ? (first?.name ?? '') : modelName({ model });
  const entries = members
    .map((entry) => entryNode(key, entry, state))
    .sort((a, b) => (a.entry.size ?? 0) - (b.entry.size ?? 0) || compare(a.key, b.key));
  return { type: 'group', key, name, ...(model !== undefined && { model }), entries };
}

function entryNode(
  group: string,
  entry: InstalledEntry,
  { doing, offered }: InstalledState,
): EntryNode {
  const { key } = entry;
  return {
    ...{ type: 'entry', key: `entry ${key}`, group, entry },
    ...{ doing: doing.get(key), offered: offered?.has(key) === true },
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
