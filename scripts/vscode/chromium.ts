import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import { ensureInstalled } from '../lib/npm.ts';

const PACKAGE = '@sparticuz/chromium@153.0.0';
const run = promisify(execFile);

/** A browser that the tests may drive, with the environment it needs. */
export interface Chromium {
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Finds Chromium: `CHROME_PATH`, then an installed one, then the one from npm (Linux on x64). */
export async function ensureChromium(): Promise<Chromium> {
  const named = process.env['CHROME_PATH'];
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) throw new Error(`CHROME_PATH is ${named}, which does not exist.`);
    return { executablePath: named, env: {} };
  }
  const installed = candidates().find((file) => existsSync(file));
  return installed === undefined ? chromiumFromNpm() : { executablePath: installed, env: {} };
}

function candidates(): string[] {
  if (process.platform === 'win32') return windowsCandidates();
  if (process.platform === 'darwin') {
    return ['Chromium', 'Google Chrome', 'Microsoft Edge'].map(
      (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
    );
  }
  const names = ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser'];
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return [...names, 'microsoft-edge', 'microsoft-edge-stable'].flatMap((name) =>
    folders.map((folder) => path.join(folder, name)),
  );
}

function windowsCandidates(): string[] {
  const folders = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA']
    .map((name) => process.env[name])
    .filter((folder) => folder !== undefined);
  return ['Google/Chrome/Application/chrome.exe', 'Microsoft/Edge/Application/msedge.exe'].flatMap(
    (name) => folders.map((folder) => path.join(folder, name)),
  );
}

async function chromiumFromNpm(): Promise<Chromium> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('Found no browser: install Chromium or Chrome, or set CHROME_PATH.');
  }
  const folder = await ensureInstalled({
    name: `chromium-${PACKAGE.slice(PACKAGE.lastIndexOf('@') + 1)}`,
    title: 'Chromium',
    packages: [PACKAGE],
    finish: unpack,
  });
  const env: Record<string, string> = {};
  if (!existsSync('/etc/fonts/fonts.conf')) env['FONTCONFIG_PATH'] = path.join(folder, 'fonts');
  return { executablePath: path.join(folder, 'chromium'), env };
}

/** The package unpacks into the temporary folder of its process: make that the final one. */
async function unpack(folder: string): Promise<void> {
  const script =
    "const { default: chromium } = await import('@sparticuz/chromium');" +
    'await chromium.executablePath();';
  await run(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder },
  });
}
