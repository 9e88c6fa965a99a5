import assert from 'node:assert/strict';
import { nextPage } from '../../../../src/sync/http/link.ts';
import { assertSyncError } from '../../support/assertSyncError.ts';

const base = new URL('https://hub.example/api/models?author=a&limit=16');
const next = 'https://hub.example/api/models?author=a&cursor=abc%3D&limit=16';

describe('The next page', () => {
  for (const [name, header] of [
    ['is named by rel="next"', `<${next}>; rel="next"`],
    ['is named without quotes', `<${next}>;rel=next`],
    ['may stand behind others', `<https://hub.example/p?x=1>; rel="prev", <${next}>; rel="next"`],
    ['may have more to say', `<${next}>; title="more"; rel="next"`],
    [
      'may stand behind one without a relation',
      `<https://hub.example/p?x=1>; x=1, <${next}>; rel=next`,
    ],
    ['may have several relations', `<${next}>; rel="last  NEXT"`],
    ['may be a relative address', `</api/models?author=a&cursor=abc%3D&limit=16>; rel="next"`],
  ] as const) {
    it(name, () => assert.equal(nextPage(header, base)?.href, next));
  }

  for (const [name, header] of [
    ['is none without a header', undefined],
    ['is none in an empty header', ''],
    ['is none where the header names another relation', `<${next}>; rel="prev"`],
  ] as const) {
    it(name, () => assert.equal(nextPage(header, base), undefined));
  }

  it('is asked for where the first one was, whatever host a mirror passes on', () => {
    const mirror = new URL('http://mirror.example:8080/hf/api/models?author=a&limit=16');
    const header = '<https://huggingface.co/api/models?author=a&cursor=x>; rel="next"';
    assert.equal(
      nextPage(header, mirror)?.href,
      'http://mirror.example:8080/hf/api/models?author=a&cursor=x',
    );
  });

  for (const link of [
    '<https://>',
    '<https://hub.example/api/models/page2>',
    next,
    `see <${next}>`,
    `<${next}> here`,
  ]) {
    it(`is an error where it cannot be asked for: ${link}`, () => {
      assert.throws(
        () => nextPage(`${link}; rel="next"`, base),
        (error) => assertSyncError(error, 'badAnswer', /hub\.example/),
      );
    });
  }
});
