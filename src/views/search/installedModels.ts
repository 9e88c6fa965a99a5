import type { ModelId } from '../../sync/model.ts';
import type { LocalMachine } from '../installed/localMachine.ts';

/**
 * The models of which something is installed; undefined until that is known.
 * @param look makes sure that it will be known
 */
export function installedModels(
  machine: Pick<LocalMachine, 'installed' | 'look' | 'problem'>,
  look: boolean,
): ReadonlySet<ModelId> | undefined {
  if (look && machine.problem === undefined) void machine.look();
  const ids = machine.installed?.entries.map(({ from }) => from?.model);
  return ids && new Set(ids.filter((id) => id !== undefined));
}
