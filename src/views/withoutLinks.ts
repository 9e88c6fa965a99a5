/**
 * A text as a notification may show it. The editor makes links of `[text](address)` there, also of
 * commands, whoever wrote it: addresses and names from elsewhere are part of what we say.
 */
export function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (');
}
