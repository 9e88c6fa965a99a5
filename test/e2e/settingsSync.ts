import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { eventually } from '../support/eventually.ts';
import type { Workbench } from './workbench.ts';

const EXTENSION = 'model-hub.model-hub';
const KEY = 'modelHub.shared';
/** Where a workbench in a browser keeps what extensions ask it to keep. */
const DATABASE = 'vscode-web-state-db-global';
const STORE = 'ItemTable';

/** What of an extension's state Settings Sync would take along, as the workbench has it stored. */
export interface SyncedState {
  /** The keys that the extension has asked to be taken along. */
  readonly keys: readonly string[];
  readonly value: unknown;
}

/** Reads what Settings Sync would read on this machine. */
export async function readSynced({ window }: Workbench): Promise<SyncedState> {
  const items = await allItems(window.page);
  const [, keys = '[]'] =
    [...items].find(([name]) => name.startsWith(`extensionKeys/${EXTENSION}@`)) ?? [];
  const state = JSON.parse(items.get(EXTENSION) ?? '{}') as Record<string, unknown>;
  return { keys: JSON.parse(keys) as string[], value: state[KEY] };
}

/** Waits until what Settings Sync would read is like this, and reads it. */
export async function syncedOnce(
  workbench: Workbench,
  isThere: (value: string) => boolean,
): Promise<SyncedState> {
  let state = await readSynced(workbench);
  await eventually(async () => {
    state = await readSynced(workbench);
    return isThere(JSON.stringify(state.value ?? ''));
  });
  return state;
}

/**
 * Writes what Settings Sync would write: the value of the key, whole. The workbench hears of it as
 * it hears of another tab, and nobody tells the extension.
 */
export async function writeSynced(
  { window }: Workbench,
  { keys, value }: SyncedState,
): Promise<void> {
  assert.deepEqual(keys, [KEY]);
  await window.page.evaluate(
    async ({ database, store, extension, key, changed }) => {
      const opened = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(database);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error('no database'));
      });
      const text = await new Promise<string>((resolve, reject) => {
        const items = opened.transaction(store, 'readwrite').objectStore(store);
        const read = items.get(extension);
        read.onerror = () => reject(new Error('cannot be read'));
        read.onsuccess = () => {
          const state = JSON.parse((read.result as string | undefined) ?? '{}') as object;
          const written = JSON.stringify({ ...state, [key]: changed });
          items.put(written, extension).onsuccess = () => resolve(written);
        };
      });
      opened.close();
      const others = new BroadcastChannel(database);
      others.postMessage({ changed: new Map([[extension, text]]), deleted: new Set() });
      others.close();
    },
    { database: DATABASE, store: STORE, extension: EXTENSION, key: KEY, changed: value },
  );
}

async function allItems(page: Page): Promise<Map<string, string>> {
  const items = await page.evaluate(
    async ({ database, store }) => {
      const opened = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(database);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error('no database'));
      });
      const items = opened.transaction(store).objectStore(store);
      const all = <T>(request: IDBRequest<T>): Promise<T> =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(new Error('cannot be read'));
        });
      const [names, values] = await Promise.all([all(items.getAllKeys()), all(items.getAll())]);
      opened.close();
      return names.map((name, index) => [String(name), String(values[index])] as const);
    },
    { database: DATABASE, store: STORE },
  );
  return new Map(items);
}
