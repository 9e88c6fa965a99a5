import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

import { temporaryFolder } from '../lib/files.ts';
import { helpFirst } from '../lib/help.ts';
import { root } from '../lib/paths.ts';
import { Started, main } from '../lib/processes.ts';

/** The last commit that wrote each version of the catalogue; no commit has ever written the third. */
const WRITERS: Readonly<Record<number, string>> = {
  1: 'f439892',
  2: '1df42d3',
  4: '602b7df',
  5: '7c5420c',
  6: '50506dc',
  7: '8b02ef9',
  8: '7c0b491',
  9: '7a12f59',
};
const SOURCES = ['hf:janhq', 'jan:v2'];
const DATABASES = ['catalogue', 'coordination', 'identities', 'downloads', 'chunks'];
const HUB_LIMIT_MS = 60_000;

helpFirst(`Usage: npm run upgrade-fixtures
  Has the code of earlier commits write test/fixtures/upgrade anew. Needs the history.`);

/**
 * Has the code of earlier versions write what they kept, for the tests of upgrades:
 * test/fixtures/upgrade/VERSION. Needs the history of the repository.
 */
await main(async () => {
  const { folder } = await temporaryFolder('upgrade');
  for (const [version, commit] of Object.entries(WRITERS)) {
    const target = path.join(root, 'test', 'fixtures', 'upgrade', version);
    await rm(target, { recursive: true, force: true });
    await mkdir(target, { recursive: true });
    const tree = path.join(folder, commit);
    await checkOut(commit, tree);
    const storage = path.join(tree, 'storage');
    await write(tree, storage);
    await keep(storage, target);
    console.log(`Version ${version}, as ${commit} wrote it`);
  }
  return 0;
});

async function checkOut(commit: string, tree: string): Promise<void> {
  await mkdir(tree, { recursive: true });
  const archive = path.join(tree, 'sources.tar');
  await run('git', ['archive', '--output', archive, commit, 'src', 'test/hub', 'scripts'], root);
  await run('tar', ['-xf', archive, '-C', tree], root);
  await copyFile(path.join(root, 'package.json'), path.join(tree, 'package.json'));
  await symlink(path.join(root, 'node_modules'), path.join(tree, 'node_modules'), 'junction');
}

/** Syncs with the engine of that time, and the hub of that time. */
async function write(tree: string, storage: string): Promise<void> {
  const hub = new Started(
    process.execPath,
    ['test/hub/main.ts', '--port', '0', '--models', '24', '--seed', '3'],
    { cwd: tree },
  );
  const [line] = await hub.waitForOutput(/^\{.*"url".*\}$/m, HUB_LIMIT_MS);
  const { url } = JSON.parse(line) as { url: string };
  const sources = SOURCES.flatMap((source) => ['--source', source]);
  const dump = path.join(storage, 'contents.ndjson');
  await mkdir(storage);
  await run(
    process.execPath,
    ['scripts/sync.ts', '--storage', storage, '--hub', url, '--dump', dump, ...sources],
    tree,
  );
  await hub.stop();
  await run(process.execPath, [path.join(import.meta.dirname, 'writer.ts'), storage], tree);
}

async function keep(storage: string, target: string): Promise<void> {
  for (const name of [...DATABASES.map((database) => `${database}.db`), 'contents.ndjson']) {
    const file = path.join(storage, name);
    if (!existsSync(file)) continue;
    const packed = gzipSync(await readFile(file), { level: 9 });
    await writeFile(path.join(target, `${name}.gz`), packed);
  }
  const state = path.join(storage, 'state.json');
  if (existsSync(state)) await copyFile(state, path.join(target, 'state.json'));
}

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const started = new Started(command, args, { cwd });
  if ((await started.exited()) !== 0) throw new Error(`${command} failed:\n${started.output}`);
}
