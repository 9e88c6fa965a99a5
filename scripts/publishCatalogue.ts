import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { CatalogueReader } from '../src/sync/cache/catalogueReader.ts';
import { DATABASE_FILE, openForReading } from '../src/sync/cache/database.ts';
import { describeError, SyncError } from '../src/sync/errors.ts';
import { catalogueBody } from '../src/sync/publish/body.ts';
import type { CatalogueBody } from '../src/sync/publish/body.ts';
import { withFolder } from '../src/sync/publish/folder.ts';
import { privateKeyFrom, publicKeyText } from '../src/sync/publish/pointer.ts';
import type { Publication } from '../src/sync/publish/publisher.ts';
import { DEFAULT_DELTAS, publishBody } from '../src/sync/publish/publisher.ts';
import { helpFirst } from './lib/help.ts';

const USAGE = `npm run publish-catalogue -- --storage DIR --out DIR [--key FILE] [--deltas N]

Writes what the catalogue in a storage folder holds to a folder that any static host can serve.
  --storage DIR  the folder that holds the catalogue, as "npm run sync" leaves it
  --out DIR      the folder to write or to advance; made if it is not there
  --key FILE     sign with this Ed25519 key: openssl genpkey -algorithm ed25519 -out FILE
  --deltas N     keep deltas from this many versions before the newest (${DEFAULT_DELTAS})
Exit code: 0 if the folder is current, 2 if it could not be brought there, 1 on wrong usage.`;

helpFirst(USAGE);

process.exitCode = await main();

async function main(): Promise<number> {
  const values = readArguments();
  const deltas = Number(values?.deltas);
  if (values?.storage === undefined || values.out === undefined || !(deltas >= 0)) {
    console.error(USAGE);
    return 1;
  }
  const { storage, out, key } = values;
  try {
    const body = readCatalogue(storage);
    const privateKey = key === undefined ? undefined : privateKeyFrom(readFileSync(key, 'utf8'));
    const publication = await withFolder(out, (folder) =>
      publishBody(folder, body.bytes, {
        ...(privateKey && { key: privateKey }),
        deltas: Math.floor(deltas),
        parallel: os.availableParallelism(),
        logger: { debug: silent, info: silent, warn: console.error, error: console.error },
      }),
    );
    for (const line of inWords(body, publication)) console.log(line);
    const suffix = privateKey && `#key=${publicKeyText(privateKey)}`;
    console.log(`To follow it: published:<address of the folder>${suffix ?? ''}`);
    return 0;
  } catch (error) {
    console.error(describeError(error));
    return 2;
  }
}

/** The arguments, or undefined if there is a word among them that is not known. */
function readArguments() {
  try {
    return parseArgs({
      options: {
        storage: { type: 'string' },
        out: { type: 'string' },
        key: { type: 'string' },
        deltas: { type: 'string', default: String(DEFAULT_DELTAS) },
      },
    }).values;
  } catch (error) {
    console.error(describeError(error));
    return undefined;
  }
}

function readCatalogue(storage: string): CatalogueBody {
  const file = path.join(storage, DATABASE_FILE);
  if (!existsSync(file)) {
    throw new SyncError(
      'storage',
      `There is no catalogue in ${storage}. Fill it with npm run sync.`,
    );
  }
  const reader = new CatalogueReader(openForReading(file));
  try {
    return catalogueBody(reader.rows());
  } finally {
    reader.close();
  }
}

function inWords({ models, hidden }: CatalogueBody, publication: Publication): string[] {
  const { changed, sequence, size, bodyBytes, deltaBytes } = publication;
  const what = `version ${sequence}: ${models} models, ${size} bytes`;
  const whole = bodyBytes > 0 ? `, compressed ${bodyBytes}` : '';
  const deltas =
    deltaBytes.length > 0
      ? [
          `${deltaBytes.length} deltas, ${Math.min(...deltaBytes)} to ${Math.max(...deltaBytes)} bytes`,
        ]
      : [];
  const left = hidden > 0 ? [`${hidden} private models are left out`] : [];
  return [changed ? `Published ${what}${whole}` : `Nothing new since ${what}`, ...deltas, ...left];
}

function silent(): void {
  // Only what goes wrong is worth a line.
}
