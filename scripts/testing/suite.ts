import { glob, rm } from 'node:fs/promises';
import path from 'node:path';
import * as esbuild from 'esbuild';

import { requireBanner } from '../lib/bundle.ts';
import { outFolder, root } from '../lib/paths.ts';

const suiteFolder = path.join(outFolder, 'test', 'integration');

/**
 * Builds the tests that run inside VS Code, each file on its own.
 * @returns the module whose `run()` VS Code calls
 */
export async function buildSuite(): Promise<string> {
  await rm(suiteFolder, { recursive: true, force: true });
  const sources = path.join(root, 'test', 'integration');
  const entryPoints: string[] = [];
  for await (const name of glob('{index,*.test}.ts', { cwd: sources })) {
    entryPoints.push(path.join(sources, name));
  }
  await esbuild.build({
    absWorkingDir: root,
    entryPoints,
    outdir: suiteFolder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
    banner: { js: requireBanner },
    logLevel: 'warning',
  });
  return path.join(suiteFolder, 'index.js');
}
