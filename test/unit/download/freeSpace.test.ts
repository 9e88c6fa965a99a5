import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { DownloadError } from '../../../src/download/errors.ts';
import type { Disk } from '../../../src/download/freeSpace.ts';
import { realDisk, refuseIfFull, SPACE_MARGIN } from '../../../src/download/freeSpace.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';

const GB = 1e9;

describe('Free space', () => {
  const folder = useTemporaryFolder();
  const disk = (free: number): Disk => ({
    free: () => Promise.resolve(free),
    device: (path) => Promise.resolve(path.endsWith('other') ? 2 : 1),
  });
  const need = (bytes: number, name = 'not/there/yet') => ({ folder: join(folder(), name), bytes });

  it('has to be there with a margin', async () => {
    await refuseIfFull(need(GB), [], disk(GB + SPACE_MARGIN));
    await assert.rejects(refuseIfFull(need(GB), [], disk(GB + SPACE_MARGIN - 1)), {
      kind: 'noSpace',
    });
  });

  it('that is missing is named, and where', async () => {
    await assert.rejects(refuseIfFull(need(5 * GB), [], disk(2 * GB)), (error) => {
      assert.ok(error instanceof DownloadError);
      assert.match(error.message, /^3\.2 GB more are needed on the disk of .*not.there.yet/);
      assert.match(error.message, /Free space/);
      return true;
    });
  });

  for (const [missing, words] of [
    [1, '1 MB'],
    [999_000_001, '1000 MB'],
    [1.01e9, '1.1 GB'],
    [1.2e9, '1.2 GB'],
  ] as const) {
    it(`that is missing is told as no less than it is: ${words}`, async () => {
      await assert.rejects(refuseIfFull(need(missing), [], disk(SPACE_MARGIN)), (error) => {
        assert.ok(error instanceof DownloadError);
        assert.equal(error.message.split(' more')[0], words);
        return true;
      });
    });
  }

  it('is also promised to others on the same disk, and to no others', async () => {
    const others = [need(GB), need(-5)];
    await assert.rejects(refuseIfFull(need(GB), others, disk(1.5 * GB)), /other downloads/);
    const elsewhere = [{ folder: join(folder(), '..', 'other'), bytes: GB }];
    await refuseIfFull(need(GB), elsewhere, {
      ...disk(1.5 * GB),
      device: (path) => Promise.resolve(path.includes('model-hub-test') ? 1 : 2),
    });
  });

  it('need not be there for what needs none', async () => {
    await refuseIfFull(need(0), [need(GB)], disk(0));
  });

  it('that the disk says nothing of is a failure of the folder', async () => {
    const broken: Disk = {
      ...disk(GB),
      free: () => Promise.reject(Object.assign(new Error('no'), { code: 'EIO' })),
    };
    await assert.rejects(refuseIfFull(need(1), [], broken), { kind: 'folder' });
  });

  it('is asked of the folder above where another window removes one just then', async () => {
    const going = join(folder(), 'models');
    mkdirSync(going);
    const free = async (path: string): Promise<number> => {
      if (path === going) rmdirSync(going);
      return await realDisk.free(path);
    };
    await refuseIfFull(need(1, 'models/there'), [], { ...realDisk, free });
    assert.equal(existsSync(going), false);
  });

  it('of the real disk is some', async () => {
    assert.ok((await realDisk.free(folder())) > 0);
    await refuseIfFull(need(1), [need(1)], realDisk);
    await assert.rejects(refuseIfFull(need(1e18), [], realDisk), { kind: 'noSpace' });
  });
});
