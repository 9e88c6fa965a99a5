import type { MemoryBudget } from '../../../device/hardware.ts';
import type { MemoryNeed } from '../../../device/memory.ts';
import type { RunView } from '../messages.ts';
import { element, svg } from '../../webview/page/dom.ts';

/** One bar: pieces of some bytes, each in a colour of its own. */
interface Bar {
  readonly name: string;
  readonly text: string;
  readonly pieces: readonly { readonly kind: string; readonly bytes: number }[];
}

/**
 * What a variant needs beside what this machine has, as bars of one scale. Everything they show
 * stands in words elsewhere, so that to screen readers they are one picture.
 * @param say bytes in words
 */
export function memoryChart(
  need: MemoryNeed,
  budget: MemoryBudget | undefined,
  words: RunView['words'],
  say: (bytes: number) => string,
): HTMLElement {
  const piece = (kind: 'weights' | 'context' | 'overhead'): Bar['pieces'][number] => {
    const size = need[kind];
    return { kind, bytes: size.sureness === 'unknown' ? 0 : size.bytes };
  };
  const pieces = [piece('weights'), piece('context'), piece('overhead')];
  const total = pieces.reduce((sum, { bytes }) => sum + bytes, 0);
  const has = (name: string, bytes: number): Bar[] => [
    { name, text: words.usable.replace('{0}', say(bytes)), pieces: [{ kind: 'budget', bytes }] },
  ];
  const bars: Bar[] = [
    { name: words.needed, text: total === 0 ? words.unknown : `≈ ${say(total)}`, pieces },
    ...(budget === undefined || budget.gpu === 0 ? [] : has(words.graphics, budget.gpu)),
    ...(budget === undefined ? [] : has(words.main, budget.main)),
  ];
  const scale = Math.max(1, total, budget?.gpu ?? 0, budget?.main ?? 0);
  return element('div', { class: 'chart', role: 'img' }, ...bars.map((bar) => row(bar, scale)));
}

function row({ name, text, pieces }: Bar, scale: number): HTMLElement {
  let at = 0;
  const rectangles = pieces.map(({ kind, bytes }) => {
    const x = at;
    at += bytes;
    return svg('rect', {
      class: `piece ${kind}`,
      x: share(x, scale),
      width: share(bytes, scale),
      height: '100%',
    });
  });
  return element(
    'div',
    { class: 'bar' },
    element('span', { class: 'quiet' }, name),
    svg('svg', { width: '100%', height: '16' }, ...rectangles),
    element('span', { class: 'size' }, text),
  );
}

function share(bytes: number, scale: number): string {
  return `${((bytes / scale) * 100).toFixed(2)}%`;
}
