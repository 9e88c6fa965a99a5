import { stat } from 'node:fs/promises';

import { packageExtension } from './lib/packaging.ts';
import { root } from './lib/paths.ts';
import { main } from './lib/processes.ts';

await main(async () => {
  const file = await packageExtension(root);
  const { size } = await stat(file);
  console.log(`Packaged ${file} (${Math.round(size / 1000)} KB)`);
  return 0;
});
