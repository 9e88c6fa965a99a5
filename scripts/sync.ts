import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { parseArgs } from 'node:util';

import { CatalogueReader } from '../src/sync/cache/catalogueReader.ts';
import { openForReading } from '../src/sync/cache/database.ts';
import { describeError } from '../src/sync/errors.ts';
import { Engine } from '../src/sync/engine.ts';
import type { SourceKey } from '../src/sync/model.ts';
import type { SourceReport } from '../src/sync/syncService.ts';
import { systemClock, systemRandom } from '../src/sync/worker/systemClock.ts';
import { helpFirst } from './lib/help.ts';

const USAGE = `npm run sync -- --storage DIR --hub URL [--source SOURCE]… [--json] [--dump FILE]

One manual sync with the engine of the extension, without VS Code.
  --storage DIR    the folder that holds the catalogue
  --hub URL        an embedded hub, or another server that speaks the Hugging Face API
  --source SOURCE  hf:<author>, jan:v1, jan:v2, cortex or published:<address>; without it, all
                   that the hub serves and what the catalogue in DIR already follows
  --json           print one JSON object a source
  --dump FILE      write the catalogue: {"source","id","content"} a line, ordered, no counters
A token in HF_TOKEN is sent to huggingface.co, and to no other host.
Exit code: 0 if all sources succeeded, 2 if some failed (what succeeded is kept), 1 on wrong usage.`;

/** What an embedded hub says of itself at \`/__hub/sources\`. */
interface Served {
  readonly sources: {
    readonly hf: readonly string[];
    readonly jan: readonly string[];
    readonly cortex: string;
  };
}

helpFirst(USAGE);

process.exitCode = await main();

async function main(): Promise<number> {
  const values = readArguments();
  if (values?.storage === undefined || values.hub === undefined) {
    console.error(USAGE);
    return 1;
  }
  const { storage, json, dump } = values;
  const hub = values.hub.replace(/\/+$/, '');
  const served = await askHub(hub);
  if (served === undefined && values.source === undefined) {
    console.error(`${hub} does not say what it serves: name the sources with --source.`);
    return 2;
  }
  const reports = await sync(storage, hub, values.source, served, dump);
  for (const report of reports) console.log(json ? JSON.stringify(report) : inWords(report));
  return reports.every((report) => report.error === undefined) ? 0 : 2;
}

/** The arguments, or undefined if there is a word among them that is not known. */
function readArguments() {
  try {
    return parseArgs({
      options: {
        storage: { type: 'string' },
        hub: { type: 'string' },
        source: { type: 'string', multiple: true },
        json: { type: 'boolean', default: false },
        dump: { type: 'string' },
      },
    }).values;
  } catch (error) {
    console.error(describeError(error));
    return undefined;
  }
}

async function sync(
  storage: string,
  hub: string,
  asked: readonly SourceKey[] | undefined,
  served: Served | undefined,
  dump: string | undefined,
): Promise<readonly SourceReport[]> {
  const endpoints = {
    huggingFace: hub,
    janCatalogue: `${hub}/janhq/model-catalog/main`,
    cortex: served?.sources.cortex ?? `${hub}/cortex`,
  };
  const silent = (): void => undefined;
  const logger = { debug: silent, info: silent, warn: console.error, error: console.error };
  const engine = new Engine(
    { storage, userAgent: 'model-hub-cli', settings: { sources: [], endpoints, tokens: tokens() } },
    { clock: systemClock, random: systemRandom, logger },
  );
  const catalogue = new CatalogueReader(openForReading(engine.storage.path));
  try {
    const sources = asked ?? [...new Set([...allSources(served), ...catalogue.knownSources()])];
    const report = await engine.sync({ reason: 'manual', sources });
    if (dump !== undefined) await writeDump(catalogue, dump);
    return report.sources;
  } finally {
    catalogue.close();
    await engine.close();
  }
}

function tokens(): Record<string, string> {
  const token = process.env['HF_TOKEN'];
  return token ? { 'https://huggingface.co': token } : {};
}

async function askHub(hub: string): Promise<Served | undefined> {
  try {
    const answer = await fetch(new URL('/__hub/sources', hub));
    return answer.ok ? ((await answer.json()) as Served) : undefined;
  } catch {
    return undefined;
  }
}

function allSources(served: Served | undefined): SourceKey[] {
  if (served === undefined) return [];
  const { hf, jan } = served.sources;
  return [
    ...hf.map((author) => `hf:${author}`),
    ...jan.map((version) => `jan:${version}`),
    'cortex',
  ];
}

async function writeDump(catalogue: CatalogueReader, file: string): Promise<void> {
  const out = createWriteStream(file);
  for (const { source, id, content } of catalogue.dump()) {
    const names = `"source":${JSON.stringify(source)},"id":${JSON.stringify(id)}`;
    out.write(`{${names},"content":${content}}\n`);
  }
  out.end();
  await finished(out);
}

function inWords(report: SourceReport): string {
  const { source, added, updated, removed, requests, bytesReceived, durationMs, error } = report;
  if (error !== undefined) return `${source}: ${error.message}`;
  const cost = `${requests} requests, ${bytesReceived} bytes, ${durationMs} ms`;
  return `${source}: ${added} new, ${updated} updated, ${removed} gone (${cost})`;
}
