import assert from 'node:assert/strict';
import { parseJson } from '../../../../src/sync/http/json.ts';
import { assertSyncError } from '../../support/assertSyncError.ts';

const url = new URL('https://hub.example/api/models');

describe('The JSON of an answer', () => {
  it('is read as UTF-8', () => {
    assert.deepEqual(parseJson(url, Buffer.from('{"name":"Qwen 通义"}')), { name: 'Qwen 通义' });
  });

  for (const [name, text, message] of [
    ['a web page', '\n  <!doctype html><title>Log in</title>', /hub\.example.*a web page.*log-in/],
    ['a web page at once', '<html>', /a web page/],
    ['cut off', '{"a":', /something that is not JSON.*Check the network/],
    ['followed by markup', 'no <b>JSON</b>', /something that is not JSON/],
    ['missing', '', /something that is not JSON/],
  ] as const) {
    it(`is a bad answer where it is ${name}, and says so`, () => {
      assert.throws(
        () => parseJson(url, Buffer.from(text)),
        (error: Error) =>
          error.cause instanceof SyntaxError && assertSyncError(error, 'badAnswer', message),
      );
    });
  }
});
