import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { temporaryFolder } from '../lib/files.ts';
import { hubSettings, hubSourceIds } from '../lib/hub.ts';
import type { Hub } from '../lib/hub.ts';
import { workbenchAddress } from './address.ts';
import type { WorkbenchTarget } from './address.ts';
import { ensureVsCode } from './install.ts';
import type { VsCodeInstallation } from './install.ts';
import { presetSettings, startServer } from './server.ts';
import type { VsCodeServer } from './server.ts';
import { quietSettings } from './settings.ts';
import type { Preset, Settings } from './settings.ts';
import { newest } from './versions.ts';
import type { VsCodeVersion } from './versions.ts';

export interface SessionOptions {
  readonly version?: VsCodeVersion;
  /** Where the server keeps its data; a temporary folder, removed at the end, if left out. */
  readonly folder?: string;
  /**
   * The home folder of whoever uses it, so that no models of this machine's user are looked at. An
   * empty one beside a temporary folder if left out; with a folder of one's own, the real one.
   */
  readonly home?: string;
  readonly port?: number;
  /** The extension talks to this hub; to the real upstreams without one. */
  readonly hub?: Hub | undefined;
  /** User settings besides those that a session always has; these win. */
  readonly settings?: Settings;
  readonly env?: Readonly<Record<string, string>>;
  /** The extensions of VS Code itself that it has; all if left out. */
  readonly builtins?: readonly string[];
  /** See ServerOptions.locale. */
  readonly locale?: string;
  /** Work on the server's folder before the server starts. */
  readonly prepare?: (installation: VsCodeInstallation, folder: string) => Promise<void>;
}

/** What a test needs of VS Code's own extensions: without the others a window is there sooner. */
export const testBuiltins = ['theme-defaults'];

/** A running VS Code server whose workbench is set up for Model Hub. */
export interface Session extends AsyncDisposable {
  readonly server: VsCodeServer;
  readonly folder: string;
  /** Undefined: the one of this machine's user. */
  readonly home: string | undefined;
  readonly address: (target?: Omit<WorkbenchTarget, 'port'>) => string;
}

/** Starts a server of VS Code with the settings that point the extension at a hub. */
export async function startSession(options: SessionOptions = {}): Promise<Session> {
  const { version = newest, port = 0, hub, settings = {}, env = {}, builtins, locale } = options;
  const installation = await ensureVsCode(version);
  await using stack = new AsyncDisposableStack();
  const folder = options.folder ?? (await temporaryServerFolder(stack));
  const home = options.home ?? (options.folder === undefined ? `${folder}-home` : undefined);
  if (home !== undefined) await mkdir(home, { recursive: true });
  const { forced, defaults } = settingsFor(hub);
  const apart = home === undefined ? {} : noServers;
  await presetSettings(folder, { forced: { ...forced, ...apart, ...settings }, defaults });
  await options.prepare?.(installation, folder);
  const server = await startServer({
    ...{ installation, folder, port, builtins, locale },
    env: { ...(home === undefined ? {} : homeVariables(home)), ...env },
  });
  stack.defer(() => server.stop());
  const owned = stack.move();
  return {
    server,
    folder,
    home,
    address: (target = {}) => workbenchAddress({ port: server.port, ...target }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** What runs on this machine is not asked. */
const noServers = { 'modelHub.servers': [] };

/** By which programs find the folders of their user. */
function homeVariables(home: string): Record<string, string | undefined> {
  return {
    ...{ HOME: home, USERPROFILE: home, APPDATA: path.join(home, 'AppData', 'Roaming') },
    ...{ XDG_CONFIG_HOME: undefined, XDG_DATA_HOME: undefined, XDG_CACHE_HOME: undefined },
    ...{ HF_HOME: undefined, HF_HUB_CACHE: undefined, HUGGINGFACE_HUB_CACHE: undefined },
    ...{ JAN_DATA_FOLDER: undefined, JAN_DATA_ROOT: undefined },
  };
}

/** The user settings of a workbench that talks to this hub, or to the real upstreams without one. */
export function settingsFor(hub: Hub | undefined): Preset {
  if (hub === undefined) return { forced: {}, defaults: quietSettings };
  return {
    forced: hubSettings(hub),
    defaults: { ...quietSettings, 'modelHub.sources': hubSourceIds(hub) },
  };
}

async function temporaryServerFolder(stack: AsyncDisposableStack): Promise<string> {
  const { folder, remove } = await temporaryFolder('vscode');
  stack.defer(remove);
  return path.join(folder, 'server');
}
