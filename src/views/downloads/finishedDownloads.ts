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
  #finished: DownloadStatus[] = [];

  constructor(options: FinishedDownloadsOptions) {
    this.#options = options;
  }

  /** One has ended well in this window. */
  add(download: DownloadStatus): void {
    this.#finished.push(download);
  }

  /** The downloads are by now these. */
  async follow(downloads: readonly DownloadStatus[]): Promise<void> {
    if (this.#finished.length === 0 || downloads.some(isGoingOn)) return;
    const finished = this.#finished;
    this.#finished = [];
    const { notifier, signals, wording, show } = this.#options;
    if (signals.focused) return;
    const showIt = wording.t('Show');
    if ((await notifier.info(endText(finished, wording), showIt)) === showIt) await show();
  }
}

/** What has ended; only what was verified is said to be. */
function endText(finished: readonly DownloadStatus[], { t }: Pick<Wording, 't'>): string {
  const isVerified = finished.every(({ unverified }) => unverified !== true);
  const [only, ...others] = finished;
  if (only !== undefined && others.length === 0) {
    const name = downloadName(only);
    return isVerified
      ? t('{0} is downloaded and verified.', name)
      : t('{0} is downloaded by Cortex.', name);
  }
  return isVerified
    ? t('{0} models are downloaded and verified.', finished.length)
    : t('{0} models are downloaded.', finished.length);
}

function isGoingOn({ state, waitsFor, isOfOthers }: DownloadStatus): boolean {
  if (isOfOthers === true) return false;
  return state === 'running' || (state === 'waiting' && waitsFor === 'turn');
}
