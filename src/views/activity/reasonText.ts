import type { AheadReason } from '../../sync/activity.ts';
import type { Wording } from '../details/wording.ts';

/** Why a model was fetched ahead, in words. */
export function reasonText(reason: AheadReason, { t, number }: Wording): string {
  switch (reason.kind) {
    case 'favourite':
      return t('because it is a favourite');
    case 'again':
      return reason.count > 1
        ? t('because you opened it {0} times, and it has changed', number(reason.count))
        : t('because you opened it, and it has changed');
    case 'family':
    case 'author':
      return reason.count > 1
        ? t('because you opened {0} models of {1} this week', number(reason.count), reason.name)
        : t('because you look at models of {0}', reason.name);
    case 'new':
      return t('because you look at what is new');
    case 'visible':
      return t('because it is in the list you look at');
    case 'searched':
      return t('because a search of yours found it');
    case 'popular':
      return t('because many people download it');
    case 'fits':
      return t('because you look at what runs on this machine');
    case 'like':
      return t('because it is like models you opened');
  }
}
