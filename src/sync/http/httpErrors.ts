import { t } from '@vscode/l10n';
import { SyncError } from '../errors.ts';
import type { SyncErrorKind } from '../errors.ts';
import { withoutSecrets } from '../redaction.ts';
import { retryDelay, slowDown } from './quota.ts';

const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|ERR_TLS/;
const TIMEOUT = /TIMEOUT|ETIMEDOUT/;
/** How undici says that a proxy answered 407, whether to CONNECT or to a request. */
const PROXY_LOGIN = /\(407\)/;
const MAX_DETAIL = 200;

/** What an exchange that never got an answer means to the user. */
export function networkError(url: URL, error: unknown): SyncError {
  const code = codeOf(error);
  if (TIMEOUT.test(code)) {
    return new SyncError(
      'timeout',
      t('{0} did not answer in time. It is tried again later.', url.host),
      {
        cause: error,
      },
    );
  }
  return new SyncError(
    'offline',
    t('{0} cannot be reached ({1}): {2}.', url.host, code, why(error, code)),
    {
      cause: error,
    },
  );
}

function why(error: unknown, code: string): string {
  if (error instanceof Error && PROXY_LOGIN.test(error.message)) {
    return t('the proxy wants a log-in. Check the proxy settings');
  }
  if (CERTIFICATE.test(code)) {
    return t('its certificate is not trusted. Check the proxy and certificate settings');
  }
  return t('check the network and the address in the settings');
}

/** An answer that is an error. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded; as much of it as was read. */
  readonly body: Buffer;
}

/** What was known when it was asked for. */
export interface ErrorContext {
  /** What was sent along, if anything: whoever repeats it is not quoted. */
  readonly token: string | undefined;
  /** The title of the command that sets a token for this server, if there is one. */
  readonly tokenCommand: string | undefined;
  /** ms since 1970 */
  readonly now: number;
}

/** What an answer that is neither data nor a redirect means to the user. */
export function statusError(url: URL, answer: ErrorAnswer, context: ErrorContext): SyncError {
  const { status, headers } = answer;
  const { host } = url;
  if (status === 429) return slowDown(url, context.now + retryDelay(headers, context.now), status);
  const said = saidBy(answer, context.token);
  const detail = said === undefined ? '' : ` (${said})`;
  const fail = (kind: SyncErrorKind, message: string, retryAt?: number): SyncError =>
    new SyncError(kind, message, { status, ...(retryAt !== undefined && { retryAt }) });
  if (status === 401) return fail('unauthorised', accessMessage(host, detail, context));
  if (status === 403) return fail('forbidden', accessMessage(host, detail, context));
  if (status === 404) {
    return fail(
      'notFound',
      t('{0} has nothing at {1}{2}. Check the name.', host, url.pathname, detail),
    );
  }
  if (status >= 400 && status < 500 && status !== 408) {
    return fail(
      'server',
      t('{0} refused with error {1}{2}. Check what was asked for.', host, status, detail),
    );
  }
  return fail(
    'server',
    t('{0} answered with error {1}{2}. It is tried again later.', host, status, detail),
    headers['retry-after'] === undefined
      ? undefined
      : context.now + retryDelay(headers, context.now),
  );
}

function accessMessage(host: string, detail: string, context: ErrorContext): string {
  const { token, tokenCommand } = context;
  if (tokenCommand === undefined) {
    return t('{0} does not let us in{1}. Check its address and its rights.', host, detail);
  }
  return token !== undefined
    ? t('{0} rejected the token{1}. Set a new one with "{2}".', host, detail, tokenCommand)
    : t('{0} wants a token{1}. Set one with "{2}", or check the name.', host, detail, tokenCommand);
}

/**
 * What the server says itself: the Hub in a header, others as `message` or `error` of JSON, those
 * that are compatible with OpenAI as the `message` of the `error`. Without secrets: it may repeat
 * what it was asked.
 * @param token what was sent along, if anything
 */
export function saidBy(
  { headers, body }: Pick<ErrorAnswer, 'headers' | 'body'>,
  token: string | undefined,
): string | undefined {
  const said = headers['x-error-message'] ?? messageIn(body);
  const text = said?.replace(/[\p{C}\s]+/gu, ' ').trim();
  if (!text) return undefined;
  const clean = withoutSecrets(token ? text.replaceAll(token, '…') : text);
  return clean.slice(0, MAX_DETAIL);
}

function messageIn(body: Buffer): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    // A page of a proxy: it says nothing that fits into a sentence.
    return undefined;
  }
  if (typeof json !== 'object' || json === null) return undefined;
  const { message, error } = json as Readonly<Record<string, unknown>>;
  const inner: unknown =
    typeof error === 'object' && error !== null ? Reflect.get(error, 'message') : undefined;
  return [message, error, inner].find((one) => typeof one === 'string');
}

function codeOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return error instanceof Error ? error.message : String(error);
}
