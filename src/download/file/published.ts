import { t } from '@vscode/l10n';
import { redirectTarget } from '../../sync/http/redirects.ts';
import type { TransportResponse } from '../../sync/http/transport.ts';
import { DownloadError } from '../errors.ts';
import type { PlannedFile } from '../model.ts';
import type { FileSource } from './fileDownload.ts';

type Headers = Readonly<Record<string, string>>;

/** The address of a file at a commit; the Hub answers with a redirect to its bytes. */
export function resolveUrl({ endpoint, model, revision }: FileSource, path: string): URL {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return new URL(`${endpoint.href.replace(/\/$/, '')}/${model}/resolve/${revision}/${encoded}`);
}

/**
 * Compares what the Hub says of a file with what was planned, before bytes flow.
 * @throws DownloadError `changed`
 */
export function checkPublished(
  url: URL,
  headers: Headers,
  { revision }: FileSource,
  { size, digest }: PlannedFile,
): void {
  const linkedSize = headers['x-linked-size'];
  const linked = opaqueTag(headers['x-linked-etag']);
  const commit = headers['x-repo-commit'];
  const isOther =
    (linkedSize !== undefined && Number(linkedSize) !== size) ||
    (digest.algorithm === 'sha256' && isSha256(linked) && linked !== digest.hex) ||
    (commit !== undefined && commit !== revision);
  if (isOther) throw new OtherBytes(url);
}

/** Whether the Hub says that behind its redirect are the bytes with the planned digest. */
export function isVouchedFor(headers: Headers, { digest }: PlannedFile): boolean {
  return opaqueTag(headers['x-linked-etag']) === digest.hex;
}

/** Where a redirect leads; undefined of an answer that is none. @throws DownloadError `badAnswer` */
export function redirectedTo(from: URL, { status, headers }: TransportResponse): URL | undefined {
  const location = headers['location'];
  if (status < 300 || status >= 400 || location === undefined) return undefined;
  const target = redirectTarget(from, location);
  if (target !== undefined) return target;
  throw new DownloadError(
    'badAnswer',
    t('{0} redirects to nowhere. Check the address in the settings.', from.host),
  );
}

/** The ETag of an answer if it names bytes (RFC 9110 8.8.1): a weak one does not. */
export function strongEtag(headers: Headers): string | undefined {
  const etag = headers['etag'];
  return etag?.startsWith('"') === true ? etag : undefined;
}

/** The error of bytes that are no longer those the download began with. */
export class OtherBytes extends DownloadError {
  /** It was noticed before anything was received: what an earlier attempt left is outdated. */
  readonly isOutdated: boolean;

  constructor({ host }: URL, isOutdated = false) {
    super(
      'changed',
      t(
        'What {0} has of this file is not what was planned: it was changed meanwhile. Refresh the catalogue and download it again.',
        host,
      ),
    );
    this.isOutdated = isOutdated;
  }
}

/** What is between the quotes of an ETag. */
function opaqueTag(etag: string | undefined): string | undefined {
  return etag?.trim().replace(/^(?:W\/)?"(.*)"$/, '$1');
}

function isSha256(text: string | undefined): boolean {
  return text !== undefined && /^[0-9a-f]{64}$/.test(text);
}
