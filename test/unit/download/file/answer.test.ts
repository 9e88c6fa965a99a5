import assert from 'node:assert/strict';
import { DownloadError } from '../../../../src/download/errors.ts';
import { promisedBytes } from '../../../../src/download/file/answer.ts';
import type { RangeAnswer } from '../../../../src/download/file/location.ts';

const SIZE = 1_000;
const asked = { start: 100, end: 200 };

const promised = (status: number, headers: Record<string, string>) => {
  const answer = { url: new URL('https://cdn.example/blob'), response: { status, headers } };
  return promisedBytes(answer as unknown as RangeAnswer, asked, SIZE);
};
const range = (text: string, more: Record<string, string> = {}) =>
  promised(206, { 'content-range': text, ...more });
const fails = (work: () => unknown, kind: string, message: RegExp) =>
  assert.throws(work, (error: Error) => {
    assert.ok(DownloadError.is(error));
    assert.equal(error.kind, kind);
    assert.match(error.message, message);
    assert.match(error.message, /cdn\.example/);
    return true;
  });

describe('An answer to the question for some bytes', () => {
  it('promises them, and says when they end', () => {
    assert.deepEqual(range('bytes 100-199/1000', { 'content-length': '100' }), {
      ...{ start: 100, end: 200, isRange: true, isFramed: true },
    });
  });

  it('may promise fewer, of a file of unknown size, until the connection ends', () => {
    assert.deepEqual(range('bytes 100-149/*'), {
      ...{ start: 100, end: 150, isRange: true, isFramed: false },
    });
  });

  it('does not say when they end with a length of something else', () => {
    assert.equal(range('bytes 100-199/1000', { 'content-length': '99' }).isFramed, false);
  });

  it('may promise the whole file', () => {
    const whole = { start: 0, end: SIZE, isRange: false };
    assert.deepEqual(promised(200, { 'content-length': '1000' }), { ...whole, isFramed: true });
    assert.deepEqual(promised(200, {}), { ...whole, isFramed: false });
    assert.equal(promised(200, { 'content-encoding': 'identity' }).isRange, false);
  });

  for (const [name, work] of [
    ['a whole of another length', () => promised(200, { 'content-length': '999' })],
    ['a range of a file of another size', () => range('bytes 100-199/1001')],
  ] as const) {
    it(`is of other bytes where it is ${name}`, () => fails(work, 'changed', /was changed/));
  }

  for (const [name, header, why] of [
    ['begins before', 'bytes 99-199/1000', /it sent 99 to 199/],
    ['begins behind', 'bytes 101-199/1000', /it sent 101 to 199/],
    ['ends behind', 'bytes 100-200/1000', /it sent 100 to 200/],
    ['is empty', 'bytes 100-99/1000', /it sent 100 to 99/],
    ['is of other units', 'lines 100-199/1000', /did not say which/],
    ['has words around it', 'x bytes 100-199/1000', /did not say which/],
    ['has more behind it', 'bytes 100-199/1000 x', /did not say which/],
    ['is not named', '', /did not say which/],
  ] as const) {
    it(`is misunderstood where its range ${name}`, () =>
      fails(() => range(header), 'badAnswer', why));
  }

  it('is misunderstood without a range, or where the bytes are compressed', () => {
    fails(() => promised(206, {}), 'badAnswer', /did not say which/);
    fails(
      () => range('bytes 100-199/1000', { 'content-encoding': 'gzip' }),
      'badAnswer',
      /it sent them as gzip.*proxy/,
    );
  });
});
