import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { collect } from './coverage/collect.ts';
import { inRanges } from './coverage/lines.ts';
import type { FileCoverage } from './coverage/lines.ts';
import { helpFirst } from './lib/help.ts';
import { outFolder, root } from './lib/paths.ts';
import { main } from './lib/processes.ts';
import { runMocha } from './testing/mocha.ts';

const usage = `Usage: npm run coverage [-- --grep TEXT] [--report]
  Runs the unit tests and tells of each file in src/ how many of its lines ran, in all processes
  and threads. Ends with 1 if a test fails, or a file of src/sync or src/download is below 90 %.
  --grep TEXT  only tests with these words
  --report     tells of the last run again, without running anything`;

/** The least share of lines, and the folders of which every file has to reach it. */
const LEAST = 0.9;
const HELD = /^(?:sync|download)\//;
/** Milliseconds for one test: everything is slower while it is counted. */
const LIMIT = 120_000;
const folder = path.join(outFolder, 'coverage');

helpFirst(usage);

await main(async () => {
  const { values } = parseArgs({
    options: {
      grep: { type: 'string' },
      report: { type: 'boolean', default: false },
    },
  });
  const failed = values.report ? 0 : await runTests(values.grep);
  const files = await collect(folder, path.join(root, 'src'));
  for (const [name, { lines, missed }] of files) {
    const which = missed.length === 0 ? '' : `  ${inRanges(missed)}`;
    console.log(`${percent(share({ lines, missed }))}  src/${name}${which}`);
  }
  const low = [...files].filter(([name, file]) => HELD.test(name) && share(file) < LEAST);
  for (const [name] of low) console.error(`src/${name} is below ${percent(LEAST).trim()}`);
  console.log(`${percent(share(total([...files.values()])))}  of all lines`);
  return failed === 0 && low.length === 0 ? 0 : 1;
});

async function runTests(grep: string | undefined): Promise<number> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { failed } = await runMocha({
    ...{ name: 'unit', files: 'test/unit/**/*.test.ts', limitMs: LIMIT, grep },
    env: { NODE_V8_COVERAGE: folder },
  });
  return failed;
}

function share({ lines, missed }: FileCoverage): number {
  return lines === 0 ? 1 : (lines - missed.length) / lines;
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`.padStart(7);
}

function total(files: readonly FileCoverage[]): FileCoverage {
  return {
    lines: files.reduce((sum, { lines }) => sum + lines, 0),
    missed: files.flatMap(({ missed }) => missed),
  };
}
