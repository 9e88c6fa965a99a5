import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { packageExtension, runVsce } from '../../scripts/lib/packaging.ts';
import type { WorkbenchPage } from '../../scripts/vscode/workbenchPage.ts';

const REPORT_LIMIT_MS = 20_000;

/** What the probe extension tells of the extension host. */
export interface ProbeReport {
  readonly marks: readonly { readonly name: string; readonly startTime: number }[];
  readonly scripts: readonly string[];
  /** Bytes in use after a collection of garbage. */
  readonly memory: number;
}

/** Packages the extension, and those that it is compared with, into a folder. */
export async function packages(folder: string, others: readonly string[]): Promise<string[]> {
  const own = await packageExtension(folder);
  const extensions = fileURLToPath(new URL('extensions', import.meta.url));
  const files = others.map((name) => path.join(folder, `${name}.vsix`));
  for (const file of files) {
    await runVsce(path.join(extensions, path.basename(file, '.vsix')), file);
  }
  return [own, ...files];
}

/** Has the probe write its report. @param file as `MODEL_HUB_BENCH_REPORT` of the server says */
export async function probe(window: WorkbenchPage, file: string): Promise<ProbeReport> {
  await rm(file, { force: true });
  await window.runCommand('Probe: Report');
  const limit = AbortSignal.timeout(REPORT_LIMIT_MS);
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return JSON.parse(text) as ProbeReport;
    limit.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
