import { parseArgs } from 'node:util';

import { build, watch } from './lib/bundle.ts';
import { main } from './lib/processes.ts';

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
