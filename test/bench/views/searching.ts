import type { WorkbenchPage } from '../../../scripts/vscode/workbenchPage.ts';
import type { Moment } from './painted.ts';
import { takeMoments } from './painted.ts';

/** What the list of a quick pick shows. */
export const RESULTS = '.quick-input-list .monaco-list-rows';
/** Between two keys: somebody who types slowly, so that each key is answered by itself. */
const KEY_PAUSE_MS = 300;
/** After the last key: also what the Hub answers is there by then. */
const LAST_PAUSE_MS = 2_000;

/** As somebody looks for them; each key changes what is found. */
const QUERIES = [
  ...['qwen3 coder', 'llama 3b license:mit', 'unsloth deepseek', 'gemma @vision', 'mistral 7b'],
  ...['bartowski llama', 'phi size:<8gb', 'coder sort:downloads', 'mradermacher 70b', 'glm @tools'],
];

export interface SearchTimes {
  /** From each key to the first other results on the screen, in ms. */
  readonly keys: readonly number[];
  /** From the last key of each query to its last results on the screen, in ms. */
  readonly finals: readonly number[];
}

/**
 * Types queries into a list that answers, key by key.
 * @param command that opens the list
 */
export async function measureSearching(
  window: WorkbenchPage,
  command: string,
): Promise<SearchTimes> {
  const keys: number[] = [];
  const finals: number[] = [];
  for (const query of QUERIES) {
    await window.runCommand(command);
    await window.quickInput.locator(RESULTS).waitFor();
    await window.page.waitForTimeout(LAST_PAUSE_MS);
    await takeMoments(window.page);
    for (const key of query) {
      await window.page.keyboard.press(key === ' ' ? 'Space' : key);
      await window.page.waitForTimeout(KEY_PAUSE_MS);
    }
    await window.page.waitForTimeout(LAST_PAUSE_MS);
    const moments = await takeMoments(window.page);
    keys.push(...timesOfKeys(moments));
    finals.push(...timeOfLast(moments));
    await window.page.keyboard.press('Escape');
  }
  return { keys, finals };
}

/** A key that changes nothing on the screen has no time. */
function timesOfKeys(moments: readonly Moment[]): number[] {
  const pressed = moments.flatMap((moment, index) => (moment.did === 'key' ? [index] : []));
  return pressed.flatMap((index) => {
    const next = moments[index + 1];
    const at = moments[index]?.at ?? Number.NaN;
    return next?.shows === undefined ? [] : [next.at - at];
  });
}

function timeOfLast(moments: readonly Moment[]): number[] {
  const key = moments.findLast(({ did }) => did === 'key');
  const shown = moments.at(-1);
  return key === undefined || shown?.shows === undefined ? [] : [shown.at - key.at];
}
