import type { InstalledEntry, InstalledSnapshot } from '../../runtime/installed.ts';
import type { ModelId, SourceKey } from '../../sync/model.ts';
import { quantisationOf } from '../../sync/variants.ts';
import type { Hardware } from '../hardware.ts';

/** A variant that a machine has, by what is published of it: no path and no name of a file. */
export interface SharedVariant {
  readonly model: ModelId;
  /** `Q4_K_M`, `BF16` …; absent where the variant tells none. */
  readonly quantisation?: string;
  readonly bytes?: number;
  /** With its vision projector. */
  readonly projector?: true;
}

/** What a machine tells the others of itself. Whole gibibytes: its class, not its inventory. */
export interface MachineRecord {
  readonly system: 'linux' | 'macos' | 'windows' | 'other';
  readonly memory?: number;
  /** The graphics with the most memory. */
  readonly gpu?: { readonly name: string; readonly memory: number };
  readonly installed: readonly SharedVariant[];
  /** How many more are installed, for which there is no room. */
  readonly more?: number;
  /** What it follows and others could: no addresses. */
  readonly sources: readonly SourceKey[];
  /** The week of its last use, counted from 1970. */
  readonly week: number;
  /** The same as long as the storage stays on the same machine. */
  readonly seal: string;
}

/** What a machine knows of itself now; what is absent stays as it was told before. */
export interface MachineFacts {
  readonly platform: string;
  readonly hardware?: Hardware | undefined;
  readonly installed?: InstalledSnapshot | undefined;
  readonly sources: readonly SourceKey[];
  /** Whether the catalogue has a model of this name: only such names are known to be public ones. */
  readonly isListed: (model: ModelId) => boolean;
}

const WEEK = 7 * 24 * 60 * 60 * 1000;
const GIBIBYTE = 1024 ** 3;
/** Bytes of JSON that a machine may take, and all of them together. */
const LARGEST = 6_000;
const ALL = 40_000;
const SYSTEMS: Readonly<Record<string, MachineRecord['system']>> = {
  linux: 'linux',
  darwin: 'macos',
  win32: 'windows',
};

export interface Told {
  readonly facts: MachineFacts;
  /** What was told before, if anything. */
  readonly before: MachineRecord | undefined;
  /** How many machines share the room. */
  readonly machines: number;
  readonly seal: string;
  /** In ms since 1970. */
  readonly now: number;
}

/** What a machine tells now; undefined as long as it has nothing to tell. */
export function recordOf({ facts, before, machines, seal, now }: Told): MachineRecord | undefined {
  const { platform, hardware, installed, sources } = facts;
  const told =
    installed?.complete === true ? sharedVariants(installed, facts.isListed) : before?.installed;
  if (told === undefined) return undefined;
  const record: MachineRecord = {
    system: SYSTEMS[platform] ?? 'other',
    ...(hardware === undefined ? classOf(before) : measuredClass(hardware)),
    installed: [],
    sources: sources.filter((source) => !/[/:]/.test(source.replace(/^(?:hf|jan):/, ''))),
    week: weekOf(now),
    seal,
  };
  return withRoom(record, told, before, Math.min(LARGEST, Math.floor(ALL / machines)));
}

export function weekOf(time: number): number {
  return Math.floor(time / WEEK);
}

/** Whether two variants are the same to a user: sizes differ from revision to revision. */
export function isSameVariant(a: SharedVariant, b: SharedVariant): boolean {
  return a.model === b.model && a.quantisation === b.quantisation;
}

/** What is installed, as others may know it: each variant once, by name. */
export function sharedVariants(
  { entries }: InstalledSnapshot,
  isListed: (model: ModelId) => boolean,
): SharedVariant[] {
  const variants = new Map<string, SharedVariant>();
  for (const entry of entries) {
    const variant = sharedVariant(entry, isListed);
    if (variant === undefined) continue;
    const key = `${variant.model} ${variant.quantisation ?? ''}`;
    if (!variants.has(key)) variants.set(key, variant);
  }
  return [...variants].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, variant]) => variant);
}

/** Names that a runtime or a folder claims may be anything; those of the catalogue are public. */
function sharedVariant(
  { from, identity, problem, size, files }: InstalledEntry,
  isListed: (model: ModelId) => boolean,
): SharedVariant | undefined {
  const model = from?.model;
  if (model === undefined || problem !== undefined) return undefined;
  if (!/^[\w.-]+\/[\w.-]+$/.test(model) || (identity !== 'proven' && !isListed(model))) {
    return undefined;
  }
  const quantisation = from?.variant === undefined ? undefined : quantisationOf(from.variant);
  return {
    model,
    ...(quantisation !== undefined && { quantisation }),
    ...(size !== undefined && { bytes: size }),
    ...(files.some(({ role }) => role === 'projector') && { projector: true }),
  };
}

function measuredClass({ memory, gpus }: Hardware): Pick<MachineRecord, 'memory' | 'gpu'> {
  const [gpu] = gpus.toSorted((a, b) => b.memory - a.memory);
  const name = gpu?.name
    .replaceAll(/[^\w .()+-]/g, '')
    .trim()
    .slice(0, 60);
  return {
    memory: Math.round(memory / GIBIBYTE),
    ...(gpu && { gpu: { name: name ?? '', memory: Math.round(gpu.memory / GIBIBYTE) } }),
  };
}

function classOf(before: MachineRecord | undefined): Pick<MachineRecord, 'memory' | 'gpu'> {
  return {
    ...(before?.memory !== undefined && { memory: before.memory }),
    ...(before?.gpu !== undefined && { gpu: before.gpu }),
  };
}

/** The record with as many variants as there is room for. */
function withRoom(
  record: MachineRecord,
  variants: readonly SharedVariant[],
  before: MachineRecord | undefined,
  room: number,
): MachineRecord {
  const unknown = variants === before?.installed ? (before.more ?? 0) : 0;
  let bytes = bytesOf(record);
  const installed = variants.filter((variant) => (bytes += bytesOf(variant) + 1) <= room);
  const more = variants.length - installed.length + unknown;
  return { ...record, installed, ...(more > 0 && { more }) };
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
