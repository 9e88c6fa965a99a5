import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { JsonObject } from './canonical.ts';
import { isObject } from './canonical.ts';
import { idOfRecord, repositoryOf, shaOfRecord } from './fromCatalogue.ts';
import type { CatalogueFile, CatalogueName, Publication, Timeline } from './publication.ts';
import { CATALOGUE_NAMES } from './publication.ts';
import type { Repository } from './repository.ts';

interface Version {
  readonly catalogue: CatalogueName;
  readonly sequence: number;
  /** Unix seconds. */
  readonly seconds: number;
  readonly file: string;
}

function readVersion(file: string): CatalogueFile {
  const bytes = gunzipSync(readFileSync(file));
  const records: unknown = JSON.parse(bytes.toString());
  if (!Array.isArray(records)) throw new Error(`${file} holds no list of models`);
  return { bytes, records: records.filter(isObject) };
}

function versionsIn(directory: string, catalogue?: CatalogueName): Version[] {
  const named = readdirSync(directory)
    .map((name) => ({ name, match: /^(\d+)-(\d+)\.json\.gz$/.exec(name) }))
    .filter(({ match }) => match !== null)
    .map(({ name, match }) => ({
      sequence: Number(match?.[1]),
      seconds: Number(match?.[2]),
      file: join(directory, name),
    }))
    .sort((a, b) => a.sequence - b.sequence || a.seconds - b.seconds);
  const [first] = named;
  if (!first) return [];
  const name = catalogue ?? catalogueOf(readVersion(first.file));
  return named.map((version) => ({ ...version, catalogue: name }));
}

/** Only the second format of the catalogue names a library in its records. */
function catalogueOf({ records }: CatalogueFile): CatalogueName {
  return records.some((record) => 'library_name' in record) ? 'v2' : 'v1';
}

/** A folder of versions, or a folder with `v1` and `v2` whose versions are merged by their time. */
function versionsOf(directory: string): { versions: Version[]; merged: boolean } {
  const folders = CATALOGUE_NAMES.filter((name) => {
    const folder = join(directory, name);
    return existsSync(folder) && statSync(folder).isDirectory();
  });
  if (folders.length === 0) return { versions: versionsIn(directory), merged: false };
  const versions = folders.flatMap((name) => versionsIn(join(directory, name), name));
  versions.sort((a, b) => a.seconds - b.seconds || (a.catalogue < b.catalogue ? -1 : 1));
  return { versions, merged: true };
}

/** Records by repository id; of records with the same id the last one counts. */
function recordsById(files: readonly (CatalogueFile | undefined)[]): Map<string, JsonObject> {
  const byId = new Map<string, JsonObject>();
  for (const file of files) {
    for (const record of file?.records ?? []) {
      const id = idOfRecord(record);
      if (id !== undefined) byId.set(id, record);
    }
  }
  return byId;
}

function nextRepositories(
  before: ReadonlyMap<string, Repository>,
  records: ReadonlyMap<string, JsonObject>,
  time: string,
): Map<string, Repository> {
  const after = new Map<string, Repository>();
  for (const [id, record] of records) {
    const sha = shaOfRecord(record);
    const known = before.get(id);
    const isSameCommit = known?.sha === sha;
    if (isSameCommit && known.counters.downloads === record['downloads']) after.set(id, known);
    else
      after.set(
        id,
        repositoryOf(id, record, { sha, time: isSameCommit ? known.lastModified : time }),
      );
  }
  return after;
}

/** The history of Jan's catalogue in a folder, replayed version by version. */
export function historyTimeline(directory: string): Timeline {
  const { versions, merged } = versionsOf(directory);
  let index = -1;
  const publish = (before: Publication | undefined): Publication => {
    index += 1;
    const version = versions[index];
    if (!version)
      throw new Error(`${basename(directory)} holds no <sequence>-<unix seconds>.json.gz`);
    const time = new Date(version.seconds * 1000).toISOString();
    const catalogues = { ...before?.catalogues, [version.catalogue]: readVersion(version.file) };
    const records = recordsById([catalogues.v1, catalogues.v2]);
    return {
      sequence: merged ? index + 1 : version.sequence,
      time,
      last: index === versions.length - 1,
      repositories: nextRepositories(before?.repositories ?? new Map(), records, time),
      catalogues,
    };
  };
  let current = publish(undefined);
  return {
    get current() {
      return current;
    },
    advance() {
      if (current.last) return undefined;
      current = publish(current);
      return current;
    },
  };
}
