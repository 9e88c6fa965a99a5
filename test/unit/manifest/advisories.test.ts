import assert from 'node:assert/strict';

import { DECIDED, advisoriesIn, undecided } from '../../../scripts/lib/advisories.ts';

/** As npm prints it; of `tool` only the name of the package that it depends on. */
const REPORT = JSON.stringify({
  auditReportVersion: 2,
  vulnerabilities: {
    undici: {
      name: 'undici',
      severity: 'high',
      via: [
        {
          source: 1,
          name: 'undici',
          title: 'Sends what it should not',
          url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
          severity: 'high',
          range: '<9',
        },
      ],
    },
    tool: { name: 'tool', severity: 'low', via: ['helper'] },
    helper: {
      name: 'helper',
      severity: 'low',
      via: [
        {
          source: 2,
          name: 'helper',
          title: 'Is slow',
          url: 'https://github.com/advisories/GHSA-dddd-eeee-ffff',
          severity: 'low',
          range: '*',
        },
      ],
    },
  },
  metadata: {},
});
const shipped = [{ name: 'undici' }, { name: 'zod' }];

describe('The audit', () => {
  it('tells weaknesses in the extension from those of tools', () => {
    const found = advisoriesIn(REPORT, shipped).map(({ id, bundled }) => [id, bundled]);
    assert.deepEqual(found, [
      ['GHSA-aaaa-bbbb-cccc', true],
      ['GHSA-dddd-eeee-ffff', false],
    ]);
  });

  it('asks for a decision on what is in the extension', () => {
    const advisories = advisoriesIn(REPORT, shipped);
    assert.deepEqual(
      undecided(advisories, {}).map((advisory) => advisory.package),
      ['undici'],
    );
    assert.deepEqual(undecided(advisories, { 'GHSA-aaaa-bbbb-cccc': 'not called' }), []);
  });

  it('reads a report behind warnings', () => {
    assert.equal(advisoriesIn(`npm warn config x\n${REPORT}`, shipped).length, 2);
  });

  it('never takes silence or a refusal for a good report', () => {
    for (const output of ['', 'npm error', '{"message":"405 Method Not Allowed"}', '{']) {
      assert.throws(() => advisoriesIn(output, shipped), /could not be asked for/);
    }
  });

  it('has a reason for each decision', () => {
    for (const [id, reason] of Object.entries(DECIDED)) {
      assert.match(id, /^GHSA(?:-[0-9a-z]{4}){3}$/);
      assert.ok(reason.length > 20, id);
    }
  });
});
