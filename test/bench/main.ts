import { parseArgs } from 'node:util';

import { helpFirst } from '../../scripts/lib/help.ts';
import { main } from '../../scripts/lib/processes.ts';
import { publish } from './result.ts';
import type { BenchResult } from './result.ts';

const USAGE = `npm run bench -- start [--json FILE] [--runs N]
npm run bench -- sync [--json FILE] [--history DIR] [--only ROW,…] [--big]
npm run bench -- views [--json FILE] [--only search|details]
npm run bench -- prefetch [--json FILE] [--traces DIR | --write DIR]
npm run bench -- download [--json FILE] [--only ROW,…] [--size BYTES] [--dir DIR] [--runs N]

  start          activation and first rows inside VS Code, against an empty extension
  sync           what it costs to stay current, against other ways to do so
  views          searching and details in the workbench, with 100,000 models
  download       what it takes to have a big file, and an update of it (--only update), against
                 aria2c, curl and @huggingface/hub
  prefetch       details fetched ahead, against no prefetch, most downloaded first and most
                 recently used: people that are made up, or traces of others
  --traces DIR   traces to replay: *.jsonl, see docs/benchmarks.md
  --write DIR    write the traces of the people that are made up, and end
  --json FILE    write the rows
  --runs N       starts of a window (9); downloads of each (5, over a slow line 3)
  --size BYTES   of the file: a number, or one with MiB or GiB behind it (1GiB)
  --dir DIR      where the file is written to (the folder for temporary files)
  --history DIR  catalogue versions to replay (../shared/data/jan-catalog, where it is at hand)
  --only ROW,…   rows, or beginnings of their names
  --big          searching at 1,000,000 models too`;

helpFirst(USAGE);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    runs: { type: 'string' },
    size: { type: 'string', default: '1GiB' },
    dir: { type: 'string' },
    history: { type: 'string' },
    traces: { type: 'string' },
    write: { type: 'string' },
    only: { type: 'string' },
    big: { type: 'boolean', default: false },
  },
});

const runs = values.runs === undefined ? undefined : Number(values.runs);
const size = bytesOf(values.size);

/** Each benchmark is a module of its own, loaded when it is asked for. */
const benchmarks: Readonly<Record<string, () => Promise<BenchResult[]>>> = {
  start: async () => (await import('./start.ts')).measureStart(runs ?? 9),
  sync: async () =>
    (await import('./sync/sync.ts')).measureSync({
      history: values.history,
      only: values.only?.split(','),
      big: values.big,
    }),
  views: async () => (await import('./views/views.ts')).measureViews(values.only?.split(',')),
  prefetch: async () =>
    (await import('./prefetch/prefetch.ts')).measurePrefetch({
      ...{ traces: values.traces, write: values.write },
    }),
  download: async () =>
    (await import('./download/download.ts')).measureDownload({
      ...{ size, runs, folder: values.dir, only: values.only?.split(',') },
    }),
};

await main(async () => {
  const benchmark = benchmarks[positionals[0] ?? ''];
  const isUsable = size > 0 && (runs === undefined || runs >= 1);
  if (benchmark === undefined || positionals.length !== 1 || !isUsable) {
    console.error(USAGE);
    return 1;
  }
  const results = await benchmark();
  await publish(results, values.json);
  return 0;
});

/** NaN if it is no size. */
function bytesOf(text: string): number {
  const [, number, unit] = /^(\d+)(MiB|GiB)?$/.exec(text) ?? [];
  return Number(number) * (unit === 'GiB' ? 2 ** 30 : unit === 'MiB' ? 2 ** 20 : 1);
}
