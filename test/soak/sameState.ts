import { bySource, difference } from '../faults/support/truth.ts';
import type { ContentBySource } from '../faults/support/truth.ts';
import type { SourceKey } from '../../src/sync/model.ts';
import type { SoakWindow } from './soakWindow.ts';

/**
 * What is not the same everywhere, in words: each window holds what the hub publishes, finds the
 * same, and lists the same downloads; and the file of the catalogue is sound.
 */
export function differences(
  windows: readonly SoakWindow[],
  truth: ContentBySource,
  sources: readonly SourceKey[],
): string[] {
  const problems: string[] = [];
  const [first] = windows;
  for (const [n, window] of windows.entries()) {
    const held = bySource(window.reader.dump());
    for (const source of sources) {
      const how = difference(held.get(source), truth.get(source));
      if (how !== '') problems.push(`window ${n + 1}, ${source}: ${how}`);
    }
    if (shown(window) !== (first && shown(first))) problems.push(`window ${n + 1} shows others`);
  }
  return problems;
}

/** What a user of a window sees: the list, what is found, and the downloads. */
function shown(window: SoakWindow): string {
  const found = ['', 'llama', 'instruct'].map((text) =>
    window
      .search(text, 'name')
      .map(({ id, downloads, variants = [] }) => [id, downloads, variants]),
  );
  const list = window.downloads.service.list().map(({ id, state, bytes }) => [id, state, bytes]);
  return JSON.stringify([found, list]);
}
