/**
 * Works out, from nothing but the raw version files, what a dump has to hold after each version.
 * Written from the rules in the README of the hub and shares no code with it or with the engine,
 * so that it has no mistake in common with them.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Raw = Record<string, Json>;

/** What is known of a repository from the version files: not all of it, but all of this. */
export interface Expected {
  readonly sha: string;
  readonly lastModified: string;
  readonly record: Raw;
}

interface Version {
  readonly name: 'v1' | 'v2';
  readonly seconds: number;
  readonly path: string;
}

/** Text that is equal for equal values: the keys of every object in the order of code units. */
export function inOrder(value: Json): string {
  if (Array.isArray(value)) {
    let list = '';
    for (const item of value) list += (list === '' ? '' : ',') + inOrder(item);
    return `[${list}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value);
    keys.sort((a, b) => Buffer.compare(utf16(a), utf16(b)));
    let members = '';
    for (const key of keys) {
      members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${inOrder(value[key]!)}`;
    }
    return `{${members}}`;
  }
  return JSON.stringify(value);
}

/** Big-endian UTF-16, whose bytes compare as code units do. */
function utf16(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16();
}

function hash(text: string): string {
  const digest = createHash('sha1');
  digest.update(text, 'utf8');
  return digest.digest('hex');
}

function lacking(record: Raw, ...keys: string[]): Raw {
  const copy = structuredClone(record);
  for (const key of keys) Reflect.deleteProperty(copy, key);
  return copy;
}

function idIn(record: Json): string | undefined {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return undefined;
  const { developer, model_name: name } = record;
  return typeof developer === 'string' && typeof name === 'string'
    ? `${developer}/${name}`
    : undefined;
}

/** The versions of a folder as they follow each other, and what is published at the present one. */
export class RawHistory {
  readonly #versions: Version[];
  readonly #files = new Map<'v1' | 'v2', Map<string, Raw>>();
  #repositories = new Map<string, Expected>();
  #position = -1;

  constructor(folder: string) {
    const inside = (['v1', 'v2'] as const).filter((name) => existsSync(join(folder, name)));
    this.#versions =
      inside.length > 0
        ? inside.flatMap((name) => list(join(folder, name), name))
        : list(folder, undefined);
    this.#versions.sort((a, b) => a.seconds - b.seconds || (a.name > b.name ? 1 : -1));
    this.next();
  }

  get length(): number {
    return this.#versions.length;
  }

  /** Publishes the next version. */
  next(): void {
    const version = this.#versions[++this.#position];
    if (version === undefined) throw new Error('there is no further version');
    const records = new Map<string, Raw>();
    for (const record of readVersion(version.path)) {
      const id = idIn(record);
      if (id !== undefined) records.set(id, record);
    }
    this.#files.set(version.name, records);

    const before = this.#repositories;
    this.#repositories = new Map();
    // A record of v2 covers one of v1.
    const all = new Map([...(this.#files.get('v1') ?? []), ...(this.#files.get('v2') ?? [])]);
    for (const [id, record] of all) {
      const sha = hash(inOrder(lacking(record, 'downloads')));
      const known = before.get(id);
      const lastModified =
        known?.sha === sha ? known.lastModified : new Date(version.seconds * 1_000).toISOString();
      this.#repositories.set(id, { sha, lastModified, record });
    }
  }

  /** Records of a catalogue file by id. */
  catalogue(name: 'v1' | 'v2'): ReadonlyMap<string, Raw> {
    return this.#files.get(name) ?? new Map();
  }

  /** Repositories by id. */
  get repositories(): ReadonlyMap<string, Expected> {
    return this.#repositories;
  }
}

function readVersion(path: string): Raw[] {
  return JSON.parse(gunzipSync(readFileSync(path)).toString('utf8')) as Raw[];
}

function list(folder: string, named: 'v1' | 'v2' | undefined): Version[] {
  const files = readdirSync(folder).filter((name) => /^\d+-\d+\.json\.gz$/.test(name));
  files.sort((a, b) => Number.parseInt(a) - Number.parseInt(b));
  const [first] = files;
  if (first === undefined) return [];
  const isSecond = readVersion(join(folder, first)).some((record) => 'library_name' in record);
  return files.map((name) => ({
    name: named ?? (isSecond ? 'v2' : 'v1'),
    seconds: Number(name.split('-')[1]!.split('.')[0]),
    path: join(folder, name),
  }));
}
