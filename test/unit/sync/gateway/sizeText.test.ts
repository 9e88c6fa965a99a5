import assert from 'node:assert/strict';
import { parseSizeText } from '../../../../src/sync/gateway/sizeText.ts';
import { estimated, unknown } from '../../support/rows.ts';

describe('A size in words', () => {
  for (const [text, bytes] of [
    ['2.2 GB', Math.round(2.2 * 1024 ** 3)],
    ['650.0 MB', 650 * 1024 ** 2],
    ['510 KB', 510 * 1024],
    ['12 B', 12],
    ['1.5 TB', 1.5 * 1024 ** 4],
    [' 3GB ', 3 * 1024 ** 3],
    ['4.0 gb', 4 * 1024 ** 3],
  ] as const) {
    it(`is an estimate: ${JSON.stringify(text)}, powers of 1024`, () => {
      assert.deepEqual(parseSizeText(text), estimated(bytes));
    });
  }

  for (const text of [
    'N/A',
    'about 2 GB',
    '2 GB or so',
    '2 iGB',
    '',
    'GB',
    '1.2.3 GB',
    '2.2 PB',
    '-1 GB',
    '1,5 GB',
    undefined,
  ]) {
    it(`is unknown: ${text === undefined ? 'not there' : JSON.stringify(text)}`, () => {
      assert.deepEqual(parseSizeText(text), unknown);
    });
  }
});
