import { setTimeout as wait } from 'node:timers/promises';
import { cortexRefusal } from './cortex.ts';
import type { Exchange, Reply } from './exchange.ts';
import { hubError, plain, textReply } from './exchange.ts';
import type { Effects } from './faults.ts';
import type { Matched } from './routes.ts';
import type { Damage, Wire } from './send.ts';
import { send } from './send.ts';
import type { HubState } from './state.ts';

const HTML =
  '<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Welcome to this network</h1></body></html>';

function wrongType(kind: NonNullable<Effects['wrongType']>): Reply {
  switch (kind) {
    case 'html':
      return textReply(200, 'text/html; charset=utf-8', HTML);
    case 'text':
      return textReply(200, 'text/plain; charset=utf-8', 'OK');
    case 'empty':
      return textReply(200, 'application/json; charset=utf-8', '');
    case 'object':
      return plain(200, { message: 'not a list' });
  }
}

function tooManyRequests(fault: NonNullable<Effects['rateLimit']>, windowSeconds: number): Reply {
  const { headers, retryAfterSeconds } = fault;
  const retry = retryAfterSeconds === undefined ? {} : { 'Retry-After': String(retryAfterSeconds) };
  if (!headers)
    return {
      ...textReply(429, 'text/html; charset=utf-8', '<html><body>Too Many Requests</body></html>'),
      headers: retry,
    };
  return plain(
    429,
    { error: 'We had to rate limit you.' },
    {
      RateLimit: `"api";r=0;t=${retryAfterSeconds ?? windowSeconds}`,
      'RateLimit-Policy': `"fixed window";"api";q=500;w=${windowSeconds}`,
      ...retry,
    },
  );
}

const STATUS_TEXT: Readonly<Record<number, string>> = {
  401: 'Invalid username or password.',
  403: 'Forbidden',
  404: 'Repository not found',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

/** The answer that a fault puts in the place of the true one. */
function replacement(
  state: HubState,
  matched: Matched,
  exchange: Exchange,
  effects: Effects,
): Reply | undefined {
  const hasToken = exchange.headers.authorization !== undefined;
  if (matched.source === 'cortex') {
    const refusal = cortexRefusal(effects, hasToken);
    if (refusal) return refusal;
  }
  if (effects.rejectToken && hasToken)
    return hubError(401, undefined, 'Invalid credentials in Authorization header');
  if (effects.requireToken && !hasToken)
    return hubError(401, undefined, 'Invalid username or password.');
  if (effects.rateLimit)
    return tooManyRequests(effects.rateLimit, state.limiter.quota.windowSeconds);
  if (effects.status !== undefined) {
    const code = effects.status === 404 ? 'RepoNotFound' : undefined;
    return hubError(effects.status, code, STATUS_TEXT[effects.status] ?? 'Error');
  }
  return effects.wrongType ? wrongType(effects.wrongType) : undefined;
}

function damageOf(effects: Effects): Damage {
  return {
    ignoreConditions: effects.etags !== true,
    hideEtags: effects.etags === 'none',
    reset: effects.reset,
    ...(effects.truncateTo === undefined ? {} : { truncateTo: effects.truncateTo }),
    ...(effects.encoding && { encoding: effects.encoding }),
    file: effects.file,
  };
}

let requests = 0;

/** Headers every answer of the Hub has. */
function hubHeaders(): Record<string, string> {
  requests += 1;
  return {
    'X-Powered-By': 'huggingface-moon',
    'X-Request-Id': `Root=1-${requests.toString(16).padStart(8, '0')}`,
  };
}

async function answer(
  state: HubState,
  matched: Matched,
  exchange: Exchange,
  effects: Effects,
): Promise<Reply> {
  const quota = matched.bucket && state.limiter.take(matched.bucket, exchange);
  const reply =
    quota?.refusal ??
    replacement(state, matched, exchange, effects) ??
    (await matched.handle(exchange));
  const common = matched.bucket ? hubHeaders() : {};
  return { ...reply, headers: { ...common, ...quota?.headers, ...reply.headers } };
}

/** One request from its route to the last byte of its answer, with all that may go wrong on purpose. */
export async function serve(
  state: HubState,
  matched: Matched,
  exchange: Exchange,
  wire: Wire & { abandon(): void },
): Promise<void> {
  const subject = { route: matched.name, path: exchange.url.pathname, source: matched.source };
  const effects = state.faults.effectsOn(subject);
  if (effects.offline) {
    wire.abandon();
    return;
  }
  const leave = matched.source === undefined ? undefined : state.meter.enter(matched.source);
  try {
    if (effects.latencyMs > 0) await wait(effects.latencyMs, undefined, { ref: false });
    await effects.held;
    if (wire.response.destroyed) return;
    const reply = await answer(state, matched, exchange, effects);
    await send(exchange, reply, wire, damageOf(effects));
  } finally {
    leave?.();
  }
}

/** A control request knows no faults: otherwise nobody could end them. */
export async function serveControl(
  matched: Matched,
  exchange: Exchange,
  wire: Wire,
): Promise<void> {
  await send(exchange, await matched.handle(exchange), wire, {});
}
