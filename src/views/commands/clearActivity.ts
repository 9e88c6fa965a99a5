import * as vscode from 'vscode';
import { SyncError } from '../../sync/errors.ts';
import type { EngineClient } from '../../sync/worker/engineClient.ts';
import type { ActivityRecorder } from '../activity/activityRecorder.ts';
import type { Notifier } from '../notifier.ts';

export interface ClearActivityServices {
  readonly engine: Pick<EngineClient, 'clearActivity'>;
  readonly activity: Pick<ActivityRecorder, 'forget'>;
  readonly notifier: Notifier;
}

/** Forgets what the user did on this machine. */
export async function clearActivity(services: ClearActivityServices): Promise<void> {
  const { engine, activity, notifier } = services;
  try {
    activity.forget();
    await engine.clearActivity();
    await notifier.info(
      vscode.l10n.t('It is forgotten what you did with models, and what was fetched ahead for it.'),
    );
  } catch (error) {
    await notifier.warn(
      vscode.l10n.t('Your activity could not be cleared. {0}', SyncError.from(error).message),
    );
  }
}
