import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

export type Settings = Readonly<Record<string, unknown>>;

/** Settings that hold in any case, and settings that hold where the user has said nothing. */
export interface Preset {
  readonly forced: Settings;
  readonly defaults: Settings;
}

/** Keeps the workbench to what is looked at: no welcome pages, prompts, assistants or telemetry. */
export const quietSettings: Settings = {
  // The light or dark theme that the desktop of the user has.
  'window.autoDetectColorScheme': true,
  'workbench.preferredDarkColorTheme': 'Dark Modern',
  'workbench.preferredLightColorTheme': 'Light Modern',
  'workbench.startupEditor': 'none',
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'security.workspace.trust.enabled': false,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'window.restoreWindows': 'none',
};

/** The file that a server of code-server reads for settings of every scope, application included. */
export function userSettingsFile(userData: string): string {
  return path.join(userData, 'User', 'settings.json');
}

/** Writes settings into a user data folder. What else is there stays. */
export async function writeSettings(userData: string, { forced, defaults }: Preset): Promise<void> {
  const file = userSettingsFile(userData);
  await mkdir(path.dirname(file), { recursive: true });
  const settings = { ...defaults, ...(await readSettings(file)), ...forced };
  await writeFile(file, JSON.stringify(settings, undefined, 2));
}

async function readSettings(file: string): Promise<Settings> {
  if (!existsSync(file)) return {};
  const text = await readFile(file, 'utf8');
  // People write comments into this file. TypeScript reads them, and is there anyway.
  const { default: ts } = await import('typescript');
  const { config, error } = ts.parseConfigFileTextToJson(file, text) as {
    config?: unknown;
    error?: unknown;
  };
  if (error === undefined && typeof config === 'object' && config !== null) {
    return config as Settings;
  }
  await rename(file, `${file}.unreadable`);
  return {};
}
