import type { Wording } from '../details/wording.ts';
import type { Arranged, Grouping, Order } from './arrangement.ts';
import { DEFAULT_GROUPING, DEFAULT_ORDER } from './arrangement.ts';

export function groupingText(grouping: Grouping, { t }: Pick<Wording, 't'>): string {
  switch (grouping) {
    case 'source':
      return t('Source');
    case 'author':
      return t('Author');
    case 'family':
      return t('Family');
    case 'none':
      return t('Nothing');
  }
}

export function orderText(order: Order, { t }: Pick<Wording, 't'>): string {
  switch (order) {
    case 'newest':
      return t('Newest');
    case 'trending':
      return t('Trending');
    case 'downloads':
      return t('Downloads');
    case 'name':
      return t('Name');
    case 'size':
      return t('Size, smallest first');
  }
}

/** What is not as usual: the filter, the grouping, the order. Empty if all is. */
export function arrangedText(
  { filter, grouping, order }: Arranged,
  wording: Pick<Wording, 't'>,
): string {
  const { t } = wording;
  return [
    filter?.text ?? '',
    grouping === DEFAULT_GROUPING ? '' : t('by {0}', groupingText(grouping, wording)),
    order === DEFAULT_ORDER ? '' : orderText(order, wording),
  ]
    .filter(Boolean)
    .join(' · ');
}
