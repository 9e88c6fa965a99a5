import { spawn } from 'node:child_process';
import path from 'node:path';

import type { Hub } from '../lib/hub.ts';
import { cacheFolder, root } from '../lib/paths.ts';
import { freePortNear } from '../lib/ports.ts';
import { startSession } from '../vscode/session.ts';

/** What `npm start` uses if it is free: the browser keeps layout and secrets by address. */
const USUAL_PORT = 8137;

export interface OpenOptions {
  readonly hub: Hub | undefined;
  readonly open: boolean;
  readonly port: number | undefined;
}

/** Serves the workbench until the program is stopped. */
export async function openWorkbench({ hub, open, port }: OpenOptions): Promise<number> {
  await using session = await startSession({
    // Kept, so that the next start shows the catalogue of this one.
    folder: path.join(cacheFolder, hub === undefined ? 'user-data-online' : 'user-data'),
    port: port ?? (await freePortNear(USUAL_PORT)),
    hub,
  });
  const address = session.address({ extension: root });
  if (open) openBrowser(address);
  console.log(`Model Hub is open at ${address}`);
  await session.server.ended();
  throw new Error(`VS Code ended.\n${session.server.output()}`);
}

/** Leaves the address to the browser of this desktop; without one the printed line must do. */
function openBrowser(address: string): void {
  const [command, ...args] = openCommand(address);
  const opener = spawn(command, args, { stdio: 'ignore', detached: true });
  opener.on('error', () => undefined);
  opener.unref();
}

function openCommand(address: string): [string, ...string[]] {
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', address];
  return [process.platform === 'darwin' ? 'open' : 'xdg-open', address];
}
