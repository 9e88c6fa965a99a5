import type { ModelId } from '../../sync/model.ts';

const LINK_SCHEMES: ReadonlySet<string> = new Set(['https:', 'http:', 'mailto:']);

/**
 * The address that a link of a README means, or undefined if it is none that may be opened: no
 * scripts, no commands, no files of this machine.
 */
export function resolveLink(href: string, base: string): string | undefined {
  const url = parse(href, base);
  return url !== undefined && LINK_SCHEMES.has(url.protocol) ? url.href : undefined;
}

/** The address of an image of a README, or undefined if it is none that may be fetched. */
export function resolveImage(source: string, base: string): string | undefined {
  const url = parse(source, base);
  return url?.protocol === 'https:' ? url.href : undefined;
}

/** The page of a model on the Hub. */
export function modelAddress(endpoint: string, id: ModelId): string {
  // Not resolved against it: what begins with slashes would name another host.
  return new URL(`${withSlash(endpoint)}${pathOf(id)}`).href;
}

/**
 * The folder of a model at a revision, with a slash at its end: `blob` for people, `resolve` for
 * the bytes.
 */
export function modelFolder(
  endpoint: string,
  id: ModelId,
  kind: 'blob' | 'resolve',
  revision: string,
): string {
  return `${modelAddress(endpoint, id)}/${kind}/${encodeURIComponent(revision)}/`;
}

/** The page of what a commit of a model changed. */
export function commitAddress(endpoint: string, id: ModelId, commit: string): string {
  return `${modelAddress(endpoint, id)}/commit/${commit}`;
}

/** What all commits between two of them changed, as text. */
export function compareAddress(endpoint: string, id: ModelId, from: string, to: string): string {
  return new URL(`api/models/${pathOf(id)}/compare/${from}..${to}?raw=true`, withSlash(endpoint))
    .href;
}

/** Opens LM Studio where it offers a model, or one of its files. */
export function lmStudioDeepLink(id: ModelId, file?: string): string {
  const query = new URLSearchParams({ model: id, ...(file !== undefined && { file }) });
  return `lmstudio://open_from_hf?${query.toString()}`;
}

function pathOf(id: ModelId): string {
  return id.split('/').map(encodeURIComponent).join('/');
}

function withSlash(endpoint: string): string {
  return endpoint.endsWith('/') ? endpoint : `${endpoint}/`;
}

function parse(address: string, base: string): URL | undefined {
  return URL.parse(address, base) ?? undefined;
}
