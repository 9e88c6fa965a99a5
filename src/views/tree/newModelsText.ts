import { MOST_NEW } from '../../sync/cache/catalogueReader.ts';
import type { Wording } from '../details/wording.ts';

/** How many models are new, in words: see CatalogueReader.countNew. */
export function newModelsText(count: number, { t, number }: Pick<Wording, 't' | 'number'>): string {
  if (count === 1) return t('1 new model');
  return count < MOST_NEW
    ? t('{0} new models', number(count))
    : t('{0} or more new models', number(count));
}
