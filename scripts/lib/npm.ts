import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { withLock } from './lock.mjs';
import { cacheFolder, root } from './paths.ts';
import { Started } from './processes.ts';

/** A set of npm packages that is installed once and never changed. */
export interface Installation {
  /** The name of the folder; says the version, so that another version is another folder. */
  readonly name: string;
  /** What the user reads while it happens. */
  readonly title: string;
  readonly packages: readonly string[];
  /** What is left to do in the new folder before it may be used. */
  readonly finish?: (folder: string) => Promise<void>;
}

const installing = new Map<string, Promise<string>>();

/**
 * Installs packages below `.vscode-test/` unless they are there. Everything happens in a temporary
 * folder that is renamed at the end: a folder with the final name is always whole.
 * @returns the folder
 */
export function ensureInstalled(installation: Installation): Promise<string> {
  const known = installing.get(installation.name);
  if (known !== undefined) return known;
  const promise = install(installation);
  installing.set(installation.name, promise);
  return promise;
}

async function install(installation: Installation): Promise<string> {
  const folder = path.join(cacheFolder, installation.name);
  if (existsSync(folder)) return folder;
  await withLock(
    `${folder}.lock`,
    async () => {
      if (existsSync(folder)) return;
      console.error(`Installing ${installation.title} (once) …`);
      const temporary = `${folder}.partial`;
      await rm(temporary, { recursive: true, force: true });
      await mkdir(temporary, { recursive: true });
      await writeFile(path.join(temporary, 'package.json'), '{ "private": true }\n');
      await npmInstall(temporary, installation.packages);
      await installation.finish?.(temporary);
      await rename(temporary, folder);
    },
    () => console.error(`Waiting for another process that installs ${installation.title} …`),
  );
  return folder;
}

/** `npm install` without running any script of a package. */
export async function npmInstall(folder: string, packages: readonly string[] = []): Promise<void> {
  const args = ['install', '--prefix', folder, '--omit=dev', '--ignore-scripts'];
  const quiet = ['--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  const npm = npmCommand([...args, ...quiet, ...packages]);
  const started = new Started(npm.command, npm.args, { cwd: folder });
  const code = await started.exited();
  if (code !== 0) {
    throw new Error(`npm ${args.join(' ')} ${packages.join(' ')} failed:\n${started.output}`);
  }
}

/** What `npm audit --json` prints of the packages in the lock file, weaknesses found or not. */
export async function npmAudit(): Promise<string> {
  const npm = npmCommand(['audit', '--json', '--package-lock-only', '--loglevel=error']);
  const started = new Started(npm.command, npm.args, { cwd: root });
  await started.exited();
  return started.output;
}

function npmCommand(args: readonly string[]): { command: string; args: readonly string[] } {
  const cli = process.env['npm_execpath'];
  if (cli?.endsWith('.js') === true) return { command: process.execPath, args: [cli, ...args] };
  // On Windows npm is a .cmd file, which only a shell can start.
  if (process.platform !== 'win32') return { command: 'npm', args };
  return { command: 'cmd.exe', args: ['/d', '/c', 'npm', ...args] };
}
