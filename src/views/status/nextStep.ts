import type { SyncErrorKind } from '../../sync/errors.ts';
import type { StorageProblem } from '../../sync/storageProblem.ts';
import type { Wording } from '../details/wording.ts';

/** What can be done about a source that fails. */
export interface NextStep {
  /** In two or three words. */
  readonly text: string;
  /** The command that does it, or leads there. */
  readonly command: StepCommand;
  /** What that command is called. */
  readonly title: string;
}

export type StepCommand =
  | 'modelHub.setToken'
  | 'modelHub.openSettings'
  | 'modelHub.showLog'
  | 'modelHub.refresh'
  | 'workbench.action.reloadWindow'
  | 'workbench.extensions.action.checkForUpdates';

/** @param kind of the failure; what newer versions have written down counts as something unknown */
export function nextStep(kind: string, { t }: Wording): NextStep {
  switch (kind as SyncErrorKind) {
    case 'unauthorised':
    case 'forbidden':
      return step(t('set a token'), 'modelHub.setToken', t('Set Token…'));
    case 'notFound':
      return step(t('check its name'), 'modelHub.openSettings', t('Open Settings'));
    case 'offline':
    case 'timeout':
      return step(t('not reachable'), 'modelHub.refresh', t('Refresh Models'));
    case 'rateLimited':
      return step(t('asks to wait'), 'modelHub.refresh', t('Refresh Models'));
    case 'storage':
      return step(t('check the disk'), 'modelHub.showLog', t('Show Log'));
    case 'outdated':
      return step(t('reload the window'), 'workbench.action.reloadWindow', t('Reload Window'));
    case 'badAnswer':
      return step(t('check its address'), 'modelHub.openSettings', t('Open Settings'));
    case 'server':
    case 'conflict':
    case 'cancelled':
    default:
      return step(t('tried again later'), 'modelHub.refresh', t('Refresh Models'));
  }
}

/** What can be done about a place where something is kept. */
export function remedy(
  { cause }: StorageProblem,
  wording: Wording,
): Pick<NextStep, 'command' | 'title'> {
  if (cause === 'disk') return nextStep('storage', wording);
  const title = wording.t('Check for Extension Updates');
  return { command: 'workbench.extensions.action.checkForUpdates', title };
}

function step(text: string, command: StepCommand, title: string): NextStep {
  return { text, command, title };
}
