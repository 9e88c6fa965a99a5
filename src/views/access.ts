import type { Model } from '../sync/model.ts';

/** Whether only those get it who accepted its terms, or whom its author let in. */
export function isGated({ gated }: Pick<Model, 'gated'>): boolean {
  return gated === 'auto' || gated === 'manual';
}

/** Whether it takes the token of somebody who was let in to download it. */
export function isGuarded(model: Pick<Model, 'gated' | 'private'>): boolean {
  return model.private === true || isGated(model);
}
