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

  it('is offline where no reason is known, and keeps what was thrown for the log', () => {
    const cause = new Error('no idea');
    const error = networkError(url, cause);
    assertSyncError(error, 'offline', /no idea/);
    assert.equal(error.cause, cause);
  });
});

describe('An answer that is an error', () => {
  const answer = (status: number, headers: Record<string, string> = {}, sentToken = false) =>
    statusError(url, { status, headers }, sentToken, NOON);

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
    [302, false, 'server', /error 302/],
  ] as [number, boolean, SyncErrorKind, RegExp][]) {
    it(`is ${kind} with status ${status}${sentToken ? ' and a token' : ''}`, () => {
      assertSyncError(answer(status, {}, sentToken), kind, message);
    });
  }

  it('says what the server says, but not at any length', () => {
    const { message } = answer(401, { 'x-error-message': `Repository gone. ${'x'.repeat(900)}` });
    assert.match(message, /Repository gone/);
    assert.ok(message.length < 500);
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
