import type { SharedState } from '../device/shared/sharedState.ts';
import { Marks } from './marks.ts';

/** The models that the user has marked, the newest mark first. */
export class Favourites extends Marks {
  constructor(state: SharedState) {
    super('favourites', state);
  }
}
