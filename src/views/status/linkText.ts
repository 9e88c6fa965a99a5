import type { LinkState } from '../../sync/http/linkQuality.ts';
import type { Wording } from '../details/wording.ts';

/** The state of the link in words; undefined if there is nothing to say. */
export function linkText(state: LinkState | undefined, { t }: Wording): string | undefined {
  switch (state) {
    case undefined:
      return undefined;
    case 'offline':
      return t('Network: nobody answers');
    case 'constrained':
      return t('Network: slow, so the background asks for little');
    case 'normal':
      return t('Network: normal');
    case 'fast':
      return t('Network: fast');
  }
}
