import type { Machine } from '../../device/shared/machines.ts';
import type { SharedVariant } from '../../device/shared/machineRecord.ts';
import { isSameVariant, sharedVariants } from '../../device/shared/machineRecord.ts';
import type { InstalledSnapshot } from '../../runtime/installed.ts';
import type { SourceKey } from '../../sync/model.ts';

/** The user's other machines, below the models of this one. */
export type MachineTreeNode = MachinesNode | MachineNode | TheirVariantNode | TheirFactNode;

export interface MachinesNode {
  readonly type: 'machines';
  readonly key: string;
  readonly children: readonly MachineNode[];
  readonly travel: Travel;
}

export interface MachineNode {
  readonly type: 'machine';
  readonly key: string;
  readonly machine: Machine;
  readonly children: readonly (TheirVariantNode | TheirFactNode)[];
  /** What it has and this machine has not; absent until it is known what this one has. */
  readonly missing?: readonly SharedVariant[];
}

/** A variant that another machine has. */
export interface TheirVariantNode {
  readonly type: 'theirVariant';
  readonly key: string;
  readonly parent: string;
  readonly variant: SharedVariant;
  /** Absent until it is known what this machine has. */
  readonly isHere?: boolean;
}

/** Something else that it tells: variants without room, or sources that this machine does not follow. */
export interface TheirFactNode {
  readonly type: 'theirMore' | 'theirSources';
  readonly key: string;
  readonly parent: string;
  readonly more: number;
  readonly sources: readonly SourceKey[];
}

/** What of the marks and machines travels. */
export interface Travel {
  readonly leftOut: number;
  readonly obstacle: 'newer' | 'noRoom' | undefined;
}

export interface MachinesState {
  readonly others: readonly Machine[];
  /** What this machine follows. */
  readonly sources: readonly SourceKey[];
  readonly travel: Travel;
}

const ROOT = 'machines';

/** One row for all other machines; none if there are none. */
export function machineNodes(
  { others, sources, travel }: MachinesState,
  installed: InstalledSnapshot | undefined,
): MachinesNode[] {
  if (others.length === 0) return [];
  const here = installed?.complete === true ? sharedVariants(installed, () => true) : undefined;
  const children = others.map((machine) => machineNode(machine, sources, here));
  return [{ type: 'machines', key: ROOT, children, travel }];
}

function machineNode(
  machine: Machine,
  followed: readonly SourceKey[],
  here: readonly SharedVariant[] | undefined,
): MachineNode {
  const { id, record } = machine;
  const key = `machine ${id}`;
  const isHere = (variant: SharedVariant): boolean | undefined =>
    here?.some((one) => isSameVariant(one, variant));
  const variants = record.installed.map((variant): TheirVariantNode => {
    const found = isHere(variant);
    return {
      ...{ type: 'theirVariant', parent: key, variant },
      key: `${key} ${variant.model} ${variant.quantisation ?? ''}`,
      ...(found !== undefined && { isHere: found }),
    };
  });
  const sources = record.sources.filter((source) => !followed.includes(source));
  const fact = (type: TheirFactNode['type']): TheirFactNode => {
    return { type, key: `${key} ${type}`, parent: key, more: record.more ?? 0, sources };
  };
  const missing = record.installed.filter((variant) => isHere(variant) === false);
  return {
    ...{ type: 'machine', key, machine },
    ...(here !== undefined && { missing }),
    children: [
      ...variants,
      ...(record.more === undefined ? [] : [fact('theirMore')]),
      ...(sources.length === 0 ? [] : [fact('theirSources')]),
    ],
  };
}
