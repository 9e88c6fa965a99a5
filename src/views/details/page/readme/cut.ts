/** Longer READMEs are cut: nobody reads as much here, and the page must stay at hand. */
const LENGTH = 256 * 1024;

/** The beginning of a README that is too long, up to the end of a line. */
export function cutLong(markdown: string): { readonly text: string; readonly isCut: boolean } {
  if (markdown.length <= LENGTH) return { text: markdown, isCut: false };
  const end = markdown.lastIndexOf('\n', LENGTH);
  return { text: markdown.slice(0, end > 0 ? end : LENGTH), isCut: true };
}
