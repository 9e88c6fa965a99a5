import type { Machine } from '../../device/shared/machines.ts';
import type { SharedVariant } from '../../device/shared/machineRecord.ts';
import { weekOf } from '../../device/shared/machineRecord.ts';
import type { Wording } from '../details/wording.ts';
import { modelName } from '../downloads/downloadText.ts';
import type { Row } from '../installed/installedRows.ts';
import { joined } from '../joined.ts';
import type {
  MachineNode,
  MachinesNode,
  MachineTreeNode,
  TheirFactNode,
  TheirVariantNode,
} from './machineNodes.ts';

const SYSTEMS = { linux: 'Linux', macos: 'macOS', windows: 'Windows' } as const;

/** @param now in ms since 1970 */
export function machineRow(node: MachineTreeNode, now: number, wording: Wording): Row {
  switch (node.type) {
    case 'machines':
      return machinesRow(node, wording);
    case 'machine':
      return oneMachineRow(node, now, wording);
    case 'theirVariant':
      return variantRow(node, wording);
    case 'theirMore':
      return moreRow(node, wording);
    case 'theirSources':
      return sourcesRow(node, wording);
  }
}

/** As the user named it, or else by its class. */
export function machineName({ name, record }: Machine, wording: Wording): string {
  return name ?? machineClass({ record }, wording);
}

/** `Linux, 16 GB, NVIDIA GeForce RTX 3060`. */
function machineClass({ record }: Pick<Machine, 'record'>, { t }: Wording): string {
  const { system, memory, gpu } = record;
  return joined(
    [
      system === 'other' ? t('Another machine') : SYSTEMS[system],
      memory === undefined ? '' : t('{0} GB', memory),
      gpu?.name,
    ],
    ', ',
  );
}

/** `Jan-v1-4B-GGUF Q4_K_M`. */
export function theirVariantName(variant: SharedVariant): string {
  return joined([modelName(variant), variant.quantisation], ' ');
}

function machinesRow({ children, travel }: MachinesNode, { t, number }: Wording): Row {
  const label = t('On My Other Machines');
  const { leftOut, obstacle } = travel;
  const trouble =
    obstacle === 'newer'
      ? t('A newer version of Model Hub is used elsewhere. Update it here to share again.')
      : obstacle === 'noRoom'
        ? t('There is no room for what this machine would share.')
        : leftOut > 0
          ? t('The oldest {0} marks stay here: there is no room for them.', number(leftOut))
          : '';
  const about = t('What they told through Settings Sync.');
  return {
    label,
    description: trouble === '' ? number(children.length) : trouble,
    tooltip: joined([about, trouble], '\n'),
    spoken: joined([label, number(children.length), trouble], ', '),
    icon: trouble === '' ? 'vm' : 'warning',
    context: 'machines',
  };
}

function oneMachineRow({ machine, missing }: MachineNode, now: number, wording: Wording): Row {
  const { t, number, bytes } = wording;
  const { installed, week } = machine.record;
  const label = machineName(machine, wording);
  const size = bytesOf(missing ?? []);
  const state =
    installed.length === 0
      ? t('nothing installed')
      : missing === undefined
        ? variantCount(installed.length, wording)
        : missing.length === 0
          ? t('all of it is here too')
          : joined([t('{0} not here', number(missing.length)), size > 0 && bytes(size)], ', ');
  const used = useText(Math.max(0, weekOf(now) - week), wording);
  return {
    label,
    description: state,
    tooltip: joined([label, machine.name && machineClass(machine, wording), used, state], '\n'),
    spoken: joined([label, state, used], ', '),
    icon: 'vm',
    context: joined(['machine', missing !== undefined && missing.length > 0 && 'lacking'], ' '),
  };
}

function useText(weeks: number, { t, number }: Wording): string {
  if (weeks === 0) return t('used this week');
  return weeks === 1 ? t('last used a week ago') : t('last used {0} weeks ago', number(weeks));
}

function variantRow({ variant, isHere }: TheirVariantNode, { t, bytes }: Wording): Row {
  const { model, quantisation, bytes: size } = variant;
  const label = modelName(variant);
  const here = isHere === true ? t('here too') : '';
  const facts = [quantisation, size === undefined ? '' : bytes(size), here];
  return {
    label,
    description: joined(facts, ' · '),
    tooltip: joined([joined([model, quantisation], ' '), here], '\n'),
    spoken: joined([label, ...facts], ', '),
    icon: isHere === true ? 'check' : 'package',
    context: joined(['theirs', 'known', isHere === false && 'lacking'], ' '),
  };
}

function moreRow({ more }: TheirFactNode, { t, number }: Wording): Row {
  const label = t('{0} more, for which there is no room', number(more));
  return { label, description: '', tooltip: label, spoken: label, icon: 'ellipsis', context: '' };
}

function sourcesRow({ sources }: TheirFactNode, { t, number, sourceName }: Wording): Row {
  const names = sources.map(sourceName).join(', ');
  const label =
    sources.length === 1
      ? t('Follows 1 source that is not followed here')
      : t('Follows {0} sources that are not followed here', number(sources.length));
  return {
    ...{ label, description: names, tooltip: joined([label, names], '\n') },
    ...{ spoken: joined([label, names], ', '), icon: 'rss', context: 'theirSources' },
  };
}

function variantCount(count: number, { t, number }: Wording): string {
  return count === 1 ? t('1 variant') : t('{0} variants', number(count));
}

function bytesOf(variants: readonly SharedVariant[]): number {
  return variants.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
}
