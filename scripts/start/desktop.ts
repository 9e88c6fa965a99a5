import path from 'node:path';

import type { Hub } from '../lib/hub.ts';
import { cacheFolder, root } from '../lib/paths.ts';
import { Started } from '../lib/processes.ts';
import { settingsFor } from '../vscode/session.ts';
import { writeSettings } from '../vscode/settings.ts';

/** Opens the desktop VS Code that is on PATH with a profile of its own; ends when it is closed. */
export async function openDesktop(hub: Hub | undefined): Promise<number> {
  const name = hub === undefined ? 'desktop-online' : 'desktop';
  const userData = path.join(cacheFolder, name, 'data');
  await writeSettings(userData, settingsFor(hub));
  const args = [
    '--new-window',
    '--wait',
    `--extensionDevelopmentPath=${root}`,
    ...['--user-data-dir', userData],
    ...['--extensions-dir', path.join(cacheFolder, name, 'extensions')],
    '--disable-workspace-trust',
  ];
  // On Windows "code" is a .cmd file, which only a shell can start.
  const [command, before] =
    process.platform === 'win32' ? ['cmd.exe', ['/d', '/c', 'code']] : ['code', []];
  const code = new Started(command, [...before, ...args]);
  if (!code.hasExited) console.log('Model Hub is open in desktop VS Code');
  const exitCode = await code.exited();
  if (exitCode !== 0) console.error(`There is no "code" on PATH, or it failed.\n${code.output}`);
  return exitCode;
}
