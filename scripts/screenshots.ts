import path from 'node:path';
import { parseArgs } from 'node:util';

import { build } from './lib/bundle.ts';
import { helpFirst } from './lib/help.ts';
import { Hub } from './lib/hub.ts';
import { root } from './lib/paths.ts';
import { main } from './lib/processes.ts';
import { isPictured, pictures, takePictures, themes } from './start/pictures.ts';
import type { Shot, View } from './start/pictures.ts';

const usage = `npm run screenshots -- [--only VIEW,…]

Takes the pictures of the documents anew, each in four themes: docs/images/VIEW-THEME.png.
  --only VIEW,…  some of ${Object.keys(pictures).join(', ')}`;

helpFirst(usage);

await main(async () => {
  const views = readViews();
  if (views === undefined) {
    console.error(usage);
    return 2;
  }
  await build();
  for (const view of views) {
    await using hub = await Hub.start();
    await takePictures({ shots: Object.keys(themes).map((theme) => shot(view, theme)), view, hub });
  }
  return 0;
});

function readViews(): readonly View[] | undefined {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const names = values.only?.split(',') ?? Object.keys(pictures);
  const views = names.filter(isPictured);
  return views.length === names.length ? views : undefined;
}

function shot(view: View, theme: string): Shot {
  const file = path.join(root, 'docs', 'images', `${view}-${theme}.png`);
  return { file, theme: theme as keyof typeof themes };
}
