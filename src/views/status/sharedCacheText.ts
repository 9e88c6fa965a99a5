import type { SharedCacheStatus } from '../../download/sharedCache/model.ts';
import type { Wording } from '../details/wording.ts';

/** How the team's cache does, in lines. */
export function sharedCacheLines(
  status: SharedCacheStatus | undefined,
  { t, bytes }: Wording,
): string[] {
  if (status === undefined) return [];
  const { host, received, offered, dropped, refusesFiles } = status;
  return [
    t('Shared cache {0}: {1} received, {2} given', host, bytes(received), bytes(offered)),
    ...(dropped === undefined
      ? []
      : [t('{0} It is not used any more in this session.', dropped.message)]),
    ...(refusesFiles === undefined
      ? []
      : [t('{0} Nothing more is offered to it in this session.', refusesFiles)]),
  ];
}
