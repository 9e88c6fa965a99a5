import type { Size } from '../sync/model.ts';
import type { MemoryBudget } from './hardware.ts';

/**
 * How a model gets on with a machine:
 * - `gpu`: all of it on the graphics, at full speed
 * - `memory`: it runs, partly or wholly on the processor, more slowly
 * - `tight`: only if little else runs
 * - `tooBig`: it does not run here
 * - `unknown`: nobody knows its size, or this machine's
 */
export type Fit = 'gpu' | 'memory' | 'tight' | 'tooBig' | 'unknown';

/** How well a need goes into a budget. */
export function fitOf(need: Size, budget: MemoryBudget | undefined): Fit {
  if (need.sureness === 'unknown' || budget === undefined) return 'unknown';
  const { gpu, main, most } = budget;
  if (need.bytes <= gpu) return 'gpu';
  if (need.bytes <= main) return 'memory';
  return need.bytes <= most ? 'tight' : 'tooBig';
}

/** Whether it runs without putting anything else aside. */
export function isComfortable(fit: Fit): boolean {
  return fit === 'gpu' || fit === 'memory';
}
