import type { DownloadStatus } from '../../download/model.ts';
import type { WindowSignals } from '../../sync/strategy/windowSignals.ts';
import type { Wording } from '../details/wording.ts';
import type { Notifier } from '../notifier.ts';
import { downloadName } from './downloadText.ts';

export interface FinishedDownloadsOptions {
  readonly notifier: Pick<Notifier, 'info'>;
  readonly signals: Pick<WindowSignals, 'focused'>;
  readonly wording: Pick<Wording, 't'>;
  /** Shows what is installed. */
  readonly show: () => unknown;
}

/** Tells once, when all is done, what was downloaded while the user was elsewhere. */
export class FinishedDownloads {
  readonly #options: FinishedDownloadsOptions;
  #names: string[] = [];

  constructor(options: FinishedDownloadsOptions) {
    this.#options = options;
  }

  /** One has ended well in this window. */
  add(download: DownloadStatus): void {
    this.#names.push(downloadName(download));
  }

  /** The downloads are by now these. */
  async follow(downloads: readonly DownloadStatus[]): Promise<void> {
    if (this.#names.length === 0 || downloads.some(isGoingOn)) return;
    const names = this.#names;
    this.#names = [];
    const { notifier, signals, wording, show } = this.#options;
    if (signals.focused) return;
    const { t } = wording;
    const text =
      names.length === 1
        ? t('{0} is downloaded and verified.', names[0] ?? '')
        : t('{0} models are downloaded and verified.', names.length);
    const showIt = t('Show');
    if ((await notifier.info(text, showIt)) === showIt) await show();
  }
}

function isGoingOn({ state, waitsFor }: DownloadStatus): boolean {
  return state === 'running' || (state === 'waiting' && waitsFor === 'turn');
}
