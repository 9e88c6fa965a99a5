import { element } from '../../../webview/page/dom.ts';
import { cutLong } from './cut.ts';
import { cutFrontMatter } from './frontMatter.ts';
import { Headings } from './headings.ts';
import { toHtml } from './markdown.ts';
import type { ReadmeContext } from './references.ts';
import { settleImage, settleLink } from './references.ts';
import { sanitise } from './sanitise.ts';

/** Rows of a table that are shown: more take longer to lay out than anybody waits. */
const ROWS = 1_000;

export interface ReadmeDom {
  readonly content: HTMLElement;
  /** Something of it is not shown, because it is too long. */
  readonly isCut: boolean;
}

/** A README as safe elements: the sanitiser decides what is left of it, the rest is arrangement. */
export function readmeDom(markdown: string, context: ReadmeContext): ReadmeDom {
  const { text, isCut } = cutLong(cutFrontMatter(markdown));
  const content = sanitise(toHtml(text));
  settleHeadings(content);
  for (const link of content.querySelectorAll('a')) settleLink(link, context);
  for (const image of content.querySelectorAll('img')) settleImage(image, context);
  for (const aligned of content.querySelectorAll('[align]')) settleAlignment(aligned);
  [...content.querySelectorAll('details')].forEach((fold, at) => {
    fold.dataset['key'] = `readme ${at}`;
  });
  const tooMany = [...content.querySelectorAll('table')].filter(shorten);
  for (const wide of content.querySelectorAll('table, pre')) {
    if (wide.parentElement?.closest('table') === null) scroll(wide);
  }
  return { content, isCut: isCut || tooMany.length > 0 };
}

function settleHeadings(content: HTMLElement): void {
  const headings = new Headings();
  for (const heading of content.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
    const level = headings.level(Number(heading.tagName.slice(1)));
    const id = headings.id(heading.textContent);
    // Made in the same document: in that of the page, images would be fetched as they are.
    const made = heading.ownerDocument.createElement(`h${level}`);
    made.id = id;
    made.append(...heading.childNodes);
    if (heading.getAttribute('align')?.toLowerCase() === 'center') made.className = 'align-center';
    heading.replaceWith(made);
  }
}

function settleAlignment(aligned: Element): void {
  const align = aligned.getAttribute('align')?.toLowerCase();
  aligned.removeAttribute('align');
  if (align === 'center' || align === 'right') aligned.classList.add(`align-${align}`);
}

/** @returns whether it had too many rows */
function shorten(table: HTMLTableElement): boolean {
  const tooMany = [...table.rows].slice(ROWS);
  for (const row of tooMany) row.remove();
  return tooMany.length > 0;
}

/** Lets a wide table scroll by itself instead of the whole page, also by keyboard. */
function scroll(wide: Element): void {
  const scroller = element('div', { class: 'scroller', tabindex: '0' });
  wide.replaceWith(scroller);
  scroller.append(wide);
}
