import assert from 'node:assert/strict';
import { openSync, closeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { soak } from '../../soak/soak.ts';
import { seedOfRun } from '../support/random.ts';

describe('A machine that is not restarted', function () {
  this.timeout(300_000);
  const seed = seedOfRun();

  it(`is after two days as it was, and all windows agree (SEED=${seed})`, async () => {
    const { days, problems } = await soak({ seed, days: 2, models: 30 });
    assert.deepEqual(problems, []);
    const last = days.at(-1);
    assert.ok(last);
    assert.ok(last.counts.syncs > 50 && last.counts.downloads > 0);
  });

  it(`is found out if something leaks (SEED=${seed})`, async () => {
    const kept: unknown[] = [];
    const opened: number[] = [];
    try {
      const { problems } = await soak({
        ...{ seed, days: 3, models: 30 },
        onDidSync: (report) => {
          kept.push({ report, page: Array.from({ length: 2_000 }, (_, n) => ({ n })) });
          if (kept.length % 20 === 0) opened.push(openSync(fileURLToPath(import.meta.url), 'r'));
        },
      });
      const found = problems.map((problem) => problem.split(':')[0]);
      assert.ok(found.includes('memory'), problems.join('\n'));
      if (process.platform === 'linux')
        assert.ok(found.includes('open files'), problems.join('\n'));
    } finally {
      for (const file of opened) closeSync(file);
    }
  });
});
