import type { Wording } from '../details/wording.ts';
import type { Arranged, Grouping, Order } from './arrangement.ts';
import { DEFAULT_GROUPING, DEFAULT_ORDER } from './arrangement.ts';

/** How a grouping or an order is spoken of. */
interface Texts {
  /** Where it can be chosen. */
  readonly choice: string;
  /** Where it is so. */
  readonly state: string;
}

export function groupingTexts(grouping: Grouping, { t }: Pick<Wording, 't'>): Texts {
  switch (grouping) {
    case 'source':
      return { choice: t('Group by Source'), state: t('by Source') };
    case 'author':
      return { choice: t('Group by Author'), state: t('by Author') };
    case 'family':
      return { choice: t('Group by Family'), state: t('by Family') };
    case 'none':
      return { choice: t('Group by Nothing'), state: t('by Nothing') };
  }
}

export function orderTexts(order: Order, { t }: Pick<Wording, 't'>): Texts {
  switch (order) {
    case 'newest':
      return { choice: t('Sort by Newest'), state: t('Newest') };
    case 'trending':
      return { choice: t('Sort by Trending'), state: t('Trending') };
    case 'downloads':
      return { choice: t('Sort by Downloads'), state: t('Downloads') };
    case 'name':
      return { choice: t('Sort by Name'), state: t('Name') };
    case 'size':
      return { choice: t('Sort by Size, smallest first'), state: t('Size, smallest first') };
  }
}

/**
 * What is not as usual: the filter, the grouping, the order. Empty if all is. Where the filter says
 * what is sorted by, its own words tell the order.
 */
export function arrangedText(
  { filter, grouping, order }: Arranged,
  wording: Pick<Wording, 't'>,
): string {
  return [
    filter?.text ?? '',
    grouping === DEFAULT_GROUPING ? '' : groupingTexts(grouping, wording).state,
    order === DEFAULT_ORDER || filter?.query.sort !== undefined
      ? ''
      : orderTexts(order, wording).state,
  ]
    .filter(Boolean)
    .join(' · ');
}
