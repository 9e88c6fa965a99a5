import { mkdir, readdir, symlink } from 'node:fs/promises';
import path from 'node:path';

import { temporaryFolder } from '../lib/files.ts';
import { isFree } from '../lib/ports.ts';
import { Started } from '../lib/processes.ts';
import type { VsCodeInstallation } from './install.ts';
import { writeSettings } from './settings.ts';
import type { Preset } from './settings.ts';

const START_LIMIT_MS = 60_000;

export interface ServerOptions {
  readonly installation: VsCodeInstallation;
  /** Where the server keeps everything; two servers never share one. */
  readonly folder: string;
  readonly port?: number;
  /** Besides what this process has; undefined: not that of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The extensions of VS Code itself that it has; all if left out. */
  readonly builtins?: readonly string[] | undefined;
  /** The display language, for which a language pack has to be installed; English if left out. */
  readonly locale?: string | undefined;
}

/** A running VS Code server. */
export interface VsCodeServer {
  readonly port: number;
  readonly userData: string;
  readonly output: () => string;
  /** Resolves when the server has ended by itself or was stopped. */
  readonly ended: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** The folder that a server started in `folder` uses for user settings and storage. */
export const userDataFolder = (folder: string): string => path.join(folder, 'data');

/** Starts a VS Code server and waits until it answers. */
export async function startServer(options: ServerOptions): Promise<VsCodeServer> {
  const { installation, folder, port = 0 } = options;
  // The server itself would say so in its log and wait for ever.
  if (!(await isFree(port))) throw new Error(`Port ${port} is in use.`);
  await mkdir(folder, { recursive: true });
  await using stack = new AsyncDisposableStack();
  const args = [
    installation.server,
    ...['--host', '127.0.0.1', '--port', String(port)],
    ...dataArguments(folder),
    ...(options.locale === undefined ? [] : ['--locale', options.locale]),
    ...['--user-data-dir', userDataFolder(folder)],
    ...['--builtin-extensions-dir', await linkBuiltins(options, stack)],
    '--without-connection-token',
    '--telemetry-level=off',
    '--disable-workspace-trust',
    // Makes a built VS Code accept an extension under development from the address.
    '--enable-smoke-test-driver',
  ];
  const started = new Started(installation.node, args, {
    cwd: appFolder(installation),
    env: { ...options.env, ...noOuterVsCode },
  });
  stack.defer(() => started.stop());
  const listening = /agent listening on (\d+)/;
  const bound = Number((await started.waitForOutput(listening, START_LIMIT_MS))[1]);
  await waitForAnswer(`http://127.0.0.1:${bound}/version`);
  const owned = stack.move();
  return {
    port: bound,
    userData: userDataFolder(folder),
    output: () => started.output,
    ended: () => started.exited(),
    stop: () => owned.disposeAsync(),
  };
}

/**
 * Shows VS Code its own extensions under a path outside of this project. Below the folder of the
 * extension under development it would take their themes for themes of that extension, and use them.
 */
async function linkBuiltins(
  { installation, builtins }: ServerOptions,
  stack: AsyncDisposableStack,
): Promise<string> {
  const { folder, remove } = await temporaryFolder('builtins');
  stack.defer(remove);
  const all = path.join(appFolder(installation), 'extensions');
  for (const name of builtins ?? (await readdir(all))) {
    await symlink(path.join(all, name), path.join(folder, name), 'junction');
  }
  return folder;
}

const appFolder = ({ server }: VsCodeInstallation): string => path.dirname(path.dirname(server));

/** Installs a packaged extension where a server started in `folder` finds it. */
export async function installExtension(
  installation: VsCodeInstallation,
  folder: string,
  vsix: string,
): Promise<string> {
  const args = [installation.server, '--install-extension', vsix, ...dataArguments(folder)];
  const started = new Started(installation.node, args, { env: noOuterVsCode });
  if ((await started.exited()) !== 0) throw new Error(`No install of ${vsix}:\n${started.output}`);
  return started.output;
}

/** Writes user settings for a server that is started in `folder` later. */
export async function presetSettings(folder: string, preset: Preset): Promise<void> {
  await writeSettings(userDataFolder(folder), preset);
}

const dataArguments = (folder: string): string[] => [
  ...['--server-data-dir', folder, '--extensions-dir', path.join(folder, 'extensions')],
  '--accept-server-license-terms',
];

/** Set when this runs in a terminal of VS Code; a server that inherits them believes to be a child. */
const noOuterVsCode = {
  ELECTRON_RUN_AS_NODE: undefined,
  NODE_OPTIONS: undefined,
  VSCODE_IPC_HOOK_CLI: undefined,
};

async function waitForAnswer(url: string): Promise<void> {
  const limit = AbortSignal.timeout(START_LIMIT_MS);
  for (;;) {
    const answer = await fetch(url, { signal: limit }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok === true) return;
    limit.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
