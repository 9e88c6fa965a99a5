import { putAt, tableOf } from './marked.ts';

/** A setting as the manifest describes it. */
export interface Setting {
  readonly default?: unknown;
  readonly order?: number;
  /** `%key%` of its description. */
  readonly markdownDescription?: string;
  readonly enum?: readonly string[];
  readonly enumDescriptions?: readonly string[];
  readonly markdownEnumDescriptions?: readonly string[];
}

/**
 * Puts the table of all settings where a README marks its place.
 * @param texts the words of one language, by key
 * @param headings those of its columns: setting, default, meaning
 * @throws Error if the README has no such place, or a setting no words
 */
export function withSettings(
  readme: string,
  settings: Readonly<Record<string, Setting>>,
  texts: Readonly<Record<string, string>>,
  headings: readonly [string, string, string],
): string {
  const rows = Object.entries(settings)
    .sort(([, a], [, b]) => (a.order ?? 0) - (b.order ?? 0))
    .map(([name, setting]) => [
      `\`${name}\``,
      `\`${JSON.stringify(setting.default)}\``,
      meaning(name, setting, texts),
    ]);
  return putAt(readme, 'settings', tableOf(headings, rows));
}

function meaning(name: string, setting: Setting, texts: Readonly<Record<string, string>>): string {
  const word = (key: string | undefined): string => {
    const text = texts[/^%(.+)%$/.exec(key ?? '')?.[1] ?? ''];
    if (text === undefined) throw new Error(`${name}: ${key ?? 'a description'} has no words.`);
    return inline(text);
  };
  const descriptions = setting.markdownEnumDescriptions ?? setting.enumDescriptions ?? [];
  const values = (setting.enum ?? []).map(
    (value, index) => `\`${value}\`: ${word(descriptions[index])}`,
  );
  return [word(setting.markdownDescription), ...values].join(' ');
}

/** As it may stand in a cell; the links between settings of the editor become their names. */
function inline(text: string): string {
  return text
    .replace(/`#(modelHub\.[\w.]+)#`/g, '`$1`')
    .replaceAll('|', '\\|')
    .replace(/\s*\n\s*/g, ' ');
}
