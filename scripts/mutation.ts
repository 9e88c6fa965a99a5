import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import * as prettier from 'prettier';

import { putAt } from './docs/marked.ts';
import { helpFirst } from './lib/help.ts';
import { outFolder, root } from './lib/paths.ts';
import { main } from './lib/processes.ts';
import { groups, modules } from './mutation/groups.ts';
import {
  mutationTable,
  noticed,
  percent,
  readReport,
  tallyOf,
  totalOf,
  withNewer,
} from './mutation/report.ts';
import type { MutationReport } from './mutation/report.ts';
import { changeAll } from './mutation/stryker.ts';

const usage = `Usage: npm run mutation [-- --only TEXT,…] [--report]
  Changes the pure modules of src/sync and src/download in thousands of ways, one at a time, and
  tells of each change that no test notices. Writes the table in docs/mutation.md. Ends with 1 if
  less than 80 % of the changes are noticed.
  --only TEXT,…  modules with one of these in their path; of the others counts what was found last
  --report       changes nothing, and tells of what was found last`;

/** The least part of all changes that tests have to notice. */
const LEAST = 0.8;
const page = path.join(root, 'docs', 'mutation.md');
/** What was found last of each module. */
const lastFile = path.join(outFolder, 'mutation', 'last.json');

helpFirst(usage);

await main(async () => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      report: { type: 'boolean', default: false },
    },
  });
  const wanted = values.only.split(',');
  const isWanted = (name: string): boolean => wanted.some((text) => name.includes(text));
  const chosen = groups
    .map((group) => ({ ...group, modules: group.modules.filter(isWanted) }))
    .filter((group) => group.modules.length > 0);
  if (chosen.length === 0) {
    console.error(`No module has "${values.only}" in its path.`);
    return 2;
  }
  for (const group of values.report ? [] : chosen) {
    const found = await changeAll(group);
    const last = (await readReport(lastFile)) ?? found;
    await writeFile(lastFile, JSON.stringify(withNewer(last, found, modules)));
  }
  const report = await readReport(lastFile);
  if (report === undefined) {
    console.error('Nothing was found yet: run this without --report.');
    return 2;
  }
  for (const [name, { mutants }] of Object.entries(report.files)) {
    const part = noticed(tallyOf(mutants));
    if (part < LEAST) console.log(`${percent(part).padStart(7)}  ${name}`);
  }
  const all = noticed(totalOf(report));
  console.log(`${percent(all).padStart(7)}  of all changes are noticed`);
  const missing = modules.filter((name) => report.files[name] === undefined);
  if (missing.length === 0) await writeTable(report);
  else console.log(`The table is not written: nothing is known of ${missing.join(', ')}.`);
  return all < LEAST ? 1 : 0;
});

async function writeTable(report: MutationReport): Promise<void> {
  const written = putAt(await readFile(page, 'utf8'), 'mutation', mutationTable(report));
  const options = await prettier.resolveConfig(page);
  await writeFile(page, await prettier.format(written, { ...options, filepath: page }));
}
