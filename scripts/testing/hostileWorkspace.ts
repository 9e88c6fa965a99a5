import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { root } from '../lib/paths.ts';

/** A setting as package.json describes it. */
interface Setting {
  readonly type: string | readonly string[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
}

const ADDRESS = 'http://hostile.invalid:1/';
/** Settings of the editor that say how the extension reaches the network. */
const NETWORK = {
  'http.proxy': ADDRESS,
  'http.noProxy': ['*'],
  'http.proxyStrictSSL': false,
  'http.proxyAuthorization': 'Basic aG9zdGlsZQ==',
  'http.systemCertificates': false,
};
/** Shows that the settings of the workspace are read at all. */
const HARMLESS = { 'editor.tabSize': 7 };

/** Makes a folder whose settings want to change every setting of the extension, and its network. */
export async function makeHostileWorkspace(folder: string): Promise<void> {
  const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as {
    contributes: { configuration: { properties: Record<string, Setting> } };
  };
  const own = Object.entries(manifest.contributes.configuration.properties).map(
    ([name, setting]) => [name, anotherValue(setting)] as const,
  );
  const settings = { ...Object.fromEntries(own), ...NETWORK, ...HARMLESS };
  await mkdir(path.join(folder, '.vscode'), { recursive: true });
  const file = path.join(folder, '.vscode', 'settings.json');
  await writeFile(file, JSON.stringify(settings, undefined, 2));
}

/** A valid value that is neither the default nor what any test sets. */
function anotherValue({ type, default: usual, enum: values }: Setting): unknown {
  if (values !== undefined) return values.findLast((value) => value !== usual);
  if (type === 'boolean') return usual !== true;
  if (type === 'array') return ['hf:hostile'];
  return type === 'string' ? ADDRESS : 77;
}
