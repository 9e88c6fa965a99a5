import { parseArgs } from 'node:util';

import { DECIDED, advisoriesIn, undecided } from './lib/advisories.ts';
import type { Advisory } from './lib/advisories.ts';
import { bundleContents } from './lib/bundle.ts';
import { bundledPackages } from './lib/bundledPackages.ts';
import { helpFirst } from './lib/help.ts';
import { npmAudit } from './lib/npm.ts';
import { main } from './lib/processes.ts';

const usage = `Usage: npm run audit
  Asks the npm registry for known weaknesses of all packages of which code is in the extension.
  Ends with 1 if there is one that scripts/lib/advisories.ts has no decision on, and with 2 if the
  registry does not answer such questions.`;

helpFirst(usage);

await main(async () => {
  parseArgs({ options: {} });
  const packages = bundledPackages(await bundleContents());
  const output = await npmAudit();
  let advisories: readonly Advisory[];
  try {
    advisories = advisoriesIn(output, packages);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 2;
  }
  for (const advisory of advisories) console.log(line(advisory));
  const open = undecided(advisories).length;
  const others = advisories.filter(({ bundled }) => !bundled).length;
  console.log(
    `${packages.length} packages in the extension: ${open} advisories to decide on. ` +
      `${others} on packages that only developers run.`,
  );
  return open === 0 ? 0 : 1;
});

function line({ id, package: name, severity, title, url, bundled }: Advisory): string {
  const state = bundled ? (DECIDED[id] ?? 'to be decided on') : 'not in the extension';
  return `${name}: ${title} (${severity}, ${url}): ${state}`;
}
