import { t } from '@vscode/l10n';
import { SyncError } from '../errors.ts';
import { fieldMembers } from './fieldMembers.ts';

/**
 * The address of the next page from a `Link` header (RFC 8288), if there is one. Only its query is
 * taken over: a mirror passes on links that lead to the original, and a page elsewhere would get
 * questions, and perhaps a token, that are not meant for it.
 * @throws SyncError `badAnswer` if the link cannot be followed: what is missing is not gone
 */
export function nextPage(header: string | undefined, base: URL): URL | undefined {
  const link = fieldMembers(header).find(({ parameters }) =>
    parameters.get('rel')?.toLowerCase().split(/\s+/).includes('next'),
  );
  if (link === undefined) return undefined;
  const target = /^<([^>]*)>$/.exec(link.value)?.[1];
  const search = (target !== undefined && URL.parse(target, base.href)?.search) || '';
  if (search === '') {
    throw new SyncError(
      'badAnswer',
      t('{0} names a next page that cannot be asked for. It is tried again later.', base.host),
    );
  }
  const next = new URL(base);
  next.search = search;
  return next;
}
