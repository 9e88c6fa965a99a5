import { createHmac } from 'node:crypto';
import { bodyOf, bufferBody, identityOf } from './content.ts';
import type { Exchange, Reply } from './exchange.ts';
import { hubError, textReply } from './exchange.ts';
import { findCommit, findOpenRepository, mayReadBytes } from './lookup.ts';
import { isGguf } from './repository.ts';
import type { HubState } from './state.ts';

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

function signature(state: HubState, pathname: string, expires: number): string {
  return createHmac('sha256', state.secret).update(`${pathname}\n${expires}`).digest('hex');
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
  const place = `${hosted.repository.id}/${commit.sha}/${encodePath(file.path)}`;
  const headers = { 'X-Repo-Commit': commit.sha, 'Accept-Ranges': 'bytes' };
  if (!lfs) {
    const location = `/api/resolve-cache/models/${hosted.id}/${commit.sha}/${encodePath(file.path)}?etag=${encodeURIComponent(`"${oid}"`)}`;
    return { status: 307, headers: { ...headers, Location: location }, etag: `"${oid}"` };
  }
  const expires = Math.floor(state.now() / 1000) + state.signedUrlSeconds;
  const pathname = `/cdn/${place}`;
  const query = `Expires=${expires}&Signature=${signature(state, pathname, expires)}`;
  const linked = `"${lfs.oid}"`;
  return {
    status: 302,
    headers: {
      ...headers,
      'X-Linked-Size': String(lfs.size),
      'X-Linked-ETag': linked,
      Location: `${state.faults.set.cdnOrigin ?? cdnOrigin}${pathname}?${query}`,
    },
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

function accessDenied(message: string): Reply {
  return textReply(
    403,
    'application/xml',
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`,
  );
}

/** The content network behind a signed address: bytes, ranges, and no mercy for a foreign token. */
export function cdnFile(state: HubState, exchange: Exchange, target: FileTarget): Reply {
  const { pathname, searchParams } = exchange.url;
  const expires = Number(searchParams.get('Expires'));
  if (searchParams.get('Signature') !== signature(state, pathname, expires))
    return accessDenied('Invalid signature');
  if (expires * 1000 <= state.now()) return accessDenied('Request has expired');
  if (exchange.headers.authorization !== undefined) {
    return textReply(
      400,
      'application/xml',
      '<?xml version="1.0" encoding="UTF-8"?><Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>',
    );
  }
  const commit = state.store.commitOf(target.id, target.revision);
  const file = commit?.files.find(({ path }) => path === target.path);
  if (!commit || !file)
    return textReply(404, 'application/xml', '<Error><Code>NoSuchKey</Code></Error>');
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
