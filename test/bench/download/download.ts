import { mkdtemp, rm, statfs } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { onEnd } from '../../../scripts/lib/processes.ts';
import { machine } from '../machine.ts';
import type { BenchResult } from '../result.ts';
import { buildPrograms, contenders } from './contenders.ts';
import type { DownloadContext } from './context.ts';
import { quickestHashTool } from './hashTools.ts';
import { measureLoopback } from './loopback.ts';
import { measureResume } from './resume.ts';
import { measureShaped } from './shaped.ts';
import { Site } from './site.ts';
import { measureUpdates, UPDATES } from './updates.ts';
import { measureUpdateTime } from './updateTime.ts';

export interface DownloadBenchOptions {
  /** Bytes of the file. */
  readonly size: number;
  /** Where files are written to; absent: the folder for temporary files. */
  readonly folder: string | undefined;
  /** Rows or beginnings of their names; absent: all. */
  readonly only: readonly string[] | undefined;
  /** Absent: as many as each row takes. */
  readonly runs: number | undefined;
}

/** Rows that are measured together. */
interface DownloadGroup {
  readonly rows: readonly string[];
  readonly measure: (context: DownloadContext) => Promise<BenchResult[]>;
}

const GROUPS: readonly DownloadGroup[] = [
  { rows: ['download-loopback', 'download-cpu', 'download-rss'], measure: measureLoopback },
  { rows: ['download-shaped'], measure: measureShaped },
  { rows: ['resume-waste'], measure: measureResume },
  { rows: UPDATES, measure: measureUpdates },
  { rows: ['update-time'], measure: measureUpdateTime },
];

/** File systems by their number: see statfs(2). */
const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0x01021994: 'tmpfs',
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x794c7630: 'overlay',
};

/** Measures what it takes to have a big file, against other ways to have it. */
export async function measureDownload(options: DownloadBenchOptions): Promise<BenchResult[]> {
  const folder = await mkdtemp(path.join(options.folder ?? os.tmpdir(), 'model-hub-download-'));
  onEnd(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const { type } = await statfs(folder);
  const disk = FILE_SYSTEMS[type] ?? `0x${type.toString(16)}`;
  const hash = await quickestHashTool(folder);
  const programs = path.join(folder, 'programs');
  await buildPrograms(programs);
  const all = await contenders(programs, hash);
  console.log(
    `${machine()}; ${options.size / 2 ** 20} MiB over HTTP to ${folder} (${disk}); ` +
      `peers: ${all.map(({ name }) => name).join(', ')}, verified with ${hash.command}`,
  );
  await using site = await Site.open(options.size);
  const results: BenchResult[] = [];
  for (const { rows, measure } of GROUPS) {
    const isWanted = options.only?.some((name) => rows.some((row) => row.startsWith(name))) ?? true;
    if (!isWanted) continue;
    const measured = await measure({
      site,
      contenders: all,
      programs,
      runs: options.runs,
      target: path.join(folder, 'target', 'model.gguf'),
      inMemory: disk === 'tmpfs',
      log: (line) => console.log(`  ${line}`),
    });
    results.push(...measured);
  }
  return results;
}
