import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { userDataFolder } from './server.ts';

const VERSION = '1.0.0';

/**
 * Notes a language pack that says nothing, as a server does that has installed one: VS Code takes
 * the language for its display language, so that extensions speak it, and says in English what it
 * says itself. The real packs come from a marketplace.
 * @param serverFolder of a server that is started later
 */
export async function noteLanguagePack(serverFolder: string, language: string): Promise<void> {
  const userData = userDataFolder(serverFolder);
  const texts = path.join(userData, 'empty-language-pack.json');
  await mkdir(userData, { recursive: true });
  await writeJson(texts, { version: VERSION, contents: {} });
  await writeJson(path.join(userData, 'languagepacks.json'), {
    [language]: {
      ...{ hash: `${language}-${VERSION}`, label: language, translations: { vscode: texts } },
      extensions: [{ extensionIdentifier: { id: 'nobody.empty-pack' }, version: VERSION }],
    },
  });
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFile(file, JSON.stringify(value, undefined, 2));
}
