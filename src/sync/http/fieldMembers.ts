/** One member of a header field that is a list, such as `<https://…>; rel="next"`. */
export interface FieldMember {
  /** As it stands there, without quotes. */
  readonly value: string;
  /** By their names in lower case; of two the first counts. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Parameters that have no value, without quotes. */
  readonly marks: readonly string[];
}

/** A quoted string, an address, a separator, or what is between them: each character once. */
const PIECE = /"(?:[^"\\]|\\.)*"?|<[^>]*>?|[,;]|[^",;<]+/gs;

/**
 * Reads a header field that is a list (RFC 9110 5.6). What separates members and parameters does
 * not within quotes and addresses.
 */
export function fieldMembers(field: string | undefined): FieldMember[] {
  const members: string[][] = [['']];
  for (const [piece] of (field ?? '').matchAll(PIECE)) {
    const member = members.at(-1) ?? [];
    if (piece === ',') members.push(['']);
    else if (piece === ';') member.push('');
    else member.push((member.pop() ?? '') + piece);
  }
  return members.map(toMember).filter(({ value }) => value !== '');
}

function toMember([value = '', ...rest]: readonly string[]): FieldMember {
  const parameters = new Map<string, string>();
  const marks: string[] = [];
  for (const text of rest) {
    const [, name, told] = /^([^"=]+)=(.*)$/s.exec(text) ?? [];
    const key = name?.trim().toLowerCase() ?? '';
    if (told === undefined) marks.push(unquoted(text));
    else if (!parameters.has(key)) parameters.set(key, unquoted(told));
  }
  return { value: unquoted(value), parameters, marks };
}

function unquoted(text: string): string {
  const inner = /^"((?:[^"\\]|\\.)*)"?$/s.exec(text.trim())?.[1];
  return inner?.replace(/\\(.)/gs, '$1') ?? text.trim();
}
