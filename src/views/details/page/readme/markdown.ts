import MarkdownIt from 'markdown-it';

/** Tags of raw HTML that count; what follows is text. Browsers take their time with deep ones. */
const TAGS = 5_000;
const TAG_START = /<[a-z]/gi;
/** Where in doubt about what is quoted, more than the tag; also one that never ends. */
const TAG = /<[a-z](?:[^>"']|"[^"]*"?|'[^']*'?)*>?/gi;

const markdown = new MarkdownIt({ html: true, linkify: true });
// Without a scheme, `README.md` would become a link to Moldova.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

// Styles are no part of a README: what a column is aligned by becomes an attribute.
for (const cell of ['th_open', 'td_open']) {
  markdown.renderer.rules[cell] = (tokens, at, options, _environment, renderer) => {
    const token = tokens[at];
    const align = /^text-align:(\w+)$/.exec(String(token?.attrGet('style') ?? ''))?.[1];
    token?.attrs?.splice(0);
    if (align !== undefined) token?.attrSet('align', align);
    return renderer.renderToken(tokens, at, options);
  };
}

for (const raw of ['html_block', 'html_inline']) {
  markdown.renderer.rules[raw] = (tokens, at, _options, environment) => {
    const counted = environment as { tags: number };
    const content = tokens[at]?.content ?? '';
    counted.tags += content.match(TAG_START)?.length ?? 0;
    return counted.tags > TAGS
      ? markdown.utils.escapeHtml(content)
      : content.replace(TAG, unstyled);
  };
}

/** Markdown as HTML, with whatever HTML its author put in: not to be trusted. */
export function toHtml(text: string): string {
  return markdown.render(text, { tags: 0 });
}

/** No safety lies in this: the browser complains of each style that it leaves out. */
function unstyled(tag: string): string {
  return tag.replace(/(?<=[\s"'/])style(?=[\s"'/=>]|$)/gi, 'data-style');
}
