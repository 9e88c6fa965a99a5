import type { JsonObject } from './canonical.ts';
import { byCodeUnits, isObject, sha1 } from './canonical.ts';
import { identityOf } from './content.ts';
import type { Exchange, Reply } from './exchange.ts';
import { hubError, json } from './exchange.ts';
import { findCommit, findOpenRepository } from './lookup.ts';
import type { HubState } from './state.ts';
import type { Commit } from './store.ts';

const PAGE = 1000;
/** With `expand` each entry costs a look at the log, so that a page is shorter (OpenAPI: 100). */
const EXPANDED_PAGE = 100;
const MOST_PATHS = 2000;

function lastCommit({ sha, repository }: Commit): JsonObject {
  return {
    lastCommit: { id: sha, title: 'Upload files', date: repository.lastModified },
    securityFileStatus: { status: 'safe' },
  };
}

function fileEntry(
  state: HubState,
  commit: Commit,
  path: string,
  expand: boolean,
): JsonObject | undefined {
  const file = commit.files.find((one) => one.path === path);
  if (!file) return undefined;
  const { size, oid, lfs } = identityOf(commit.repository, file);
  const xetHash = state.xetFileOf(file)?.hash;
  const entry = {
    type: 'file',
    oid,
    size,
    path,
    ...(lfs ? { lfs } : {}),
    ...(xetHash === undefined ? {} : { xetHash }),
  };
  return expand ? { ...entry, ...lastCommit(commit) } : entry;
}

function directoryEntry(commit: Commit, path: string, expand: boolean): JsonObject {
  const below = commit.files
    .filter((file) => file.path.startsWith(`${path}/`))
    .map(({ key }) => key);
  const entry = { type: 'directory', oid: sha1(below.join('\n')), size: 0, path };
  return expand ? { ...entry, ...lastCommit(commit) } : entry;
}

/** Paths of all directories that lead to files. */
function directoriesOf(commit: Commit): Set<string> {
  const directories = new Set<string>();
  for (const { path } of commit.files) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      directories.add(path.slice(0, at));
    }
  }
  return directories;
}

function pageSize(params: URLSearchParams, expand: boolean): number {
  const limit = Number(params.get('limit') ?? (expand ? EXPANDED_PAGE : PAGE));
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, PAGE) : PAGE;
}

/** `GET /api/models/{id}/tree/{rev}[/{path}]` (fact sheet 1.2). */
export function tree(
  state: HubState,
  exchange: Exchange,
  target: { id: string; revision: string; folder: string },
): Reply {
  const found = findOpenRepository(state, exchange, target.id);
  if ('refusal' in found) return found.refusal;
  const revision = findCommit(state, found.value, target.revision);
  if ('refusal' in revision) return revision.refusal;
  const commit = revision.value;
  const params = exchange.url.searchParams;
  const expand = params.get('expand') === 'true';
  const recursive = params.get('recursive') === 'true' || params.get('recursive') === '1';
  const directories = directoriesOf(commit);
  const { folder } = target;
  if (folder && !directories.has(folder)) {
    return hubError(404, 'EntryNotFound', `${folder} does not exist on "${target.revision}"`);
  }
  const isWanted = (path: string) => {
    if (folder && !path.startsWith(`${folder}/`)) return false;
    return recursive || !path.slice(folder ? folder.length + 1 : 0).includes('/');
  };
  const cursor = Buffer.from(params.get('cursor') ?? '', 'base64').toString();
  const paths = [...directories, ...commit.files.map(({ path }) => path)]
    .filter((path) => isWanted(path) && (!cursor || path > cursor))
    .sort(byCodeUnits);
  const limit = pageSize(params, expand);
  const entries = paths
    .slice(0, limit)
    .map((path) => fileEntry(state, commit, path, expand) ?? directoryEntry(commit, path, expand));
  const last = paths[limit - 1];
  return json(
    entries,
    paths.length > limit && last !== undefined ? { Link: nextLink(exchange, last) } : {},
  );
}

function nextLink(exchange: Exchange, last: string): string {
  const next = new URL(exchange.url);
  next.searchParams.set('cursor', Buffer.from(last).toString('base64'));
  return `<${next.href}>; rel="next"`;
}

async function pathsRequest(
  exchange: Exchange,
): Promise<{ paths: string[]; expand: boolean } | undefined> {
  const body = (await exchange.body()).toString();
  if (String(exchange.headers['content-type']).includes('application/x-www-form-urlencoded')) {
    const form = new URLSearchParams(body);
    return { paths: form.getAll('paths'), expand: /^true$/i.test(form.get('expand') ?? '') };
  }
  try {
    const value: unknown = JSON.parse(body);
    if (!isObject(value)) return undefined;
    const paths = typeof value['paths'] === 'string' ? [value['paths']] : value['paths'];
    const isList = Array.isArray(paths) && paths.every((path) => typeof path === 'string');
    return isList ? { paths, expand: value['expand'] === true } : undefined;
  } catch {
    return undefined;
  }
}

/** `POST /api/models/{id}/paths-info/{rev}`: what does not exist is left out without a word. */
export async function pathsInfo(
  state: HubState,
  exchange: Exchange,
  id: string,
  revision: string,
): Promise<Reply> {
  const found = findOpenRepository(state, exchange, id);
  if ('refusal' in found) return found.refusal;
  const at = findCommit(state, found.value, revision);
  if ('refusal' in at) return at.refusal;
  const request = await pathsRequest(exchange);
  if (!request) return hubError(400, undefined, 'Invalid body: "paths" is a list of strings');
  const { paths, expand } = request;
  if (paths.length > MOST_PATHS) return hubError(400, undefined, `At most ${MOST_PATHS} paths`);
  const directories = directoriesOf(at.value);
  const entries = paths.map(
    (path) =>
      fileEntry(state, at.value, path, expand) ??
      (directories.has(path) ? directoryEntry(at.value, path, expand) : undefined),
  );
  return json(entries.filter((entry) => entry !== undefined));
}
