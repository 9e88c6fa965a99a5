import type { TreeNode } from '../tree/nodes.ts';
import type { ActivityRecorder } from './activityRecorder.ts';

/** Notes that a row was expanded, if that says something of its user's taste. */
export function noteExpanded(
  node: TreeNode,
  activity: Pick<ActivityRecorder, 'expanded' | 'did'>,
): void {
  if (node.type === 'model') activity.did('expanded', node.model.id);
  if (node.type !== 'group' || node.name === '') return;
  if (node.kind === 'author') activity.expanded({ author: node.name });
  if (node.kind === 'family') activity.expanded({ family: node.name });
}
