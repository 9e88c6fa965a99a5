import type { Exchange, Reply } from './exchange.ts';
import { hubError, json } from './exchange.ts';
import { expandedRow, infoRow } from './fields.ts';
import { findCommit, findOpenRepository, findRepository } from './lookup.ts';
import { expandOf } from './modelList.ts';
import type { HubState } from './state.ts';
import { branchSha } from './store.ts';

/** `GET /api/models/{id}` and `/revision/{rev}` (fact sheet 1.2). */
export function modelInfo(
  state: HubState,
  exchange: Exchange,
  id: string,
  revision: string,
): Reply {
  const found = findRepository(state, exchange, id);
  if ('refusal' in found) return found.refusal;
  const commit = findCommit(state, found.value, revision);
  if ('refusal' in commit) return commit.refusal;
  const { searchParams } = exchange.url;
  const expand = expandOf(searchParams);
  const blobs = searchParams.get('blobs') === 'true';
  if (expand.length > 0) {
    if (blobs || searchParams.get('securityStatus') === 'true') {
      return hubError(400, undefined, '"expand" cannot be used with "blobs" or "securityStatus"');
    }
    return json(expandedRow(found.value, expand, commit.value));
  }
  return json(infoRow(found.value, commit.value, blobs));
}

/** `GET /api/models/{id}/refs` */
export function refs(state: HubState, exchange: Exchange, id: string): Reply {
  const found = findOpenRepository(state, exchange, id);
  if ('refusal' in found) return found.refusal;
  const { repository } = found.value;
  const others = repository.branches.map(({ name }) => ({
    name,
    sha: branchSha(repository, name),
  }));
  const branches = [{ name: 'main', sha: repository.sha }, ...others].map(({ name, sha }) => ({
    name,
    ref: `refs/heads/${name}`,
    targetCommit: sha,
  }));
  const withRequests = exchange.url.searchParams.get('include_prs') === '1';
  return json({ branches, converts: [], tags: [], ...(withRequests ? { pullRequests: [] } : {}) });
}

/** `GET /api/whoami-v2`: any bearer token belongs to the same person. */
export function whoAmI(exchange: Exchange): Reply {
  if (exchange.token === undefined)
    return hubError(401, undefined, 'Invalid username or password.');
  return json({
    type: 'user',
    id: '5f0000000000000000000001',
    name: 'tester',
    fullname: 'Test Er',
    isPro: false,
    orgs: [],
    auth: { type: 'access_token', accessToken: { displayName: 'test', role: 'read' } },
  });
}
