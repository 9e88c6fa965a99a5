import { existsSync } from 'node:fs';
import { chmod, cp, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { build } from './bundle.ts';
import { listFiles } from './files.ts';
import { outFolder, root } from './paths.ts';
import { packagedReadme } from './packagedReadme.ts';
import { Started } from './processes.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
}

const developerFields = new Set(['scripts', 'devDependencies', 'optionalDependencies', 'private']);

/** The time of all files in a package, in s since 1970: the first that the format can tell. */
const EPOCH = Date.UTC(1980, 0, 1) / 1000;

/**
 * Packages the extension from a copy of what the package holds, so that `dist/`, which a running
 * workbench may have loaded, stays as it is. The same sources give the same bytes, at any time, in any
 * time zone and with any umask.
 * @returns the package
 */
export async function packageExtension(targetFolder: string): Promise<string> {
  const staging = path.join(outFolder, 'package');
  await mkdir(targetFolder, { recursive: true });
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  await build({ production: true, folder: path.join(staging, 'dist') });
  for (const pattern of await allowedPatterns()) {
    for await (const entry of glob(pattern, { cwd: root, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = path.join(entry.parentPath, entry.name);
      await cp(file, path.join(staging, path.relative(root, file)));
    }
  }
  await cp(path.join(root, '.vscodeignore'), path.join(staging, '.vscodeignore'));
  const manifest = await writeManifest(staging);
  await writeReadmes(staging);
  for (const file of await listFiles([staging])) await chmod(file, 0o644);
  const file = path.join(targetFolder, `${manifest.name}-${manifest.version}.vsix`);
  await runVsce(staging, file);
  return file;
}

/** What `.vscodeignore` lets in, but for what the build has put there. */
async function allowedPatterns(): Promise<string[]> {
  const lines = (await readFile(path.join(root, '.vscodeignore'), 'utf8')).split('\n');
  const patterns = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1).trim());
  return patterns.filter((pattern) => !pattern.startsWith('dist/'));
}

/** A manifest without what only developers need: its scripts would build again, elsewhere. */
async function writeManifest(staging: string): Promise<Manifest> {
  const manifest = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')) as Manifest;
  const shipped = Object.entries(manifest).filter(([field]) => !developerFields.has(field));
  const text = JSON.stringify(Object.fromEntries(shipped), undefined, 2);
  await writeFile(path.join(staging, 'package.json'), text);
  return manifest;
}

async function writeReadmes(staging: string): Promise<void> {
  for await (const name of glob('README*.md', { cwd: staging })) {
    const file = path.join(staging, name);
    const isPackaged = (target: string): boolean => existsSync(path.join(staging, target));
    await writeFile(file, packagedReadme(await readFile(file, 'utf8'), isPackaged));
  }
}

/** Packs a folder that holds just what the package shall hold. */
export async function runVsce(folder: string, file: string): Promise<void> {
  const vsce = path.join(root, 'node_modules', '@vscode', 'vsce', 'vsce');
  const args = ['package', '--no-dependencies', '--no-rewrite-relative-links'];
  const started = new Started(
    process.execPath,
    [vsce, ...args, '--allow-missing-repository', '--out', file],
    {
      cwd: folder,
      env: { SOURCE_DATE_EPOCH: String(EPOCH), TZ: 'UTC', LC_ALL: 'C' },
    },
  );
  if ((await started.exited()) !== 0) throw new Error(`vsce failed:\n${started.output}`);
}
