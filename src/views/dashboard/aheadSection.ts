import type { AheadTotals, FetchedAhead } from '../../sync/activity.ts';
import { reasonText } from '../activity/reasonText.ts';
import type { Wording } from '../details/wording.ts';
import type { AheadView } from './dashboardMessages.ts';
import type { DashboardSubject } from './dashboardSubject.ts';

/** What was fetched before it was asked for: how much, what came of it, and why. */
export function aheadSection(
  { activity, fetchesAhead, now }: Pick<DashboardSubject, 'activity' | 'fetchesAhead' | 'now'>,
  wording: Wording,
): AheadView {
  const { t, number } = wording;
  const lines = [
    ...(fetchesAhead ? [] : [t('Nothing is noted or fetched ahead: the settings say so.')]),
    ...(activity === undefined
      ? []
      : [
          totalsText(activity.totals, wording),
          t('Notes of what you did on this machine: {0}.', number(activity.events)),
        ]),
  ];
  return {
    title: t('Fetched ahead'),
    lines,
    caption: t('Details that were fetched while you were away, the newest first.'),
    columns: [t('Model'), t('Why'), t('When'), t('Received'), t('Opened')],
    rows: (activity?.newest ?? []).map((one) => rowOf(one, now, wording)),
  };
}

function totalsText(totals: AheadTotals, { t, bytes, number }: Wording): string {
  const { models, usedModels } = totals;
  if (models === 0) return t('Nothing was fetched ahead in the last 30 days.');
  return t(
    'In the last 30 days the details of {0} models were fetched ahead ({1}), and you opened {2} of them.',
    number(models),
    bytes(totals.bytes),
    number(usedModels),
  );
}

function rowOf(
  { id, reason, at, bytes, used }: FetchedAhead,
  now: number,
  wording: Wording,
): string[] {
  return [
    id,
    reasonText(reason, wording),
    wording.age(at, now),
    wording.bytes(bytes),
    used === undefined ? wording.t('not yet') : wording.age(used, now),
  ];
}
