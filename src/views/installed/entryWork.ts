import { RuntimeError } from '../../runtime/errors.ts';
import type { InstalledEntry } from '../../runtime/installed.ts';
import type { Wording } from '../details/wording.ts';

/** What is done with an entry at the user's wish, for as long as it takes. */
export type Doing =
  'verifying' | 'starting' | 'stopping' | 'deleting' | 'handingOver' | 'estimating' | 'rollingBack';

/** Work on entries that takes a while: shown on their rows, one at a time each, and cancellable. */
export class EntryWork {
  readonly #onDidChange: () => void;
  readonly #wording: Pick<Wording, 't'>;
  readonly #running = new Map<string, { readonly doing: Doing; readonly abort: AbortController }>();

  constructor(onDidChange: () => void, wording: Pick<Wording, 't'>) {
    this.#onDidChange = onDidChange;
    this.#wording = wording;
  }

  /** What is done, by the key of the entry. */
  get doing(): ReadonlyMap<string, Doing> {
    return new Map([...this.#running].map(([key, { doing }]) => [key, doing]));
  }

  /**
   * Does something with an entry.
   * @returns undefined if it was cancelled
   * @throws RuntimeError `refused` while something else is done with it; whatever the work throws
   */
  async run<T>(
    { key, name }: Pick<InstalledEntry, 'key' | 'name'>,
    doing: Doing,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    const other = this.#running.get(key)?.doing;
    if (other !== undefined)
      throw new RuntimeError('refused', busyText(other, name, this.#wording));
    const abort = new AbortController();
    this.#running.set(key, { doing, abort });
    this.#onDidChange();
    try {
      return await work(abort.signal);
    } catch (error) {
      if (abort.signal.aborted) return undefined;
      throw error;
    } finally {
      this.#running.delete(key);
      this.#onDidChange();
    }
  }

  /** Gives up what is done with an entry. */
  cancel(key: string): void {
    this.#running.get(key)?.abort.abort();
  }

  dispose(): void {
    for (const { abort } of this.#running.values()) abort.abort();
  }
}

function busyText(doing: Doing, name: string, { t }: Pick<Wording, 't'>): string {
  switch (doing) {
    case 'verifying':
      return t('{0} is being verified. Try again when that is done.', name);
    case 'starting':
      return t('{0} is being started. Try again when that is done.', name);
    case 'stopping':
      return t('{0} is being stopped. Try again when that is done.', name);
    case 'deleting':
      return t('{0} is being deleted. Try again when that is done.', name);
    case 'handingOver':
      return t('{0} is being handed over. Try again when that is done.', name);
    case 'estimating':
      return t(
        'What the update of {0} costs is being found out. Try again when that is done.',
        name,
      );
    case 'rollingBack':
      return t('The revisions of {0} are changing places. Try again when that is done.', name);
  }
}
