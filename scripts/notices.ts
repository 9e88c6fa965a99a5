import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { bundleContents } from './lib/bundle.ts';
import { bundledPackages } from './lib/bundledPackages.ts';
import { helpFirst } from './lib/help.ts';
import { notices, undecidedLicences } from './lib/notices.ts';
import { root } from './lib/paths.ts';
import { main } from './lib/processes.ts';

const usage = `Usage: npm run notices [-- --check]
  Writes THIRD-PARTY-NOTICES, the licences of all packages of which code is in the extension.
  --check  writes nothing, and ends with 1 if the file is not current`;

helpFirst(usage);

await main(async () => {
  const { values } = parseArgs({
    options: { check: { type: 'boolean', default: false } },
  });
  const packages = bundledPackages(await bundleContents());
  const undecided = undecidedLicences(packages);
  if (undecided.length > 0) {
    console.error(`Decide on these licences in scripts/lib/notices.ts:\n${undecided.join('\n')}`);
    return 1;
  }
  const file = path.join(root, 'THIRD-PARTY-NOTICES');
  const text = notices(packages);
  if (!values.check) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error('THIRD-PARTY-NOTICES is not current: run `npm run notices`.');
    return 1;
  }
  console.log(`${packages.length} packages of others are in the extension`);
  return 0;
});
