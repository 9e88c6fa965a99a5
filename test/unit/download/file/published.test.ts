import assert from 'node:assert/strict';
import type { DownloadError } from '../../../../src/download/errors.ts';
import {
  checkPublished,
  isVouchedFor,
  OtherBytes,
  redirectedTo,
  resolveUrl,
  strongEtag,
} from '../../../../src/download/file/published.ts';
import type { PlannedFile } from '../../../../src/download/model.ts';
import type { TransportResponse } from '../../../../src/sync/http/transport.ts';

const SHA = 'a'.repeat(64);
const COMMIT = 'c'.repeat(40);
const url = new URL('https://hub.example/o/n');
const source = { endpoint: new URL('https://hub.example/'), model: 'o/n', revision: COMMIT };
const file: PlannedFile = {
  ...{ path: 'a.gguf', size: 100, role: 'weights' },
  digest: { algorithm: 'sha256', hex: SHA },
};

describe('The address of a file', () => {
  it('names its commit, and encodes what its path holds', () => {
    assert.equal(
      resolveUrl(source, 'Q4 K/part#1?.gguf').href,
      `https://hub.example/o/n/resolve/${COMMIT}/Q4%20K/part%231%3F.gguf`,
    );
  });

  it('may lie below a path, with a slash at its end or without', () => {
    for (const endpoint of ['https://mirror.example/hf', 'https://mirror.example/hf/']) {
      const { href } = resolveUrl({ ...source, endpoint: new URL(endpoint) }, 'a');
      assert.equal(href, `https://mirror.example/hf/o/n/resolve/${COMMIT}/a`);
    }
  });
});

describe('What the Hub says of a file before its bytes flow', () => {
  for (const [name, headers] of [
    ['nothing', {}],
    ['its size', { 'x-linked-size': '100' }],
    ['its sha256', { 'x-linked-etag': `"${SHA}"` }],
    ['a tag that is no sha256', { 'x-linked-etag': '"abc-1"' }],
    ['a tag that is longer than a sha256', { 'x-linked-etag': `"${'b'.repeat(65)}"` }],
    ['a tag that only ends like a sha256', { 'x-linked-etag': `"x-${'b'.repeat(64)}"` }],
    ['its commit', { 'x-repo-commit': COMMIT }],
  ] as const) {
    it(`fits where it is ${name}`, () => checkPublished(url, headers, source, file));
  }

  for (const [name, headers] of [
    ['size', { 'x-linked-size': '101' }],
    ['sha256', { 'x-linked-etag': `"${'b'.repeat(64)}"` }],
    ['sha256, weakly', { 'x-linked-etag': ` W/"${'b'.repeat(64)}" ` }],
    ['commit', { 'x-repo-commit': 'd'.repeat(40) }],
  ] as const) {
    it(`does not fit where it is another ${name}`, () => {
      assert.throws(
        () => checkPublished(url, headers, source, file),
        (error) =>
          error instanceof OtherBytes &&
          error.kind === 'changed' &&
          !error.isOutdated &&
          /hub\.example.*Refresh/.test(error.message),
      );
    });
  }

  it('does not compare a sha256 with the digest of Git', () => {
    const small: PlannedFile = { ...file, digest: { algorithm: 'git', hex: 'e'.repeat(40) } };
    checkPublished(url, { 'x-linked-etag': `"${SHA}"` }, source, small);
    assert.ok(isVouchedFor({ 'x-linked-etag': `"${'e'.repeat(40)}"` }, small));
  });

  it('vouches for the bytes only with their digest', () => {
    assert.ok(isVouchedFor({ 'x-linked-etag': `"${SHA}"` }, file));
    assert.ok(isVouchedFor({ 'x-linked-etag': ` W/"${SHA}"` }, file));
    assert.ok(!isVouchedFor({ 'x-linked-etag': `x"${SHA}"` }, file));
    assert.ok(!isVouchedFor({ 'x-linked-etag': `"${SHA}"x` }, file));
    assert.ok(!isVouchedFor({ 'x-linked-etag': '"abc"' }, file));
    assert.ok(!isVouchedFor({}, file));
  });
});

describe('A redirect to the bytes of a file', () => {
  const led = (status: number, location?: string) =>
    redirectedTo(url, {
      ...{ status, headers: location === undefined ? {} : { location } },
    } as unknown as TransportResponse)?.href;

  for (const status of [300, 302, 307, 399]) {
    it(`is one with status ${status}`, () => {
      assert.equal(led(status, 'https://cdn.example/x'), 'https://cdn.example/x');
    });
  }
  for (const status of [200, 299, 400]) {
    it(`is none with status ${status}`, () => {
      assert.equal(led(status, 'https://cdn.example/x'), undefined);
    });
  }
  it('is none without an address', () => assert.equal(led(302), undefined));
  it('is an error where nothing may be fetched', () => {
    assert.throws(
      () => led(302, 'http://127.0.0.1/x'),
      (error: DownloadError) =>
        error.kind === 'badAnswer' && /hub\.example redirects to nowhere/.test(error.message),
    );
  });
});

describe('The ETag of bytes', () => {
  it('is a strong one', () => {
    assert.equal(strongEtag({ etag: '"x"' }), '"x"');
    assert.equal(strongEtag({ etag: 'W/"x"' }), undefined);
    assert.equal(strongEtag({}), undefined);
  });
});

describe('Bytes that are others than were planned', () => {
  it('make outdated what an earlier attempt left only where that is said', () => {
    assert.equal(new OtherBytes(url).isOutdated, false);
    assert.equal(new OtherBytes(url, true).isOutdated, true);
  });
});
