/**
 * Text as Markdown that shows just this text. Every mark is escaped, so that nothing becomes a link,
 * not even an address that stands there bare; it stays on one line.
 */
export function markdownText(text: string): string {
  return text.replace(/[!-/:-@[-`{-~]/g, String.raw`\$&`).replace(/\s+/g, ' ');
}
