import { readFile, writeFile } from 'node:fs/promises';

import { parseSizeText } from '../src/sync/gateway/sizeText.ts';
import type { ModelRecord } from '../src/sync/model.ts';
import { groupVariants } from '../src/sync/variants.ts';
import { helpFirst } from './lib/help.ts';

/** A hand-written model of the embedded hub; only facts about the model itself are used here. */
interface WellKnown {
  readonly id: string;
  readonly license?: string;
  readonly architecture?: string;
  readonly parameters?: number;
  readonly context?: number;
  readonly files: Readonly<Record<string, string>>;
}

const from = new URL('../test/hub/wellKnown.json', import.meta.url);
const to = new URL('../media/seed.json', import.meta.url);

helpFirst(`Usage: npm run seed
  Writes media/seed.json, the list for a first start without a network.`);

const models = JSON.parse(await readFile(from, 'utf8')) as readonly WellKnown[];
const lines = models.map((model) => JSON.stringify(toRecord(model)));
await writeFile(to, `[\n${lines.join(',\n')}\n]\n`);

/** The facts as a record without commit, dates or counters: those only a source can tell. */
function toRecord(model: WellKnown): ModelRecord {
  const files = Object.entries(model.files).map(([path, size]) => ({
    path,
    size: parseSizeText(size),
  }));
  return {
    id: model.id,
    ...(model.license !== undefined && { license: model.license }),
    ...(model.architecture !== undefined && { architecture: model.architecture }),
    ...(model.parameters !== undefined && { parameters: model.parameters }),
    ...(model.context !== undefined && { contextLength: model.context }),
    variants: groupVariants(files),
  };
}
