import assert from 'node:assert/strict';
import type { DownloadStatus } from '../../../src/download/model.ts';

/** Words by which a message tells its reader what to do, or that there is nothing to do. */
const NEXT_STEP =
  /\b(?:check|set|free|refresh|resume|choose|connect|make|log in|download it again|tried again|try again)\b/i;

/** Fails if a download has failed and does not say what to do. */
export function assertHelpful({ failure }: DownloadStatus, when: string): void {
  if (failure !== undefined) assert.match(failure.message, NEXT_STEP, when);
}
