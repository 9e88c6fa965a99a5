import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from '../../../scripts/lib/bundle.ts';
import { root } from '../../../scripts/lib/paths.ts';
import { middle } from '../../budget/calibration.ts';
import { BUNDLES, LIMITS, breaches } from '../../budget/limits.ts';

const run = promisify(execFile);
const PROGRAM = join(root, 'test', 'budget', 'activationProgram.ts');
const ROUNDS = 5;
/** Milliseconds: the bundle is built, and many processes start, on a machine that may be busy. */
const PATIENCE = 120_000;

describe('The performance budget', function () {
  this.timeout(PATIENCE);
  let folder: string;
  let dist: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'model-hub-budget-'));
    dist = join(folder, 'dist');
    await build({ production: true, folder: dist });
  });
  after(() => rmSync(folder, { recursive: true }));

  /** The middle one of several starts, each in a process of its own. */
  async function activationOf(bundles: string): Promise<number> {
    const ratios: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const storage = join(folder, `storage-${ratios.length}`);
      mkdirSync(storage, { recursive: true });
      const { stdout } = await run(process.execPath, [PROGRAM, root, bundles, storage]);
      ratios.push((JSON.parse(stdout) as { readonly ratio: number }).ratio);
    }
    return middle(ratios);
  }

  it('holds for activation', async () => {
    assert.deepEqual(breaches({ activation: await activationOf(dist) }, LIMITS), []);
  });

  it('is broken by an activation that loads the HTTP stack and the schemas', async () => {
    const worse = join(folder, 'worse');
    cpSync(dist, worse, { recursive: true });
    const eager = ['undici', 'zod', 'yaml'].map((name) => `require('./${name}.cjs');`);
    appendFileSync(join(worse, 'extension.cjs'), `\n${eager.join('\n')}\n`);
    assert.equal(breaches({ activation: await activationOf(worse) }, LIMITS).length, 1);
  });

  it('holds for the size of each bundle', () => {
    const names = readdirSync(dist).filter((name) => /\.c?js$/.test(name));
    const sizes = names.map((name) => [name, statSync(join(dist, name)).size]);
    assert.deepEqual(breaches(Object.fromEntries(sizes) as Record<string, number>, BUNDLES), []);
    assert.deepEqual(names.sort(), Object.keys(BUNDLES).sort(), 'a limit for each, and no other');
  });

  it('is broken by a bundle that grows, and by one that nobody has set a limit for', () => {
    const { length } = readFileSync(join(dist, 'extension.cjs'));
    const measured = { 'extension.cjs': length * 2, 'other.cjs': 1 };
    assert.deepEqual(breaches(measured, BUNDLES), [
      `extension.cjs: ${length * 2}, of at most ${BUNDLES['extension.cjs']}`,
      'other.cjs has no limit',
    ]);
  });

  it('is not held by what could not be measured', () => {
    assert.equal(breaches({ search: Number.NaN }, LIMITS).length, 1);
  });
});
