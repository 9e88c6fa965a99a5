import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { describeError } from '../../sync/errors.ts';
import type { Machine } from '../../sync/gateway/cortexDiscovery.ts';
import type { Logger } from '../../sync/logger.ts';
import type { FolderShape } from '../disk/folderTree.ts';
import { isFolder } from '../disk/folderTree.ts';

/** Jan's settings are a few lines; what is longer is something else. */
const MAX_BYTES = 64 * 1024;
const SETTINGS = 'settings.json';
/** Beside the settings, unless they say otherwise. */
const DATA = 'data';

const settingsSchema = z.object({ data_folder: z.string().refine(isAbsolute) });

/** What tells that Jan has come, or has moved its data. */
export const SETTINGS_SHAPE: FolderShape = {
  depth: 0,
  enters: (folder) => folder === DATA,
  wants: (file) => file === SETTINGS,
};

/** Where Jan keeps its models. */
export interface JanFolder {
  /** Jan's data folder. */
  readonly path: string;
  /** False if Jan's settings name it and it is not there: perhaps its disk is not connected. */
  readonly isThere: boolean;
}

/**
 * Finds Jan's data folder as Jan's app and its command line do: by the environment, by its
 * settings where they are and where they were, and where it is if nobody has moved it. Undefined
 * if Jan is not on this machine.
 */
export async function findJanFolder(
  machine: Machine,
  logger: Logger,
): Promise<JanFolder | undefined> {
  const named = [absolute(machine.environment['JAN_DATA_FOLDER'])];
  for (const folder of settingsFolders(machine)) {
    named.push(await dataFolderIn(join(folder, SETTINGS), machine, logger));
  }
  const paths = named.filter((path) => path !== undefined);
  for (const path of [...paths, ...usualFolders(machine)]) {
    if (await isFolder(path)) return { path, isThere: true };
  }
  return paths[0] === undefined ? undefined : { path: paths[0], isThere: false };
}

/** Where Jan's settings are, or were in older versions. */
export function settingsFolders(machine: Machine): string[] {
  const folders = dataRoots(machine).flatMap((root) => [
    join(root, 'Jan'),
    join(root, 'jan.ai.app'),
  ]);
  if (machine.platform !== 'linux') return folders;
  const { home, environment } = machine;
  return [
    ...folders,
    join(absolute(environment['XDG_CONFIG_HOME']) ?? join(home, '.config'), 'Jan'),
  ];
}

function usualFolders(machine: Machine): string[] {
  return dataRoots(machine).map((root) => join(root, 'Jan', DATA));
}

/** The folder of the system that applications have theirs in, and the one Jan was told instead. */
function dataRoots({ platform, home, environment }: Machine): string[] {
  const own = absolute(environment['JAN_DATA_ROOT']);
  if (own !== undefined) return [own];
  if (platform === 'darwin') return [join(home, 'Library', 'Application Support')];
  if (platform === 'win32') {
    return [absolute(environment['APPDATA']) ?? join(home, 'AppData', 'Roaming')];
  }
  return [absolute(environment['XDG_DATA_HOME']) ?? join(home, '.local', 'share')];
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

async function dataFolderIn(
  path: string,
  machine: Machine,
  logger: Logger,
): Promise<string | undefined> {
  try {
    const text = await machine.readText(path, MAX_BYTES);
    return text === undefined ? undefined : settingsSchema.parse(JSON.parse(text)).data_folder;
  } catch (error) {
    logger.debug(`Jan: ${path} is of no use: ${describeError(error)}`);
    return undefined;
  }
}
