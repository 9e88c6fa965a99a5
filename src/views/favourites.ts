import type { WindowSignals } from '../sync/strategy/windowSignals.ts';
import type { Memory } from './markedIds.ts';
import { MarkedIds } from './markedIds.ts';

export type { Memory } from './markedIds.ts';

/** The models that the user has marked, the newest mark first. */
export class Favourites extends MarkedIds {
  /** @param signals see MarkedIds */
  constructor(memory: Memory, signals?: Pick<WindowSignals, 'onDidChange'>) {
    super('modelHub.favourites', memory, signals);
  }
}
