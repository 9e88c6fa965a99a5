import type { Exchange, Reply } from './exchange.ts';
import { hubError, json } from './exchange.ts';
import { findOpenRepository } from './lookup.ts';
import type { HubState } from './state.ts';
import { authorOf } from './repository.ts';

const MOST_COMMITS = 1_000;
const COMMITS = 50;

/** A whole number of the query; `undefined` if it is something else. */
function count(params: URLSearchParams, name: string, otherwise: number): number | undefined {
  const text = params.get(name) ?? String(otherwise);
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** `GET /api/models/{id}/commits/{rev}` */
export function commitLog(
  state: HubState,
  exchange: Exchange,
  { id, revision }: { readonly id: string; readonly revision: string },
): Reply {
  const found = findOpenRepository(state, exchange, id);
  if ('refusal' in found) return found.refusal;
  const { searchParams } = exchange.url;
  const page = count(searchParams, 'p', 0);
  const limit = count(searchParams, 'limit', COMMITS);
  if (page === undefined || !limit || limit > MOST_COMMITS) {
    return hubError(400, undefined, `"p" or "limit" is no number from 1 to ${MOST_COMMITS}`);
  }
  const log = state.store.log(found.value, revision);
  if (!log) return hubError(404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
  const user = authorOf(id);
  const rows = log.slice(page * limit, (page + 1) * limit).map(({ sha, date }) => ({
    id: sha,
    title: 'Upload model',
    message: '',
    authors: [{ user, avatar: `/avatars/${user}.svg` }],
    date,
  }));
  const next = new URL(exchange.url);
  next.searchParams.set('p', String(page + 1));
  const hasNext = (page + 1) * limit < log.length;
  return json(rows, {
    'X-Total-Count': String(log.length),
    ...(hasNext && { Link: `<${next.href}>; rel="next"` }),
  });
}
