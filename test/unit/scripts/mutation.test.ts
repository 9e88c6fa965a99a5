import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { groups, modules } from '../../../scripts/mutation/groups.ts';
import {
  mutationTable,
  noticed,
  tallyOf,
  totalOf,
  withNewer,
} from '../../../scripts/mutation/report.ts';

const mutants = (...statuses: readonly string[]) => statuses.map((status) => ({ status }));

describe('The mutation check', () => {
  it('counts what was noticed, by a failure or by waiting for ever', () => {
    const tally = tallyOf(mutants('Killed', 'Killed', 'Timeout', 'Survived', 'NoCoverage'));
    assert.deepEqual(tally, { killed: 2, timedOut: 1, survived: 1, uncovered: 1, leftOut: 0 });
    assert.equal(noticed(tally), 0.6);
  });

  it('does not count what was left out or could not run', () => {
    const tally = tallyOf(mutants('Killed', 'Survived', 'Ignored', 'RuntimeError', 'CompileError'));
    assert.equal(tally.leftOut, 3);
    assert.equal(noticed(tally), 0.5);
    assert.equal(noticed(tallyOf(mutants('Ignored'))), 1);
  });

  it('puts what was found now in the place of what was found before', () => {
    const last = {
      files: {
        'a.ts': { mutants: mutants('Survived') },
        'b.ts': { mutants: mutants('Killed') },
        'gone.ts': { mutants: mutants('Killed') },
      },
    };
    const found = { files: { 'a.ts': { mutants: mutants('Killed', 'Survived', 'Killed') } } };
    const report = withNewer(last, found, ['a.ts', 'b.ts', 'new.ts']);
    assert.deepEqual(Object.keys(report.files), ['a.ts', 'b.ts']);
    assert.equal(noticed(totalOf(report)), 0.75);
    assert.equal(
      mutationTable(report),
      [
        '| module | noticed | killed | timed out | survived | no test | left out |',
        '| --- | --- | --- | --- | --- | --- | --- |',
        '| **all** | 75.0 % | 3 | 0 | 1 | 0 | 0 |',
        '| `a.ts` | 66.7 % | 2 | 0 | 1 | 0 | 0 |',
        '| `b.ts` | 100.0 % | 1 | 0 | 0 | 0 | 0 |',
      ].join('\n'),
    );
  });

  it('has no group without tests, and names no file that is not there', () => {
    assert.ok(modules.length > 70);
    assert.equal(new Set(modules).size, modules.length);
    for (const group of groups) {
      assert.ok(group.tests.length > 0);
      for (const file of [...group.modules, ...group.tests]) assert.ok(existsSync(file), file);
    }
  });
});
