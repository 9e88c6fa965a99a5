import { bufferBody } from './body.ts';
import { bodyOf, identityOf } from './content.ts';
import type { Exchange, Reply } from './exchange.ts';
import { hubError, plain, textReply } from './exchange.ts';
import { findCommit, findOpenRepository, mayReadBytes } from './lookup.ts';
import { isGguf } from './repository.ts';
import { accessDenied, refusalOfAddress, signedAddress } from './signedAddress.ts';
import type { HubState } from './state.ts';
import { FILE_INFO_TYPE, xetHeaders } from './xet/routes.ts';

export interface FileTarget {
  readonly id: string;
  readonly revision: string;
  readonly path: string;
}

const encodePath = (path: string) => path.split('/').map(encodeURIComponent).join('/');

function locate(state: HubState, exchange: Exchange, { id, revision, path }: FileTarget) {
  const found = findOpenRepository(state, exchange, id);
  if ('refusal' in found) return found;
  const refusal = mayReadBytes(exchange, found.value);
  if (refusal) return { refusal };
  const commit = findCommit(state, found.value, revision);
  if ('refusal' in commit) return commit;
  const file = commit.value.files.find((one) => one.path === path);
  if (!file) return { refusal: hubError(404, 'EntryNotFound', 'Entry not found') };
  return { hosted: found.value, commit: commit.value, file };
}

/** `GET|HEAD /{id}/resolve/{rev}/{path}` (fact sheet 1.7): always a redirect, never bytes. */
export function resolveFile(
  state: HubState,
  exchange: Exchange,
  target: FileTarget,
  cdnOrigin: string,
): Reply {
  const found = locate(state, exchange, target);
  if ('refusal' in found) return found.refusal;
  const { hosted, commit, file } = found;
  if (isGguf(file.path)) {
    state.store.countDownload(hosted);
    state.meter.countDownload(hosted.id);
  }
  const { oid, lfs } = identityOf(commit.repository, file);
  const headers = { 'X-Repo-Commit': commit.sha, 'Accept-Ranges': 'bytes' };
  if (!lfs) {
    const location = `/api/resolve-cache/models/${hosted.id}/${commit.sha}/${encodePath(file.path)}?etag=${encodeURIComponent(`"${oid}"`)}`;
    return { status: 307, headers: { ...headers, Location: location }, etag: `"${oid}"` };
  }
  const linked = `"${lfs.oid}"`;
  const xet = state.xetFileOf(file);
  const place = { hubUrl: exchange.url.origin, casUrl: cdnOrigin, id: hosted.id, sha: commit.sha };
  const linkedHeaders = {
    ...headers,
    'X-Linked-Size': String(lfs.size),
    'X-Linked-ETag': linked,
    ...(xet && xetHeaders(xet, place)),
  };
  if (xet && exchange.headers.accept?.includes(FILE_INFO_TYPE)) {
    const info = { hash: xet.hash, size: lfs.size, etag: linked };
    return { ...plain(200, info, linkedHeaders), type: FILE_INFO_TYPE };
  }
  if (file.xetOnly && exchange.method === 'GET') {
    const message = 'This file is too big to be downloaded over plain HTTP: it needs Xet.';
    const refusal = hubError(403, undefined, message);
    return { ...refusal, headers: { ...refusal.headers, ...linkedHeaders } };
  }
  const pathname = `/cdn/${hosted.repository.id}/${commit.sha}/${encodePath(file.path)}`;
  return {
    status: 302,
    headers: { ...linkedHeaders, Location: signedAddress(state, cdnOrigin, pathname) },
    etag: linked,
  };
}

const TYPES: readonly (readonly [RegExp, string])[] = [
  [/\.json$/, 'application/json'],
  [/\.md$/, 'text/markdown; charset=utf-8'],
];

/** `/api/resolve-cache/models/{id}/{commit}/{path}`: the body of a small file. */
export function resolveCache(state: HubState, exchange: Exchange, target: FileTarget): Reply {
  const found = locate(state, exchange, target);
  if ('refusal' in found) return found.refusal;
  const { commit, file } = found;
  return {
    status: 200,
    headers: { 'X-Repo-Commit': commit.sha },
    type: TYPES.find(([pattern]) => pattern.test(file.path))?.[1] ?? 'text/plain; charset=utf-8',
    body: bodyOf(commit.repository, file),
    etag: `"${identityOf(commit.repository, file).oid}"`,
    compressible: file.size === undefined,
    ranges: true,
  };
}

/** `/{id}/raw/{rev}/{path}`: the git blob, for an LFS file its pointer; knows no conditions. */
export function rawFile(state: HubState, exchange: Exchange, target: FileTarget): Reply {
  const found = locate(state, exchange, target);
  if ('refusal' in found) return found.refusal;
  const { commit, file } = found;
  const { lfs } = identityOf(commit.repository, file);
  const pointer =
    lfs && `version https://git-lfs.github.com/spec/v1\noid sha256:${lfs.oid}\nsize ${lfs.size}\n`;
  return {
    status: 200,
    headers: { 'X-Repo-Commit': commit.sha },
    type: 'text/plain; charset=utf-8',
    body:
      pointer === undefined ? bodyOf(commit.repository, file) : bufferBody(Buffer.from(pointer)),
    compressible: true,
  };
}

/** The content network behind a signed address: bytes, ranges, and no mercy for a foreign token. */
export function cdnFile(state: HubState, exchange: Exchange, target: FileTarget): Reply {
  const refusal = refusalOfAddress(state, exchange);
  if (refusal) return refusal;
  const commit = state.store.commitOf(target.id, target.revision);
  const file = commit?.files.find(({ path }) => path === target.path);
  if (!commit || !file)
    return textReply(404, 'application/xml', '<Error><Code>NoSuchKey</Code></Error>');
  if (file.xetOnly) return accessDenied('The file is too big');
  const { lfs } = identityOf(commit.repository, file);
  return {
    status: 200,
    headers: { 'Cache-Control': 'public, max-age=31536000, immutable' },
    type: 'application/octet-stream',
    body: bodyOf(commit.repository, file),
    etag: `"${lfs?.oid ?? file.key}"`,
    ranges: true,
  };
}
