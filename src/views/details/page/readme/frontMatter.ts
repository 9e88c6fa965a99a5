const FRONT_MATTER = /^\uFEFF?\s*---[ \t]*\r?\n(?:[\s\S]*?\r?\n)?---[ \t]*(?:\r?\n|$)/;

/** Cuts off the YAML block at the top of a README: it is for machines, and shown as facts. */
export function cutFrontMatter(markdown: string): string {
  return markdown.replace(FRONT_MATTER, '');
}
