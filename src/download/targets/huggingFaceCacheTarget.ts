import type { Dirent } from 'node:fs';
import { constants } from 'node:fs';
import {
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { UNFINISHED, writeAtomically } from '../atomicFile.ts';
import { diskError, isMissing, onDisk } from '../file/diskErrors.ts';
import type { DownloadPlan } from '../model.ts';
import { refuseLinks, safePaths } from '../safePath.ts';
import type { InstallTarget, Placement } from './target.ts';

/**
 * The cache of the Hugging Face clients: bytes by their digest in `blobs`, and for each commit
 * links to them under their names (docs/hub/local-cache).
 */
export class HuggingFaceCacheTarget implements InstallTarget {
  readonly kind = 'huggingFaceCache';
  readonly #root: () => string;
  readonly #link: typeof symlink;

  /**
   * @param root the folder of all repositories by now, such as `~/.cache/huggingface/hub`
   * @param makeLink for tests of systems that let nobody make symbolic links
   */
  constructor(root: () => string, makeLink: typeof symlink = symlink) {
    this.#root = root;
    this.#link = makeLink;
  }

  async place({ model, revision, files }: DownloadPlan): Promise<Placement> {
    const root = this.#root();
    const [folder = root] = safePaths(root, [repositoryName(model)]);
    await refuseLinkedFolders(root, snapshotPaths(folder, revision, files));
    return { root, folder, paths: files.map(({ digest }) => join(folder, 'blobs', digest.hex)) };
  }

  async finish(plan: DownloadPlan, { root, folder, paths }: Placement): Promise<void> {
    const names = snapshotPaths(folder, plan.revision, plan.files);
    await refuseLinkedFolders(root, names);
    await refuseLinks(root, [mainOf(folder)]);
    await onDisk(folder, async () => {
      for (const [index, name] of names.entries()) await this.#show(paths[index] ?? '', name);
      await this.#noteMain(plan, folder);
    });
  }

  async isInstalled(path: string, { folder }: Placement): Promise<boolean> {
    if ((await linksOf(path)) > 1) return true;
    const snapshots = join(folder, 'snapshots');
    for (const entry of await entriesBelow(snapshots)) {
      if (!entry.isSymbolicLink()) continue;
      const target = await readlink(join(entry.parentPath, entry.name));
      if (resolve(entry.parentPath, target) === path) return true;
    }
    return false;
  }

  /** Bytes under their own digest are nobody's but the cache's. */
  mayReplace(): Promise<boolean> {
    return Promise.resolve(true);
  }

  /**
   * The clients take `main` for what they find without the network, so it moves on only if nothing
   * is lost by that: from a snapshot that has files of this plan alone.
   */
  async #noteMain({ revision, files }: DownloadPlan, folder: string): Promise<void> {
    const path = mainOf(folder);
    const before = await textAt(path);
    if (before !== undefined) {
      if (before === revision || !/^[0-9a-f]{40}$/.test(before)) return;
      const snapshot = join(folder, 'snapshots', before);
      const own = new Set(snapshotPaths(folder, before, files));
      const entries = await entriesBelow(snapshot);
      const names = entries.filter((entry) => !entry.isDirectory());
      if (!names.every(({ parentPath, name }) => own.has(join(parentPath, name)))) return;
    }
    await mkdir(dirname(path), { recursive: true });
    await writeAtomically(path, revision);
  }

  /** Gives a blob its name in a snapshot, in the place of what had it. */
  async #show(blob: string, name: string): Promise<void> {
    const unfinished = name + UNFINISHED;
    await mkdir(dirname(name), { recursive: true });
    await rm(unfinished, { force: true });
    await this.#reach(blob, unfinished);
    await rename(unfinished, name);
    // Two names of one file: then nothing was renamed.
    await rm(unfinished, { force: true });
  }

  /** By a relative link; where the system makes none, by a second name, or else by a copy. */
  async #reach(blob: string, name: string): Promise<void> {
    try {
      await this.#link(relative(dirname(name), blob), name, 'file');
    } catch {
      try {
        await link(blob, name);
      } catch {
        await copyFile(blob, name, constants.COPYFILE_FICLONE);
      }
    }
    // What cannot be read through its new name is no file there.
    await stat(name);
  }
}

/** Which commit the clients take for the newest. */
function mainOf(folder: string): string {
  return join(folder, 'refs', 'main');
}

async function textAt(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw diskError(error, path);
  }
}

function repositoryName(model: string): string {
  return `models--${model.split('/').join('--')}`;
}

/** @throws DownloadError `badName` */
function snapshotPaths(
  folder: string,
  revision: string,
  files: DownloadPlan['files'],
): readonly string[] {
  return safePaths(
    join(folder, 'snapshots', revision),
    files.map(({ path }) => path),
  );
}

/** A snapshot's own files are links, so only the way to them is looked at. */
async function refuseLinkedFolders(root: string, names: readonly string[]): Promise<void> {
  await refuseLinks(
    root,
    names.map((name) => join(dirname(name), UNFINISHED)),
  );
}

async function linksOf(path: string): Promise<number> {
  try {
    return (await stat(path)).nlink;
  } catch (error) {
    if (isMissing(error)) return 0;
    throw diskError(error, path);
  }
}

async function entriesBelow(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw diskError(error, folder);
  }
}
