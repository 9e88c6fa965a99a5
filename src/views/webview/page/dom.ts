/** What an element may be made with: attributes only, so nothing here can become script. */
export type Attributes = Readonly<Record<string, string | undefined>>;

/** Creates an element with attributes and children. Text becomes text, never markup. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const SVG = 'http://www.w3.org/2000/svg';

/** Creates an element of a drawing. */
export function svg<Tag extends 'svg' | 'rect' | 'title'>(
  tag: Tag,
  attributes: Attributes,
  ...children: readonly SVGElement[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/** Has an element found again where it is made anew, so that it keeps the focus: see keepPlace. */
export function keyed(key: string, made: HTMLElement): HTMLElement {
  made.dataset['key'] = key;
  return made;
}

/** A section of the page under a heading that names it. */
export function section(name: string, title: string, ...children: (Node | string)[]): HTMLElement {
  const heading = element('h2', { id: `${name}-heading` }, title);
  return element('section', { id: name, 'aria-labelledby': heading.id }, heading, ...children);
}
