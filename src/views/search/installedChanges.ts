import type { Disposable } from '../../sync/clock.ts';
import type { LocalMachine } from '../installed/localMachine.ts';
import { installedModels } from './installedModels.ts';

/** Tells when other models are installed, or when it is another problem that keeps that unknown. */
export function onInstalledChange(
  machine: Pick<LocalMachine, 'installed' | 'look' | 'problem' | 'onDidChange'>,
  listener: () => void,
): Disposable {
  const now = (): string => {
    const models = installedModels(machine, false);
    return JSON.stringify([machine.problem, models && [...models].sort()]);
  };
  let told = now();
  // Downloads tell of themselves several times a second.
  return machine.onDidChange(() => {
    const current = now();
    if (current === told) return;
    told = current;
    listener();
  });
}
