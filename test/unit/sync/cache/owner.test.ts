import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { Worker } from 'node:worker_threads';
import { hasEnded, newOwner } from '../../../../src/sync/cache/owner.ts';

describe('The owner of a lease', () => {
  it('is unlike any other, also of the same process', () => {
    assert.notEqual(newOwner(), newOwner());
  });

  it('has not ended while its process runs, whoever that belongs to', () => {
    assert.equal(hasEnded(newOwner()), false);
    assert.equal(hasEnded(`${hostname()}:1:x`), false);
  });

  it('has ended with its process', async () => {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    const owner = `${hostname()}:${child.pid}:x`;
    assert.equal(hasEnded(owner), false);
    await once(child, 'close');
    assert.equal(hasEnded(owner), true);
  });

  it('has ended with its thread for the thread that comes after it, and for no other', async () => {
    const before = newOwner();
    const module = new URL('../../../../src/sync/cache/owner.ts', import.meta.url).href;
    const answers: unknown[] = [];
    for (const begin of ['', 'succeedThreads();']) {
      const worker = new Worker(
        `import(${JSON.stringify(module)}).then(({ hasEnded, newOwner, succeedThreads }) => {
          ${begin}
          const owners = [${JSON.stringify(before)}, newOwner()];
          require('node:worker_threads').parentPort.postMessage(owners.map(hasEnded));
        });`,
        { eval: true },
      );
      answers.push(...((await once(worker, 'message')) as unknown[]));
      await worker.terminate();
    }
    assert.deepEqual(answers, [
      [false, false],
      [true, false],
    ]);
  });

  it('is not known to have ended on another machine, or where it says nothing', async () => {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(child, 'close');
    for (const owner of [`other:${child.pid}:x`, '', `${hostname()}:0:x`, `${hostname()}:no:x`]) {
      assert.equal(hasEnded(owner), false, owner);
    }
  });
});
