import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as prettier from 'prettier';

import { withSettings } from './docs/settingsTable.ts';
import type { Setting } from './docs/settingsTable.ts';
import { helpFirst } from './lib/help.ts';
import { root } from './lib/paths.ts';
import { main } from './lib/processes.ts';

const usage = `Usage: npm run docs [-- --check]
  Writes the table of settings in each README, from package.json and its translations.
  --check  writes nothing, and ends with 1 if one is not current`;

const READMES = [
  { name: 'README.md', texts: 'package.nls.json', headings: ['setting', 'default', 'meaning'] },
  {
    ...{ name: 'README.zh-CN.md', texts: 'package.nls.zh-cn.json' },
    headings: ['设置', '默认值', '含义'],
  },
] as const;

helpFirst(usage);

await main(async () => {
  const { values } = parseArgs({
    options: { check: { type: 'boolean', default: false } },
  });
  const { contributes } = (await json('package.json')) as {
    contributes: { configuration: { properties: Record<string, Setting> } };
  };
  const { properties } = contributes.configuration;
  let code = 0;
  for (const { name, texts, headings } of READMES) {
    const file = path.join(root, name);
    const before = await readFile(file, 'utf8');
    const words = (await json(texts)) as Record<string, string>;
    const options = await prettier.resolveConfig(file);
    const written = withSettings(before, properties, words, headings);
    const after = await prettier.format(written, { ...options, filepath: file });
    if (after === before) continue;
    if (values.check) {
      console.error(`The settings in ${name} are not current: run \`npm run docs\`.`);
      code = 1;
    } else await writeFile(file, after);
  }
  return code;
});

async function json(name: string): Promise<unknown> {
  return JSON.parse(await readFile(path.join(root, name), 'utf8'));
}
