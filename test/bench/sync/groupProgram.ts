/** Measures one group in a process of its own: see measureSync. */
import { writeFileSync } from 'node:fs';
import { main } from '../../../scripts/lib/processes.ts';
import type { Group } from './group.ts';
import { HubUnderTest } from './hubUnderTest.ts';
import type { GroupRun } from './sync.ts';

await main(async () => {
  const run = JSON.parse(process.argv[2] ?? '') as GroupRun;
  const { group } = (await import(`./${run.name}.ts`)) as { readonly group: Group };
  const rows = await group.measure({
    hub: new HubUnderTest(run.hub),
    history: run.history,
    folder: run.folder,
    log: (line) => console.log(`  ${run.name}: ${line}`),
  });
  writeFileSync(run.results, JSON.stringify(rows));
  return 0;
});
