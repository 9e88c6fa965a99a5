import type { Exchange, Reply } from './exchange.ts';
import { hubError } from './exchange.ts';
import type { HubState } from './state.ts';
import type { Commit, Hosted } from './store.ts';

export type Found<T> = { readonly value: T } | { readonly refusal: Reply };

/** A token with this word in it has been granted access to gated repositories. */
export const GRANTED = 'granted';

/** Anonymous callers are not told whether a repository is missing, private or misspelt. */
function notFound(exchange: Exchange): Reply {
  return exchange.token === undefined
    ? hubError(401, 'RepoNotFound', 'Invalid username or password.')
    : hubError(404, 'RepoNotFound', 'Repository not found');
}

/** The repository of a request; an old name answers 307 to the same question under the new one. */
export function findRepository(state: HubState, exchange: Exchange, id: string): Found<Hosted> {
  const hosted = state.store.hosted.get(id);
  if (hosted && (!hosted.private || exchange.token !== undefined)) return { value: hosted };
  const renamed = hosted ? undefined : state.store.renamed(id);
  if (renamed === undefined) return { refusal: notFound(exchange) };
  const { pathname, search } = exchange.url;
  const location = `${pathname.replace(encodedId(pathname, id), renamed)}${search}`;
  return { refusal: { status: 307, headers: { Location: location } } };
}

/** The id as it stands in a path, whose parts may be percent-encoded. */
function encodedId(pathname: string, id: string): string {
  const parts = pathname.split('/').filter(Boolean);
  const start = parts[0] === 'api' ? 2 : 0;
  const found = parts.slice(start, start + 2).join('/');
  return found || id;
}

/** Disabled repositories answer nothing but their info. */
export function findOpenRepository(state: HubState, exchange: Exchange, id: string): Found<Hosted> {
  const found = findRepository(state, exchange, id);
  if ('value' in found && found.value.disabled) {
    return { refusal: hubError(403, undefined, 'Access to this resource is disabled.') };
  }
  return found;
}

/** Gated repositories show everything but bytes (fact sheet 1.6). */
export function mayReadBytes(exchange: Exchange, hosted: Hosted): Reply | undefined {
  if (hosted.gated === false || exchange.token?.includes(GRANTED)) return undefined;
  const status = exchange.token === undefined ? 401 : 403;
  return hubError(
    status,
    'GatedRepo',
    `Access to model ${hosted.id} is restricted. You must have access to it and be authenticated to access it.`,
  );
}

export function findCommit(state: HubState, hosted: Hosted, revision: string): Found<Commit> {
  const commit = state.store.commit(hosted, revision);
  return commit
    ? { value: commit }
    : { refusal: hubError(404, 'RevisionNotFound', `Invalid rev id: ${revision}`) };
}
