import assert from 'node:assert/strict';
import path from 'node:path';
import { root } from '../../../scripts/lib/paths.ts';
import { Started } from '../../../scripts/lib/processes.ts';

const START_LIMIT_MS = 50_000;

describe('Fuzzing', () => {
  it('stops when it is told to, and says how far it came', async function () {
    this.timeout(2 * START_LIMIT_MS);
    const script = path.join(root, 'scripts', 'fuzz.ts');
    const args = [script, '--only', 'link,query', '--seed', '7', '--cases', '10000000'];
    const fuzz = new Started(process.execPath, args, { cwd: root, graceMs: START_LIMIT_MS });
    await fuzz.waitForOutput(/10000000 cases of each, seed 7/, START_LIMIT_MS);
    await fuzz.stop();
    assert.match(fuzz.output, /\nStopped in link, seed 7: \d+ cases held\.\n/);
    assert.equal(await fuzz.exited(), 143);
  });
});
