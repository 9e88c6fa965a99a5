import { eventually } from '../support/eventually.ts';
import { readStored, store } from './storedState.ts';
import type { Workbench } from './workbench.ts';

export const KEY = 'modelHub.shared';

/** The value that Settings Sync would take along, as the workbench has it stored. */
export async function readSynced({ window }: Workbench): Promise<unknown> {
  return (await readStored(window.page))[KEY];
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
  await store(window.page, KEY, value);
}
