/** What there is to say of these, one after the other. */
export function joined(parts: readonly (string | false | undefined)[], by: string): string {
  return parts.filter(Boolean).join(by);
}
