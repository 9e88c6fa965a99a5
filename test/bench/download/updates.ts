import { open } from 'node:fs/promises';
import type { GgufRecipe } from '../../hub/gguf.ts';
import { tensorDataStart } from '../../hub/gguf.ts';
import {
  requantised,
  withChangedTensors,
  withInsertedTensor,
  withMetadata,
} from '../../hub/ggufRecipe.ts';
import type { BenchResult } from '../result.ts';
import type { DownloadContext } from './context.ts';
import type { CommittedSiteFile, SiteFile } from './site.ts';
import { installedRecipe, publish, TENSORS, UpdatedMachine } from './updating.ts';

/** What is to be reached: bytes on top of the new header, and of what is new to the storage. */
const REACH = { onTopOfHeader: 64 * 1024, ofIdeal: 1.3 };
const STORED_AGAIN = 0.3;
/** Another tensor for each row, so that no row finds in the storage what another has put there. */
const CHANGED = { alone: 40, repacked: 50, inserted: 60, plain: 70 };

/** A change of the installed file, and what it costs to follow it. */
interface UpdateCase {
  readonly id: string;
  readonly change: (recipe: GgufRecipe) => GgufRecipe;
  readonly published?: { readonly xet?: boolean; readonly storedAgain?: number };
  readonly isIdealTold?: boolean;
  /** Bytes; absent: nothing is promised. */
  readonly most?: (file: CommittedSiteFile, recipe: GgufRecipe) => number;
  readonly why: string;
}

const CASES: readonly UpdateCase[] = [
  {
    id: 'update-header',
    change: (recipe) => withMetadata(recipe, { 'tokenizer.chat_template': 'y'.repeat(8_000) }),
    most: (_, recipe) => tensorDataStart(recipe) + REACH.onTopOfHeader,
    why: 'another chat template',
  },
  {
    id: 'update-one-tensor',
    change: (recipe) => withChangedTensors(recipe, CHANGED.alone),
    isIdealTold: true,
    most: ({ newBytes = 0 }) => REACH.ofIdeal * newBytes,
    why: `1 of ${TENSORS} tensors`,
  },
  {
    id: 'update-one-tensor-repacked',
    change: (recipe) => withChangedTensors(recipe, CHANGED.repacked),
    published: { storedAgain: STORED_AGAIN },
    isIdealTold: true,
    why: `the same, where ${STORED_AGAIN * 100} % of what stayed was stored again under other hashes`,
  },
  {
    id: 'update-inserted-tensor',
    change: (recipe) => withInsertedTensor(recipe, CHANGED.inserted),
    isIdealTold: true,
    why: 'all behind it is shifted',
  },
  {
    id: 'update-requantised',
    change: (recipe) => requantised(recipe, 'Q4_K'),
    isIdealTold: true,
    why: 'no byte of a tensor stays; the new file is about half as big',
  },
  {
    id: 'update-one-tensor-plain',
    change: (recipe) => withChangedTensors(recipe, CHANGED.plain),
    published: { xet: false },
    why: 'nobody tells which: a sample of each tensor shows it',
  },
];

const REPAIRS = [
  { id: 'update-repair', isRemembered: true, why: 'its chunks were taken down before' },
  { id: 'update-repair-unknown', isRemembered: false, why: 'the damaged xorb is fetched whole' },
] as const;

export const UPDATES: readonly string[] = [...CASES, ...REPAIRS].map(({ id }) => id);

/** Bytes of all answers that it takes to follow a change of an installed file, one row a change. */
export async function measureUpdates(context: DownloadContext): Promise<BenchResult[]> {
  const { site, log } = context;
  const recipe = installedRecipe(site.file.size);
  const machine = await UpdatedMachine.open(context, recipe);
  const bytesFor = async (...how: Parameters<UpdatedMachine['fetch']>): Promise<number> => {
    await site.bytesSent();
    const seconds = await machine.fetch(...how);
    const bytes = await site.bytesSent();
    log(`${how[1]}: ${bytes.toLocaleString('en')} B, ${seconds.toFixed(2)} s`);
    return bytes;
  };
  const results: BenchResult[] = [];
  for (const { id, change, published, isIdealTold = false, most, why } of CASES) {
    log(id);
    const changed = change(recipe);
    const file = await publish(context, changed, published);
    const self = await bytesFor(file, 'installed');
    const whole = await bytesFor(file, 'nothing');
    const ideal = isIdealTold && file.newBytes !== undefined ? { ideal: file.newBytes } : {};
    const reach = most?.(file, changed);
    results.push({
      ...{ id, unit: 'B', self, peers: { whole, ...ideal }, why },
      reach: reach === undefined ? 'none set' : `${Math.floor(reach).toLocaleString('en')} B`,
      reached: reach === undefined ? null : self <= reach,
    });
  }
  await machine.remember();
  const whole = await bytesFor(machine.installed, 'nothing');
  await damage(machine);
  for (const { id, isRemembered, why } of REPAIRS) {
    log(id);
    const self = await bytesFor(machine.installed, 'installed', isRemembered);
    results.push({
      ...{ id, unit: 'B', self, peers: { whole }, reach: 'none set', reached: null, why },
    });
  }
  return results;
}

/** Flips a byte in the middle. */
async function damage({ path, installed }: { path: string; installed: SiteFile }): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const byte = Buffer.alloc(1);
    const at = Math.floor(installed.size / 2);
    await file.read(byte, 0, 1, at);
    await file.write(Buffer.of(byte.readUInt8() ^ 255), 0, 1, at);
  } finally {
    await file.close();
  }
}
