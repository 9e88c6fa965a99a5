import assert from 'node:assert/strict';
import { networkError, statusError } from '../../../../src/sync/http/httpErrors.ts';
import type { SyncErrorKind } from '../../../../src/sync/errors.ts';
import { assertSyncError } from '../../support/assertSyncError.ts';
import { NOON } from '../../support/fakeClock.ts';

const url = new URL('https://hub.example/api/models');

function failed(code: string): Error {
  return new TypeError('fetch failed', { cause: Object.assign(new Error('inner'), { code }) });
}

describe('An exchange without an answer', () => {
  for (const [code, kind, message] of [
    ['ECONNREFUSED', 'offline', /hub\.example cannot be reached \(ECONNREFUSED\).*network/],
    ['ENOTFOUND', 'offline', /address in the settings/],
    ['UND_ERR_SOCKET', 'offline', /check the network/],
    ['UND_ERR_CONNECT_TIMEOUT', 'timeout', /did not answer in time/],
    ['UND_ERR_HEADERS_TIMEOUT', 'timeout', /tried again/],
    ['ETIMEDOUT', 'timeout', /tried again/],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'offline', /certificate is not trusted.*proxy/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'offline', /certificate/],
    ['CERT_HAS_EXPIRED', 'offline', /certificate/],
  ] as [string, SyncErrorKind, RegExp][]) {
    it(`is ${kind} where the reason is ${code}`, () => {
      assertSyncError(networkError(url, failed(code)), kind, message);
    });
  }

  it('is offline where the proxy wants a log-in, and says so', () => {
    const error = new Error('Proxy response (407) !== 200 when HTTP Tunneling');
    assertSyncError(networkError(url, error), 'offline', /the proxy wants a log-in/);
  });

  it('keeps what was thrown for the log where it took too long', () => {
    const cause = failed('ETIMEDOUT');
    assert.equal(networkError(url, cause).cause, cause);
  });

  it('takes a number for no reason', () => {
    const cause = Object.assign(new Error('inner'), { code: 20 });
    const error = networkError(url, new Error('outer', { cause }));
    assertSyncError(error, 'offline', /cannot be reached \(outer\)/);
  });

  it('is offline where no reason is known, and keeps what was thrown for the log', () => {
    const cause = new Error('no idea');
    const error = networkError(url, cause);
    assertSyncError(error, 'offline', /no idea/);
    assert.equal(error.cause, cause);
  });
});

describe('An answer that is an error', () => {
  const COMMAND = 'Model Hub: Set Hugging Face Token…';
  const TOKEN = 'planted-token';
  const answer = (
    status: number,
    headers: Record<string, string> = {},
    sentToken = false,
    { body = '', ...context }: { body?: string; tokenCommand?: string | undefined } = {},
  ) =>
    statusError(
      url,
      { status, headers, body: Buffer.from(body) },
      {
        token: sentToken ? TOKEN : undefined,
        tokenCommand: COMMAND,
        now: NOON,
        ...context,
      },
    );

  for (const [status, sentToken, kind, message] of [
    [
      401,
      false,
      'unauthorised',
      /wants a token.*Set one with "Model Hub: Set Hugging Face Token…"/,
    ],
    [401, true, 'unauthorised', /rejected the token.*Set a new one/],
    [403, false, 'forbidden', /wants a token/],
    [403, true, 'forbidden', /rejected the token/],
    [404, false, 'notFound', /nothing at \/api\/models.*Check the name/],
    [429, false, 'rateLimited', /slow down.*tried again/],
    [500, false, 'server', /error 500.*tried again/],
    [503, false, 'server', /error 503/],
    [302, false, 'server', /answered with error 302/],
    [400, false, 'server', /refused with error 400.*Check what/],
    [409, false, 'server', /refused with error 409/],
    [408, false, 'server', /error 408.*tried again/],
  ] as [number, boolean, SyncErrorKind, RegExp][]) {
    it(`is ${kind} with status ${status}${sentToken ? ' and a token' : ''}`, () => {
      const error = answer(status, {}, sentToken);
      assertSyncError(error, kind, message);
      assert.equal(error.status, status);
    });
  }

  it('says what the server says, but not at any length', () => {
    const { message } = answer(401, { 'x-error-message': `Repository gone. ${'x'.repeat(900)}` });
    assert.match(message, /Repository gone/);
    assert.ok(message.length < 500);
  });

  for (const [name, body, message] of [
    [
      'the message of a Cortex server',
      '{"message":" Model is already\\n there\\n"}',
      /\(Model is already there\)/,
    ],
    ['the message of an error like that of OpenAI', '{"error":{"message":"no key"}}', /\(no key\)/],
    ['nothing of an error that is null', '{"error":null}', /error 409\. /],
    ['the error of a server that calls it so', '{"error":"no such source"}', /no such source/],
    ['nothing of a web page', '<html>secret</html>', /error 409\. /],
    ['nothing of JSON that says nothing', '{"message":{"a":1},"error":7}', /error 409\. /],
    ['nothing of JSON that is no object', 'null', /error 409\. /],
  ] as const) {
    it(`says ${name}`, () => assert.match(answer(409, {}, false, { body }).message, message));
  }

  it('does not say what the server says at any length', () => {
    const body = JSON.stringify({ message: 'y'.repeat(900) });
    assert.ok(answer(409, {}, false, { body }).message.length < 350);
  });

  for (const status of [401, 403]) {
    for (const sentToken of [false, true]) {
      it(`speaks of no command that does not fit the server: ${status}, ${sentToken}`, () => {
        const error = answer(status, {}, sentToken, { tokenCommand: undefined });
        assertSyncError(error, status === 401 ? 'unauthorised' : 'forbidden', /does not let us in/);
        assert.doesNotMatch(error.message, /Hugging Face|token/);
      });
    }
  }

  it('does not repeat the token, nor a signed address, where the server does', () => {
    const said = `No ${TOKEN} for http://joe:pass@hub.example/x?Signature=abc`;
    const { message } = answer(403, { 'x-error-message': said }, true);
    assert.match(message, /No … for http:\/\/hub\.example\/x/);
    assert.doesNotMatch(message, /planted|joe|pass|abc/);
  });

  it('may tell when to come back though it is no 429', () => {
    assert.equal(answer(503, { 'retry-after': '17' }).retryAt, NOON + 17_000);
    assert.equal(answer(503).retryAt, undefined);
  });

  for (const [name, headers, delay] of [
    ['the reset of its quota', { ratelimit: '"api";r=0;t=293', 'retry-after': '5' }, 294_000],
    ['Retry-After in seconds', { 'retry-after': '17' }, 17_000],
    ['Retry-After as a date', { 'retry-after': new Date(NOON + 90_000).toUTCString() }, 90_000],
    ['a date that has passed', { 'retry-after': new Date(NOON - 90_000).toUTCString() }, 0],
    ['a minute, where it says nothing', {}, 60_000],
    ['a minute, where it says nonsense', { 'retry-after': 'soon' }, 60_000],
  ] as [string, Record<string, string>, number][]) {
    it(`of too many requests is to be asked again after ${name}`, () => {
      assert.equal(answer(429, headers).retryAt, NOON + delay);
    });
  }
});
