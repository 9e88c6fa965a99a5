import type { Wording } from '../details/wording.ts';
import type { LocalResults } from './localSearch.ts';

/**
 * What has to be known before a query can be answered.
 * @param trouble why it cannot be known what is installed, in words
 */
export function waitingText(
  waitsFor: NonNullable<LocalResults['waitsFor']>,
  trouble: string | undefined,
  { t }: Pick<Wording, 't'>,
): string {
  return waitsFor === 'memory'
    ? t('How much memory this machine has is being found out; the settings can tell it too.')
    : (trouble ?? t('Finding out what is installed on this machine…'));
}
