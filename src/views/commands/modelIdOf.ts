import type { ModelId } from '../../sync/model.ts';
import { isInstalledNode } from '../installed/installedNodes.ts';
import { isTreeNode } from '../tree/nodes.ts';

/** The model that a command is about: it comes from rows, from links, and from other extensions. */
export function modelIdOf(argument: unknown): ModelId | undefined {
  if (isInstalledNode(argument)) {
    switch (argument.type) {
      case 'download':
        return argument.download.model;
      case 'group':
        return argument.model;
      case 'entry':
        return argument.entry.from?.model;
      case 'theirVariant':
        return argument.variant.model;
      case 'runtime':
      case 'machines':
      case 'machine':
      case 'theirMore':
      case 'theirSources':
        return undefined;
    }
  }
  if (isTreeNode(argument)) {
    if (argument.type === 'model') return argument.model.id;
    if (argument.type === 'variant') return argument.parent.model.id;
    return undefined;
  }
  return typeof argument === 'string' ? argument : undefined;
}
