import { fitOf } from '../../device/fit.ts';
import type { MemoryBudget } from '../../device/hardware.ts';
import { memoryNeed } from '../../device/memory.ts';
import { usualContext } from '../../device/recommend.ts';
import type { InstalledEntry } from '../../runtime/installed.ts';
import { isLoopback } from '../../sync/http/network.ts';
import type { Model } from '../../sync/model.ts';
import type { Wording } from '../details/wording.ts';

/** Why something is better not started, for people. */
export interface StartObstacle {
  readonly message: string;
  readonly detail: string;
}

/**
 * What speaks against starting an entry: it needs more memory than this machine has. Undefined if
 * nothing does, or nobody knows.
 */
export function startObstacle(
  { name, size, runtime }: Pick<InstalledEntry, 'name' | 'size' | 'runtime'>,
  model: Model | undefined,
  budget: MemoryBudget | undefined,
  { t, size: sizeText, bytes }: Pick<Wording, 't' | 'size' | 'bytes'>,
): StartObstacle | undefined {
  // Of another machine nothing is known.
  const isHere = runtime.api === undefined || isLoopback(new URL(runtime.api).hostname);
  if (!isHere || size === undefined || budget === undefined) return undefined;
  const shape = model ?? {};
  const weights = { sureness: 'exact', bytes: size } as const;
  const { total } = memoryNeed(weights, shape, usualContext(shape));
  if (fitOf(total, budget) !== 'tooBig') return undefined;
  return {
    message: t('{0} does not fit this machine.', name),
    detail: t(
      'It needs {0} of memory, and models can take {1} here.',
      sizeText(total),
      bytes(Math.max(budget.most, budget.gpu)),
    ),
  };
}
