import type { Exchange, Reply } from '../exchange.ts';
import { hubError, JSON_TYPE, plain, textReply } from '../exchange.ts';
import { parseRange } from '../byteRanges.ts';
import { findCommit, findOpenRepository, mayReadBytes } from '../lookup.ts';
import { accessDenied, refusalOfAddress, signedAddress } from '../signedAddress.ts';
import type { HubState } from '../state.ts';
import type { Part, Sign } from './reconstruction.ts';
import { partOf, reconstructionV1, reconstructionV2 } from './reconstruction.ts';
import type { XetFile } from './upload.ts';

/** What `Accept` says to get the facts of a file in place of a redirect. */
export const FILE_INFO_TYPE = 'application/vnd.xet-fileinfo+json';
/** The part of a signed address that says which bytes it is good for. */
const SIGNED_RANGE = 'X-Xet-Signed-Range';

/** `GET /api/models/{id}/xet-read-token/{rev}`: for those who may read the bytes of that revision. */
export function readToken(
  state: HubState,
  exchange: Exchange,
  { id, revision }: { readonly id: string; readonly revision: string },
  casUrl: string,
): Reply {
  const found = findOpenRepository(state, exchange, id);
  if ('refusal' in found) return found.refusal;
  const refusal = mayReadBytes(exchange, found.value);
  if (refusal) return refusal;
  const commit = findCommit(state, found.value, revision);
  if ('refusal' in commit) return commit.refusal;
  const token = state.xetTokens.issue(found.value.repository.id, state.xetTokenSeconds);
  return plain(200, { ...token, casUrl: state.faults.set.cdnOrigin ?? casUrl });
}

/** Headers of `resolve` that lead to the file at the CAS. */
export function xetHeaders(
  { hash }: XetFile,
  { hubUrl, casUrl, id, sha }: Readonly<Record<'hubUrl' | 'casUrl' | 'id' | 'sha', string>>,
): Record<string, string> {
  return {
    'X-Xet-Hash': hash,
    Link: [
      `<${hubUrl}/api/models/${id}/xet-read-token/${sha}>; rel="xet-auth"`,
      `<${casUrl}/v1/reconstructions/${hash}>; rel="xet-reconstruction-info"`,
    ].join(', '),
  };
}

function findFile(state: HubState, exchange: Exchange, hash: string): XetFile | Reply {
  const repository = state.xetTokens.repositoryOf(exchange.token ?? '');
  if (repository === undefined) return hubError(401, undefined, 'Unauthorized');
  return state.cas.file(repository, hash) ?? hubError(404, undefined, 'File not found');
}

function unsatisfiable(size: number): Reply {
  return { ...textReply(416, 'text/plain', ''), headers: { 'Content-Range': `bytes */${size}` } };
}

/** `GET /v1/reconstructions/{file}` and `/v2/…`: of the whole file, or of the `Range` of it. */
export function reconstruction(
  state: HubState,
  exchange: Exchange,
  target: { readonly version: 'v1' | 'v2'; readonly hash: string },
  origin: string,
): Reply {
  const file = findFile(state, exchange, target.hash);
  if (!('terms' in file)) return file;
  const range = parseRange(exchange.headers.range, file.size);
  if (range === 'unsatisfiable') return unsatisfiable(file.size);
  const part: Part = range === 'none' ? partOf(file) : partOf(file, ...range);
  const sign: Sign = (hash, spans) => {
    const bytes = spans.map(({ start, end }) => `${start}-${end - 1}`).join(',');
    const terms = { [SIGNED_RANGE]: `bytes=${bytes}` };
    return signedAddress(state, origin, `/xorbs/default/${hash}`, terms);
  };
  const build = target.version === 'v1' ? reconstructionV1 : reconstructionV2;
  return { ...plain(200, build(part, sign)), type: JSON_TYPE, compressible: true };
}

/** `/xorbs/default/{hash}?X-Xet-Signed-Range=…`: the signed ranges, and nothing else. */
export function xorbRanges(state: HubState, exchange: Exchange, hash: string): Reply {
  const refusal = refusalOfAddress(state, exchange);
  if (refusal) return refusal;
  const signed = exchange.url.searchParams.get(SIGNED_RANGE);
  if (exchange.headers.range?.replace(/\s/g, '') !== signed)
    return accessDenied('The range is not the signed one');
  const xorb = state.cas.xorb(hash);
  if (!xorb) return textReply(404, 'application/xml', '<Error><Code>NoSuchKey</Code></Error>');
  return {
    status: 200,
    headers: { 'Cache-Control': 'public, max-age=31536000, immutable' },
    type: 'application/octet-stream',
    body: xorb.body,
    etag: `"${hash}"`,
    ranges: 'several',
  };
}
