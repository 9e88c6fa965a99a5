/** A pattern, and what takes the place of what it finds. */
type Rule = readonly [RegExp, string];

/** Names, passwords, signatures and tokens, wherever in a text they stand. */
const SECRETS: readonly Rule[] = [
  // A password may hold what ends it elsewhere: the last @ before the path counts.
  [/(?<=:\/\/)[^\s/"'<>]*@/g, ''],
  [/(?<=[a-z]:\/\/[^\s?"'<>]*)\?[^\s#"'<>)]*/gi, ''],
  [/(?<=[?&;](?:x-amz-[\w-]+|signature|policy|key-pair-id|sig|token)=)[^\s&#"'<>)]+/gi, '…'],
  [/(?<=\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}/gi, '…'],
  [/\bhf_\w{8,}/g, 'hf_…'],
];

/** Where systems keep the folders of their users, whose names follow. */
const OF_USERS = /(?<=(?:^|[^\w.-])(?:[a-z]:)?[\\/]+(?:home|users|media)[\\/]+)[^\\/\s"'<>:]+/gi;

/** A text without passwords, signatures and tokens. */
export function withoutSecrets(text: string): string {
  return replaced(text, SECRETS);
}

/** What a log or a file for a bug report must not tell. */
export interface PrivatePaths {
  /** The folder of the databases. */
  readonly storage: string;
  readonly home: string;
  readonly temporary: string;
}

/**
 * Makes texts fit for a log and for a file that is sent to others.
 * @returns what takes secrets, and where things are on this machine, out of a text
 */
export function redactor({ storage, home, temporary }: PrivatePaths): (text: string) => string {
  const rules: readonly Rule[] = [
    ...pathRules(storage, '<storage>'),
    ...pathRules(home, '~'),
    ...pathRules(temporary, '<temporary>'),
    [OF_USERS, '<user>'],
  ];
  return (text) => replaced(withoutSecrets(text), rules);
}

function replaced(text: string, rules: readonly Rule[]): string {
  return rules.reduce((left, [pattern, word]) => left.replace(pattern, word), text);
}

/** A path as systems and addresses write it, in any case and with any slashes. */
function pathRules(path: string, word: string): Rule[] {
  const parts = path.split(/[\\/]+/).filter(Boolean);
  // Of the root of a system nothing is to be kept out.
  if (parts.length === 0) return [];
  const root = /^[\\/]/.test(path) ? '[\\\\/]+' : '';
  const patternOf = (write: (part: string) => string): RegExp => {
    const escaped = parts.map((part) => write(part).replace(/\W/g, '\\$&')).join('[\\\\/]+');
    return new RegExp(`${root}${escaped}(?!\\w)`, 'gi');
  };
  return [
    [patternOf((part) => part), word],
    [patternOf(encodeURIComponent), word],
  ];
}
