import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import * as esbuild from 'esbuild';

import { requireBanner } from '../../../scripts/lib/bundle.ts';
import { root } from '../../../scripts/lib/paths.ts';
import type { Cost } from './cost.ts';
import { inSequence } from './cost.ts';
import type { HashTool } from './hashTools.ts';
import type { OfficialTask } from './officialProgram.ts';
import type { OwnTask } from './ownProgram.ts';
import type { Running } from './running.ts';
import { runCommand, runProgram } from './running.ts';
import type { SiteFile } from './site.ts';

/** One way to have a file. */
export interface Contender {
  readonly name: string;
  /** Begins, or goes on with what is there, without a check of what has come. */
  readonly begin: (file: SiteFile, target: string) => Running;
  /** What is compared: the file, and the proof that it is right. */
  readonly verified: (file: SiteFile, target: string) => Promise<Cost>;
  /** Removes the file, and what may be beside it. */
  readonly clean: (target: string) => Promise<void>;
}

export const OWN = 'self';
/** Of all contenders those that go on after they were killed. */
export const RESUMING: readonly string[] = [OWN, 'aria2c'];

/**
 * Ourselves, and the peers that there are on this machine.
 * @param programs a folder: see buildPrograms
 */
export async function contenders(programs: string, hash: HashTool): Promise<Contender[]> {
  const found = [own(programs)];
  if (await isInstalled('aria2c')) found.push(command('aria2c', aria2Arguments, hash));
  if (await isInstalled('curl')) found.push(command('curl', curlArguments, hash));
  return [...found, official(programs, hash)];
}

/** As bundles: compiling TypeScript on the way costs time and memory that nobody has to pay. */
export async function buildPrograms(folder: string): Promise<void> {
  const at = (...names: string[]): string => path.join(root, ...names);
  await esbuild.build({
    entryPoints: [
      at('test', 'bench', 'download', 'ownProgram.ts'),
      at('test', 'bench', 'download', 'officialProgram.ts'),
      at('test', 'bench', 'download', 'updateProgram.ts'),
      at('src', 'download', 'file', 'hashWorker.ts'),
    ],
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    entryNames: '[name]',
    outExtension: { '.js': '.mjs' },
    banner: { js: requireBanner },
    outdir: folder,
    logLevel: 'warning',
  });
}

/** Verifies while it fetches. */
function own(programs: string): Contender {
  const begin = (file: SiteFile, target: string): Running => {
    const hashProgram = path.join(programs, 'hashWorker.mjs');
    const task: OwnTask = { file, target, hashProgram };
    return runProgram(path.join(programs, 'ownProgram.mjs'), task);
  };
  return {
    ...{ name: OWN, begin, clean },
    verified: async (file, target) => (await begin(file, target).ended).cost,
  };
}

function official(programs: string, hash: HashTool): Contender {
  const begin = (file: SiteFile, target: string): Running => {
    const task: OfficialTask = { file, target };
    return runProgram(path.join(programs, 'officialProgram.mjs'), task);
  };
  return { name: '@huggingface/hub', begin, verified: thenHashed(begin, hash), clean };
}

function command(
  name: string,
  argumentsFor: (file: SiteFile, target: string) => readonly string[],
  hash: HashTool,
): Contender {
  const begin = (file: SiteFile, target: string): Running =>
    runCommand(name, argumentsFor(file, target));
  return { name, begin, verified: thenHashed(begin, hash), clean };
}

function thenHashed(begin: Contender['begin'], hash: HashTool): Contender['verified'] {
  return async (file, target) => {
    const fetched = await begin(file, target).ended;
    const hashed = await runCommand(hash.command, [...hash.args, target]).ended;
    if (!hashed.output.includes(file.sha256)) throw new Error('the bytes are not the right ones');
    return inSequence(fetched.cost, hashed.cost);
  };
}

/** At its best: eight connections for any size, no blocks reserved first, and a frequent journal. */
function aria2Arguments(file: SiteFile, target: string): readonly string[] {
  return [
    ...['--no-conf', '--quiet', '-x8', '-s8', '--min-split-size=1M', '--file-allocation=none'],
    ...['--continue', '--auto-file-renaming=false', '--auto-save-interval=1'],
    ...[`--dir=${path.dirname(target)}`, `--out=${path.basename(target)}`, file.url],
  ];
}

function curlArguments(file: SiteFile, target: string): readonly string[] {
  return ['--silent', '--show-error', '--fail', '--location', '--output', target, file.url];
}

/** Everything in the folder of a target, which is for it alone. */
export async function clean(target: string): Promise<void> {
  await rm(path.dirname(target), { recursive: true, force: true });
  await mkdir(path.dirname(target), { recursive: true });
}

async function isInstalled(name: string): Promise<boolean> {
  return await promisify(execFile)(name, ['--version']).then(
    () => true,
    () => false,
  );
}
