import type { BrowserContext, Page } from 'playwright-core';

/** Where a workbench in a browser keeps what the extension asks it to keep. */
const place = {
  database: 'vscode-web-state-db-global',
  store: 'ItemTable',
  item: 'model-hub.model-hub',
};

/** All that the extension keeps from session to session. */
export async function readStored(page: Page): Promise<Readonly<Record<string, unknown>>> {
  const text = await page.evaluate(storedItem, place);
  return JSON.parse(text ?? '{}') as Record<string, unknown>;
}

/** Writes one value. A workbench hears of it as it hears of another tab. */
export async function store(page: Page, key: string, value: unknown): Promise<void> {
  const text = JSON.stringify({ ...(await readStored(page)), [key]: value });
  await page.evaluate(storeItem, { ...place, text });
}

/** Does something with what a workbench has stored, while no workbench is there to use it. */
export async function withoutWorkbench<T>(
  context: BrowserContext,
  address: string,
  work: (page: Page) => Promise<T>,
): Promise<T> {
  const page = await context.newPage();
  try {
    await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
    await page.goto(address);
    return await work(page);
  } finally {
    await page.close();
  }
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
