/**
 * Runs inside the sources of an earlier version and has its own code write what it kept beside the
 * catalogue: `node writer.ts STORAGE`. What that version did not have yet is left out.
 */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { fixture } from './fixture.ts';

type Values = Record<string, unknown>;
type Made = Record<string, (...args: unknown[]) => unknown>;

const [storage = ''] = process.argv.slice(2);
const state: Values = {};
const memory = {
  get: (key: string): unknown => state[key],
  update: (key: string, value: unknown): Promise<void> => {
    state[key] = value;
    return Promise.resolve();
  },
};
const silent = (): void => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };
const nothing = { dispose: silent };
const signals = { focused: true, active: true, onDidChange: () => nothing };
const clock = { now: () => fixture.now, after: () => nothing };

const favourites = await make('views/favourites.ts', 'Favourites', memory, signals);
for (const id of fixture.favourites.toReversed()) await favourites?.['toggle']?.(id);
await make('views/news.ts', 'News', { memory, clock, signals, logger });
const arrangement = await make('views/tree/arrangement.ts', 'Arrangement', memory);
await arrangement?.['arrange']?.(fixture.arrangement);
const searches = await make('views/search/searchHistory.ts', 'SearchHistory', memory);
for (const query of fixture.searches.toReversed()) await searches?.['add']?.(query);
const kept = await make('views/keptModels.ts', 'KeptModels', memory, favourites);
await kept?.['note']?.(fixture.installed);
const offered = await make('views/markedIds.ts', 'MarkedIds', 'modelHub.offered', memory, signals);
for (const id of fixture.offered) await offered?.['set']?.(id, true);
if (Object.keys(state).length > 0) {
  writeFileSync(path.join(storage, 'state.json'), `${JSON.stringify(state, undefined, 2)}\n`);
}

const open = { storage, now: fixture.now, logger };
const identities = await make('runtime/identityStore.ts', 'IdentityStore', open);
for (const { path: file, size, modified, sha256 } of fixture.identities) {
  identities?.['remember']?.(file, size, modified, sha256);
  identities?.['rememberOrigins']?.(sha256, fixture.origins);
}
identities?.['noteUnfound']?.(fixture.unfound.sha256, fixture.unfound.model, fixture.unfound.head);
identities?.['close']?.();

const chunks = await make('download/differential/chunkStore.ts', 'ChunkStore', open);
chunks?.['remember']?.(fixture.unfound.sha256, fixture.chunks);
chunks?.['close']?.();

const openDownloads = await named('download/downloadDatabase.ts', 'openDownloads');
const downloads = await make(
  'download/downloadStore.ts',
  'DownloadStore',
  (openDownloads as Made[string] | undefined)?.(storage, fixture.now, logger),
);
downloads?.['add']?.(fixture.download);
downloads?.['close']?.();

async function named(file: string, name: string): Promise<unknown> {
  const module = path.resolve('src', file);
  if (!existsSync(module)) return undefined;
  try {
    return ((await import(pathToFileURL(module).href)) as Values)[name];
  } catch (error) {
    // What imports the editor cannot run here.
    if (String(error).includes("'vscode'")) return undefined;
    throw error;
  }
}

async function make(file: string, name: string, ...args: unknown[]): Promise<Made | undefined> {
  const known = (await named(file, name)) as (new (...args: unknown[]) => Made) | undefined;
  return known === undefined ? undefined : new known(...args);
}
