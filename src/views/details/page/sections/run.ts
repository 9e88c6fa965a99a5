import type { Fit } from '../../../../device/fit.ts';
import { fitOf } from '../../../../device/fit.ts';
import type { MemoryNeed } from '../../../../device/memory.ts';
import { memoryNeed } from '../../../../device/memory.ts';
import type { Size } from '../../../../sync/model.ts';
import { bytesText } from '../../../bytesText.ts';
import type { DetailsView, RunCommand, RunView } from '../../messages.ts';
import { element, keyed, section } from '../../../webview/page/dom.ts';
import { tell } from '../host.ts';
import { memoryChart } from '../memoryChart.ts';
import type { ReaderChoice } from '../readerChoice.ts';
import { button } from '../../../webview/page/toolkit.ts';

type RunVariant = RunView['variants'][number];

/** What it takes to run a variant here with a context that the reader picks, and how to. */
export function run(
  { run }: Pick<DetailsView, 'run'>,
  choice: ReaderChoice,
): HTMLElement | undefined {
  if (run === undefined) return undefined;
  const { words, machine, contexts } = run;
  // Stays the same element: what is new in it is said.
  const verdict = element('p', { role: 'status' });
  const sums = element('div', { id: 'sums' });
  const commands = element('div', { id: 'commands' });
  const picker = variantPicker(run);
  const slider = element('input', {
    ...{ type: 'range', id: 'context', 'data-key': 'context' },
    ...{ min: '0', max: String(contexts.length - 1), step: '1' },
  });
  const tokens = element('output', { for: slider.id });

  const paintSums = (): void => {
    const { variant, context } = chosen(run, choice);
    slider.value = String(contexts.indexOf(context));
    const said = words.tokens.replace('{0}', count(context));
    tokens.textContent = said;
    slider.setAttribute('aria-valuetext', said);
    if (variant === undefined) return;
    const { need, fit } = reckon(variant, context, run);
    verdict.className = `verdict ${fit}`;
    verdict.textContent = run.fits[fit];
    const chart = memoryChart(need, run.budget, words, say);
    chart.setAttribute('aria-label', picture(variant, need, context, run));
    sums.replaceChildren(chart, sumsTable(need, words));
  };
  const paintAll = (): void => {
    const { variant } = chosen(run, choice);
    picker.value = variant?.key ?? '';
    paintSums();
    commands.replaceChildren(...commandsOf(variant, words));
  };
  slider.addEventListener('input', () => {
    const context = contexts[Number(slider.value)];
    if (context !== undefined) choice.pick({ context });
    paintSums();
  });
  picker.addEventListener('change', () => {
    choice.pick({ variant: picker.value });
    paintAll();
  });
  paintAll();
  return section(
    'run',
    words.title,
    element('p', { class: 'quiet' }, machine),
    element(
      'div',
      { class: 'pickers' },
      element('label', {}, element('span', {}, words.variant), picker),
      element('label', {}, element('span', {}, words.context), slider, tokens),
    ),
    verdict,
    sums,
    commands,
  );
}

function variantPicker({ variants }: RunView): HTMLSelectElement {
  const options = variants.map(({ key, label }) => element('option', { value: key }, label));
  return element('select', { id: 'run-variant', 'data-key': 'run-variant' }, ...options);
}

/** What the reader picked, where that is still there. */
function chosen(
  { variants, chosen, contexts, context }: RunView,
  { value }: ReaderChoice,
): { readonly variant: RunVariant | undefined; readonly context: number } {
  const keyed = (key: string | undefined): RunVariant | undefined =>
    variants.find((variant) => variant.key === key);
  const picked = contexts.find((tokens) => tokens === value.context);
  return { variant: keyed(value.variant) ?? keyed(chosen), context: picked ?? context };
}

function reckon(
  { weights }: RunVariant,
  context: number,
  { parameters, budget }: RunView,
): { readonly need: MemoryNeed; readonly fit: Fit } {
  const need = memoryNeed(weights, { parameters }, context);
  return { need, fit: fitOf(need.total, budget) };
}

/** All that the bars show, in a sentence. */
function picture(
  { label }: RunVariant,
  { total }: MemoryNeed,
  context: number,
  { words, fits, budget }: RunView,
): string {
  const parts = [label, sizeText(total, words), count(context), fits[fitOf(total, budget)]];
  return words.picture.replace(/\{(\d)\}/g, (_, at: string) => parts[Number(at)] ?? '');
}

function sumsTable(need: MemoryNeed, words: RunView['words']): HTMLElement {
  const rows = (
    [
      ['weights', words.weights],
      ['context', words.contextMemory],
      ['overhead', words.overhead],
      ['total', words.needed],
    ] as const
  ).map(([kind, name]) =>
    element(
      'tr',
      { class: kind },
      element('th', { scope: 'row' }, element('span', { class: `swatch ${kind}` }), name),
      element('td', { class: 'size' }, sizeText(need[kind], words)),
    ),
  );
  return element(
    'table',
    { class: 'sums' },
    element('caption', {}, words.sums),
    element('tbody', {}, ...rows),
  );
}

/** How to run the variant: lines to be copied, and programs that open by themselves. */
function commandsOf(variant: RunVariant | undefined, words: RunView['words']): HTMLElement[] {
  if (variant === undefined || variant.commands.length === 0) return [];
  const { key, commands } = variant;
  return [
    element('h3', {}, words.commands),
    element('ul', {}, ...commands.map((command) => commandLine(key, command, words))),
    element(
      'div',
      { class: 'actions' },
      keyed(
        'openInJan',
        button(words.openInJan, () => tell({ type: 'openInJan' })),
      ),
      keyed(
        'openInLmStudio',
        button(words.openInLmStudio, () => tell({ type: 'openInLmStudio', variant: key })),
      ),
    ),
  ];
}

function commandLine(variant: string, command: RunCommand, words: RunView['words']): HTMLElement {
  const { key, name, text } = command;
  const copy = keyed(
    `copy ${key}`,
    button(words.copy, () => tell({ type: 'copyCommand', variant, command: key })),
  );
  copy.setAttribute('aria-label', words.copyOf.replace('{0}', name));
  return element(
    'li',
    {},
    element('span', { class: 'quiet' }, name),
    // Scrolls by itself, so the keyboard must reach it.
    element('pre', { tabindex: '0', 'data-key': `text ${key}` }, element('code', {}, text)),
    copy,
  );
}

function sizeText(size: Size, words: RunView['words']): string {
  if (size.sureness === 'unknown') return words.unknown;
  return size.sureness === 'exact' ? say(size.bytes) : `≈ ${say(size.bytes)}`;
}

function say(bytes: number): string {
  return bytesText(bytes, document.documentElement.lang);
}

function count(tokens: number): string {
  return tokens.toLocaleString(document.documentElement.lang);
}
