import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Hardware } from '../../../src/device/hardware.ts';
import { keepHardware, readHardware } from '../../../src/device/hardwareFile.ts';
import { LocalHardware } from '../../../src/local/localHardware.ts';
import * as systemInformation from '../../../src/local/systemInformation.lazy.ts';
import type { CollectingLogger } from '../support/collectingLogger.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';

const GIB = 1024 ** 3;
const DAY = 24 * 60 * 60 * 1000;
const CARD = { vendor: 'NVIDIA', model: 'RTX 4090', memoryTotal: 24_576, vramDynamic: false };
const DESKTOP: Hardware = {
  memory: 64 * GIB,
  gpus: [{ name: 'RTX 4090', memory: 24 * GIB }],
  unified: false,
  said: [],
};

describe('The hardware of this machine', () => {
  const folder = useTemporaryFolder();
  let clock: FakeClock;
  let logger: CollectingLogger;
  let loads: number;
  const local = (storage = folder(), graphics = [CARD]): LocalHardware =>
    new LocalHardware({
      ...{ storage, memory: 64 * GIB, clock, logger },
      load: () => {
        loads++;
        return Promise.resolve({
          cpu: () => Promise.resolve({ manufacturer: 'AMD' }),
          graphics: () => Promise.resolve({ controllers: graphics }),
        });
      },
    });

  beforeEach(() => {
    clock = new FakeClock();
    logger = collectingLogger();
    loads = 0;
  });

  it('is measured once, and kept for a day', async () => {
    const machine = local();
    assert.deepEqual(await Promise.all([machine.measure(), machine.measure()]), [DESKTOP, DESKTOP]);
    assert.equal(loads, 1);
    const now = clock.now();
    assert.deepEqual(await readHardware(folder(), now), { hardware: DESKTOP, isFresh: true });
    assert.equal((await readHardware(folder(), now + DAY - 1))?.isFresh, true);
    assert.equal((await readHardware(folder(), now + DAY))?.isFresh, false);
    assert.equal((await readHardware(folder(), now - 1))?.isFresh, false, 'from the future');
    assert.deepEqual(await readdir(folder()), ['hardware.json']);
  });

  it('is told although it cannot be kept', async () => {
    const file = path.join(folder(), 'file');
    await writeFile(file, '');
    assert.deepEqual(await local(file).measure(), DESKTOP);
    assert.match(logger.lines.join(), /will be measured again/);
  });

  it('is a processor with its memory where the library cannot be loaded', async () => {
    const machine = new LocalHardware({
      ...{ storage: folder(), memory: 8 * GIB, clock, logger },
      load: () => Promise.reject(new Error('no such file')),
    });
    const { gpus, memory } = await machine.measure();
    assert.deepEqual([gpus, memory], [[], 8 * GIB]);
    assert.equal(await readHardware(folder(), clock.now()), undefined, 'tried again next time');
  });

  it('is not known from a file that holds something else', async () => {
    const at = (name: string): string => path.join(folder(), name, 'hardware.json');
    const texts = ['', '{', '[]', '{"at":1}', '{"at":1,"hardware":{"memory":-1}}'];
    for (const [number, text] of texts.entries()) {
      await mkdir(path.join(folder(), `${number}`));
      await writeFile(at(`${number}`), text);
      assert.equal(await readHardware(path.join(folder(), `${number}`), 1), undefined, text);
    }
    await keepHardware(path.join(folder(), '0'), DESKTOP, 1);
    assert.deepEqual((await readHardware(path.join(folder(), '0'), 2))?.hardware, DESKTOP);
  });

  it('can be measured here, whatever this machine is', async () => {
    const machine = new LocalHardware({
      ...{ storage: folder(), memory: 8 * GIB, clock, logger },
      load: () => Promise.resolve(systemInformation),
    });
    const { memory, gpus } = await machine.measure();
    assert.equal(memory, 8 * GIB);
    assert.ok(gpus.every((gpu) => gpu.memory > 0));
    assert.equal((await readHardware(folder(), clock.now()))?.isFresh, true);
  }).timeout(20_000);
});
