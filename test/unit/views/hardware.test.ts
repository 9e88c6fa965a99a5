import assert from 'node:assert/strict';
import type { Hardware, HardwareSettings } from '../../../src/device/hardware.ts';
import { keepHardware } from '../../../src/device/hardwareFile.ts';
import { HardwareView } from '../../../src/views/hardware.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';

const GIB = 1024 ** 3;
const LAPTOP: Hardware = { memory: 16 * GIB, gpus: [], unified: false, said: [] };

describe('The hardware, as views see it', () => {
  const folder = useTemporaryFolder();
  let clock: FakeClock;
  let settings: HardwareSettings;
  let measured: number;
  let told: number;
  const open = (measure = () => Promise.resolve(LAPTOP)): HardwareView => {
    const view = new HardwareView({
      ...{ storage: folder(), clock, logger: collectingLogger() },
      settings: () => settings,
      memory: () => 16 * GIB,
      measure: () => {
        measured++;
        return measure();
      },
    });
    view.onDidChange(() => told++);
    return view;
  };

  beforeEach(() => {
    clock = new FakeClock();
    settings = {};
    measured = 0;
    told = 0;
  });

  it('is found out when somebody first asks, and told once', async () => {
    const view = open();
    assert.equal(measured, 0);
    const before = view.budget;
    assert.equal(before, undefined);
    await view.look();
    assert.deepEqual(view.hardware, LAPTOP);
    assert.equal(view.budget?.gpu, 0);
    assert.deepEqual([measured, told], [1, 1]);
  });

  it('is there from the last session, and measured again only after a day', async () => {
    await keepHardware(folder(), LAPTOP, clock.now());
    const view = open(() => Promise.reject(new Error('not to be asked')));
    await view.look();
    assert.deepEqual(view.hardware, LAPTOP);
    assert.deepEqual([measured, told], [0, 1]);
    clock.advance(24 * 60 * 60 * 1000);
    const later = open(() => Promise.resolve({ ...LAPTOP, memory: 32 * GIB }));
    await later.look();
    assert.equal(later.hardware?.memory, 32 * GIB);
    assert.deepEqual([measured, told], [1, 3], 'the old one first, then the new one');
  });

  it('stays as it was where it cannot be measured again', async () => {
    await keepHardware(folder(), LAPTOP, clock.now());
    clock.advance(24 * 60 * 60 * 1000);
    const view = open(() => Promise.reject(new Error('the thread is gone')));
    await view.look();
    assert.deepEqual(view.hardware, LAPTOP);
  });

  it('is what the user says also where nothing can be measured', async () => {
    const view = open(() => Promise.reject(new Error('the thread is gone')));
    await view.look();
    const seen = (): Hardware | undefined => view.hardware;
    assert.equal(seen(), undefined);
    settings = { gpuMemory: 24 * GIB };
    view.reconsider();
    assert.equal(told, 1);
    assert.deepEqual(seen(), {
      ...{ memory: 16 * GIB, unified: false, said: ['gpuMemory'] },
      gpus: [{ name: 'GPU', memory: 24 * GIB }],
    });
    settings = { memory: 64 * GIB };
    view.reconsider();
    assert.deepEqual([seen()?.memory, seen()?.said], [64 * GIB, ['memory']]);
    settings = {};
    view.reconsider();
    assert.deepEqual([seen(), told], [undefined, 3]);
  });

  it('is what the user said before measuring failed', async () => {
    settings = { gpuMemory: 24 * GIB };
    const view = open(() => Promise.reject(new Error('the thread is gone')));
    await view.look();
    assert.equal(told, 1);
    assert.ok((view.budget?.gpu ?? 0) > 20 * GIB);
  });

  it('is what the user says, at once', async () => {
    const view = open();
    view.reconsider();
    assert.equal(told, 0, 'nobody knows anything yet');
    await view.look();
    settings = { gpuMemory: 24 * GIB };
    view.reconsider();
    view.reconsider();
    assert.equal(told, 2);
    assert.ok((view.budget?.gpu ?? 0) > 20 * GIB);
    view.dispose();
    settings = {};
    view.reconsider();
    assert.equal(told, 2);
  });
});
