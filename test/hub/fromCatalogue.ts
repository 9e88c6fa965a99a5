import type { JsonObject } from './canonical.ts';
import { canonicalJson, isObject, sha1, without } from './canonical.ts';
import type { Repository, RepositoryFile } from './repository.ts';
import { blob, CREATED_AT_FLOOR, fractionOf, isProjector, objectIdOf, text } from './repository.ts';
import { factsFromName } from './rules.ts';
import { bytesOf } from './sizeText.ts';

const FILE_LISTS: readonly string[] = ['quants', 'mmproj_models', 'safetensors_files'];

/** `developer/model_name` of a catalogue record, or undefined where it names no repository. */
export function idOfRecord(record: JsonObject): string | undefined {
  const { developer, model_name: name } = record;
  if (typeof developer !== 'string' || typeof name !== 'string') return undefined;
  return developer && name ? `${developer}/${name}` : undefined;
}

/** The commit a record stands for: a counter makes no commit. */
export function shaOfRecord(record: JsonObject): string {
  return sha1(canonicalJson(without(record, ['downloads'])));
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Path in the repository of a download link of the catalogue. */
function pathOfLink(link: unknown): string | undefined {
  if (typeof link !== 'string') return undefined;
  const marker = '/resolve/main/';
  const at = link.indexOf(marker);
  const path = at < 0 ? '' : decoded(link.slice(at + marker.length).replace(/\?.*$/, ''));
  return path || undefined;
}

function filesOf(id: string, record: JsonObject): RepositoryFile[] {
  const files = new Map<string, RepositoryFile>();
  for (const name of ['.gitattributes', 'README.md']) files.set(name, text(name));
  if (record['safetensors_files'] !== undefined) files.set('config.json', text('config.json'));
  for (const list of FILE_LISTS) {
    const entries = record[list];
    for (const entry of Array.isArray(entries) ? entries.filter(isObject) : []) {
      const path = pathOfLink(entry['path']);
      if (path) files.set(path, blob(id, path, bytesOf(entry['file_size'])));
    }
  }
  return [...files.values()];
}

function isoTime(value: unknown): string {
  const time = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(time) ? CREATED_AT_FLOOR : new Date(time).toISOString();
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

/** The repository that a catalogue record was made from, by the rules of the README. */
export function repositoryOf(
  id: string,
  record: JsonObject,
  commit: { sha: string; time: string },
): Repository {
  const files = filesOf(id, record);
  const name = id.slice(id.indexOf('/') + 1);
  const isMlx = record['library_name'] === 'mlx' || record['safetensors_files'] !== undefined;
  const library = typeof record['library_name'] === 'string' ? record['library_name'] : undefined;
  const weights = files.filter((file) => !isProjector(file.path)).map((file) => file.size ?? 0);
  const downloads = count(record['downloads']);
  const description = record['description'];
  return {
    id,
    objectId: objectIdOf(id),
    sha: commit.sha,
    lastModified: commit.time,
    createdAt: isoTime(record['createdAt']),
    files,
    branches: [],
    facts: {
      ...factsFromName(name, {
        tools: record['tools'] === true,
        library: library ?? (isMlx ? 'mlx' : 'gguf'),
        projector: files.some((file) => isProjector(file.path)),
        largestFile: Math.max(0, ...weights),
      }),
      description: typeof description === 'string' && description ? description : undefined,
    },
    counters: {
      downloads,
      likes: Math.floor(downloads / (100 + Math.floor(fractionOf(id) * 400))),
      trendingScore: Math.round(Math.sqrt(downloads) * fractionOf(`trend ${id}`)),
    },
  };
}
