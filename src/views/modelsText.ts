import type { Wording } from './details/wording.ts';

/** How many models, `300 models`. */
export function modelsText(count: number, { t, number }: Pick<Wording, 't' | 'number'>): string {
  return count === 1 ? t('1 model') : t('{0} models', number(count));
}
