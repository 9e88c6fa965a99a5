import type { Disposable } from '../clock.ts';

/** What the editor window tells of its user. */
export interface WindowSignals {
  /** The window has the focus. */
  readonly focused: boolean;
  /** The user typed, clicked or touched within about the last minute. */
  readonly active: boolean;
  onDidChange(listener: () => void): Disposable;
}
