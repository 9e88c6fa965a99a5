import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { collect } from '../../../scripts/coverage/collect.ts';
import { coverageOf, inRanges, ranCharacters } from '../../../scripts/coverage/lines.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';

const SOURCE = `import type { A } from './a.ts';

// What is said here does not run.
export function double(n: number): number {
  if (n < 0) {
    return 0;
  }
  return 2 * n;
}
`;
const at = (text: string): number => SOURCE.indexOf(text);
/** The branch did not run, all else did. */
const FUNCTIONS = [
  [{ startOffset: 0, endOffset: SOURCE.length, count: 1 }],
  [
    { startOffset: at('function'), endOffset: SOURCE.length - 1, count: 3 },
    { startOffset: at('{\n    return 0'), endOffset: at('  return 2'), count: 0 },
  ],
];

describe('Coverage', () => {
  const folder = useTemporaryFolder();

  it('counts lines with code, and of them those that never ran', () => {
    const coverage = coverageOf(SOURCE, ranCharacters(SOURCE.length, FUNCTIONS));
    assert.deepEqual(coverage, { lines: 4, missed: [6] });
  });

  it('counts each line of a file that nothing loaded', () => {
    assert.deepEqual(coverageOf(SOURCE, new Uint8Array(SOURCE.length)).missed, [4, 5, 6, 8]);
  });

  it('puts together what several processes ran, and passes over one that was killed', async () => {
    const sources = join(folder(), 'src');
    const written = join(folder(), 'written');
    mkdirSync(sources);
    mkdirSync(written);
    const file = join(sources, 'double.ts');
    writeFileSync(file, SOURCE);
    writeFileSync(join(sources, 'unused.ts'), 'export const a = 1;\n');
    const url = pathToFileURL(file).href;
    const branch = [
      { startOffset: at('    return 0'), endOffset: at('    return 0') + 13, count: 1 },
    ];
    const scripts = [[{ ranges: branch }], FUNCTIONS.map((ranges) => ({ ranges }))];
    for (const [index, functions] of scripts.entries()) {
      const text = JSON.stringify({ result: [{ url, functions }] });
      writeFileSync(join(written, `${index}.json`), text);
    }
    writeFileSync(join(written, 'killed.json'), '{"result":[{"url":');
    assert.deepEqual(Object.fromEntries(await collect(written, sources)), {
      'double.ts': { lines: 4, missed: [] },
      'unused.ts': { lines: 1, missed: [1] },
    });
  });

  it('names lines in a row by the first and the last', () => {
    assert.equal(inRanges([3, 4, 5, 9]), '3-5, 9');
    assert.equal(inRanges([]), '');
  });
});
