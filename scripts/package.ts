import { stat } from 'node:fs/promises';

import { helpFirst } from './lib/help.ts';
import { packageExtension } from './lib/packaging.ts';
import { root } from './lib/paths.ts';
import { main } from './lib/processes.ts';

helpFirst(`Usage: npm run package
  Builds the extension for production and packs it: model-hub-VERSION.vsix.`);

await main(async () => {
  const file = await packageExtension(root);
  const { size } = await stat(file);
  console.log(`Packaged ${file} (${Math.round(size / 1000)} KB)`);
  return 0;
});
