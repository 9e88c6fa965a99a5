import { createHmac } from 'node:crypto';
import type { Exchange, Reply } from './exchange.ts';
import { textReply } from './exchange.ts';
import type { HubState } from './state.ts';

function signature(state: HubState, pathname: string, query: URLSearchParams): string {
  const signed = [...query].filter(([name]) => name !== 'Signature');
  const subject = `${pathname}\n${new URLSearchParams(signed).toString()}`;
  return createHmac('sha256', state.secret).update(subject).digest('hex');
}

/** An address at the content network that is good for a while, as it is and not otherwise. */
export function signedAddress(
  state: HubState,
  origin: string,
  pathname: string,
  terms: Readonly<Record<string, string>> = {},
): string {
  const expires = Math.floor(state.now() / 1000) + state.signedUrlSeconds;
  const query = new URLSearchParams({ ...terms, Expires: String(expires) });
  query.set('Signature', signature(state, pathname, query));
  return `${state.faults.set.cdnOrigin ?? origin}${pathname}?${query.toString()}`;
}

export function accessDenied(message: string): Reply {
  return textReply(
    403,
    'application/xml',
    `<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`,
  );
}

/** Why a signed address is not answered: forged, too old, or with a token that is not for it. */
export function refusalOfAddress(state: HubState, exchange: Exchange): Reply | undefined {
  const { pathname, searchParams } = exchange.url;
  if (searchParams.get('Signature') !== signature(state, pathname, searchParams))
    return accessDenied('Invalid signature');
  if (Number(searchParams.get('Expires')) * 1000 <= state.now())
    return accessDenied('Request has expired');
  if (exchange.headers.authorization === undefined) return undefined;
  return textReply(
    400,
    'application/xml',
    '<?xml version="1.0" encoding="UTF-8"?><Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message></Error>',
  );
}
