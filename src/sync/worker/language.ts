import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { config } from '@vscode/l10n';

/** Sentences in the language of the reader, by what they are in English. */
export type Translations = Readonly<Record<string, string>>;

const KEY = 'modelHub.translations';

/** Has the threads that this one starts from now on, and those that they start, speak a language. */
export function passLanguageOn(translations: Translations | undefined): void {
  setEnvironmentData(KEY, translations);
}

/** Speaks, in this thread, what the thread that started it passed on; English if that is nothing. */
export function takeLanguageOver(): void {
  const translations = getEnvironmentData(KEY) as Translations | undefined;
  if (translations !== undefined) config({ contents: { ...translations } });
}
