import { eventually } from '../support/eventually.ts';
import type { Workbench } from './workbench.ts';

export const KEY = 'modelHub.shared';
/** Where a workbench in a browser keeps what the extension asks it to keep. */
const place = {
  database: 'vscode-web-state-db-global',
  store: 'ItemTable',
  item: 'model-hub.model-hub',
};

/** The value that Settings Sync would take along, as the workbench has it stored. */
export async function readSynced({ window }: Workbench): Promise<unknown> {
  const text = await window.page.evaluate(storedItem, place);
  const state: unknown = JSON.parse(text ?? '{}');
  return (state as Readonly<Record<string, unknown>>)[KEY];
}

/**
 * The keys that the extension asks to be taken along, when it starts anew. The workbench itself
 * forgets them soon for an extension that is loaded from its sources, so they are watched.
 */
export async function keysAskedFor({ window }: Workbench): Promise<readonly string[]> {
  const { page } = window;
  await page.addInitScript(() => {
    const put = Reflect.get(IDBObjectStore.prototype, 'put');
    IDBObjectStore.prototype.put = function (value: unknown, key?: IDBValidKey) {
      if (typeof key === 'string' && key.startsWith('extensionKeys/model-hub.'))
        Object.assign(globalThis, { asked: value });
      return put.call(this, value, key);
    };
  });
  await window.reload();
  const asked = await page.waitForFunction(() => Reflect.get(globalThis, 'asked') as string);
  return JSON.parse(await asked.jsonValue()) as string[];
}

/** Waits until what Settings Sync would read is like this, and reads it. */
export async function syncedOnce(
  workbench: Workbench,
  isThere: (value: string) => boolean,
): Promise<unknown> {
  let value: unknown;
  await eventually(async () => {
    value = await readSynced(workbench);
    return isThere(JSON.stringify(value ?? ''));
  });
  return value;
}

/**
 * Writes what Settings Sync would write: the value of the key, whole. The workbench hears of it as
 * it hears of another tab, and nobody tells the extension.
 */
export async function writeSynced({ window }: Workbench, value: unknown): Promise<void> {
  const { page } = window;
  const state = JSON.parse((await page.evaluate(storedItem, place)) ?? '{}') as object;
  const text = JSON.stringify({ ...state, [KEY]: value });
  await page.evaluate(storeItem, { ...place, text });
}

/** Runs in the workbench. */
async function storedItem({ database, store, item }: typeof place): Promise<string | undefined> {
  const opening = indexedDB.open(database);
  const opened = await new Promise<IDBDatabase>((resolve, reject) => {
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(new Error('There is no such database.'));
  });
  const reading = opened.transaction(store).objectStore(store).get(item);
  return await new Promise((resolve, reject) => {
    reading.onsuccess = () => {
      opened.close();
      resolve(reading.result as string | undefined);
    };
    reading.onerror = () => reject(new Error('It cannot be read.'));
  });
}

/** Runs in the workbench. */
async function storeItem({
  database,
  store,
  item,
  text,
}: typeof place & { readonly text: string }): Promise<void> {
  const opening = indexedDB.open(database);
  const opened = await new Promise<IDBDatabase>((resolve, reject) => {
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(new Error('There is no such database.'));
  });
  const writing = opened.transaction(store, 'readwrite').objectStore(store).put(text, item);
  await new Promise((resolve, reject) => {
    writing.onsuccess = resolve;
    writing.onerror = () => reject(new Error('It cannot be written.'));
  });
  opened.close();
  const others = new BroadcastChannel(database);
  others.postMessage({ changed: new Map([[item, text]]), deleted: new Set() });
  others.close();
}
