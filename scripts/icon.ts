import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { helpFirst } from './lib/help.ts';
import { root } from './lib/paths.ts';
import { main } from './lib/processes.ts';
import { launchBrowser } from './vscode/browser.ts';

helpFirst(`Usage: npm run icon
  Draws media/icon.png from docs/images/icon.svg.`);

/** Pixels of an edge: what the Marketplace shows on a screen of double density. */
const EDGE = 256;

/** Draws media/icon.png from docs/images/icon.svg. */
await main(async () => {
  const drawing = await readFile(path.join(root, 'docs', 'images', 'icon.svg'), 'utf8');
  await using browser = await launchBrowser();
  const page = await browser.newPage({ viewport: { width: EDGE, height: EDGE } });
  await page.setContent(`<style>body { margin: 0 } svg { display: block }</style>${drawing}`);
  await page.screenshot({ path: path.join(root, 'media', 'icon.png'), omitBackground: true });
  console.log(`Drew media/icon.png, ${EDGE} x ${EDGE} pixels`);
  return 0;
});
