import { SyncError } from '../errors.ts';
import type { TransportResponse } from './transport.ts';

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|ERR_TLS/;
const TIMEOUT = /TIMEOUT|ETIMEDOUT/;

/** What an exchange that never got an answer means to the user. */
export function networkError(url: URL, error: unknown): SyncError {
  const code = codeOf(error);
  if (TIMEOUT.test(code)) {
    return new SyncError(
      'timeout',
      `${url.host} did not answer in time. It is tried again later.`,
      {
        cause: error,
      },
    );
  }
  const why = CERTIFICATE.test(code)
    ? 'its certificate is not trusted. Check the proxy and certificate settings'
    : 'check the network and the address in the settings';
  return new SyncError('offline', `${url.host} cannot be reached (${code}): ${why}.`, {
    cause: error,
  });
}

/** What an answer that is neither data nor a redirect means to the user. */
export function statusError(
  url: URL,
  response: Pick<TransportResponse, 'status' | 'headers'>,
  sentToken: boolean,
  now: number,
): SyncError {
  const { status, headers } = response;
  const said = headers['x-error-message'];
  const detail = said === undefined ? '' : ` (${said.slice(0, 200)})`;
  const { host } = url;
  if (status === 429) {
    const retryAt = now + retryDelay(headers, now);
    return new SyncError('rateLimited', `${host} asks to slow down. It is tried again later.`, {
      retryAt,
    });
  }
  if (status === 401 || status === 403) {
    const kind = status === 401 ? 'unauthorised' : 'forbidden';
    const what = sentToken
      ? `${host} rejected the token${detail}. Set a new one with "Model Hub: Set Hugging Face Token…"`
      : `${host} wants a token${detail}. Set one with "Model Hub: Set Hugging Face Token…", or check the name`;
    return new SyncError(kind, `${what}.`);
  }
  if (status === 404) {
    return new SyncError(
      'notFound',
      `${host} has nothing at ${url.pathname}${detail}. Check the name.`,
    );
  }
  return new SyncError(
    'server',
    `${host} answered with error ${status}${detail}. It is tried again later.`,
  );
}

/** Milliseconds to wait after a 429: `RateLimit` (draft 9, `t=`), `Retry-After`, else a minute. */
function retryDelay(headers: Readonly<Record<string, string>>, now: number): number {
  const window = /;\s*t=(\d+)/.exec(headers['ratelimit'] ?? '')?.[1];
  if (window !== undefined) return (Number(window) + 1) * 1_000;
  const after = headers['retry-after'];
  if (after === undefined) return 60_000;
  if (/^\d+$/.test(after)) return Number(after) * 1_000;
  const date = Date.parse(after);
  return Number.isNaN(date) ? 60_000 : Math.max(0, date - now);
}

function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return error instanceof Error ? error.message : String(error);
}
