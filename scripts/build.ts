import { parseArgs } from 'node:util';

import { build, watch } from './lib/bundle.ts';
import { helpFirst } from './lib/help.ts';
import { main } from './lib/processes.ts';

helpFirst(`Usage: npm run build [-- --production] [--watch]
  Bundles the extension into dist/, unless nothing has changed.
  --production  minified, without source maps
  --watch       again after each change`);

const { values } = parseArgs({
  options: {
    production: { type: 'boolean', default: false },
    watch: { type: 'boolean', default: false },
  },
});

await main(async () => {
  if (values.watch) {
    await watch();
  } else {
    const built = await build({ production: values.production });
    console.log(built ? 'Built dist/.' : 'dist/ is up to date.');
  }
  return 0;
});
