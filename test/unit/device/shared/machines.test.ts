import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { IdentityFile } from '../../../../src/device/shared/identity.ts';
import { recordOf } from '../../../../src/device/shared/machineRecord.ts';
import { readMachine } from '../../../../src/device/shared/machineSchema.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { NOON } from '../../support/fakeClock.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { entry, localFile, snapshot, stranger } from '../../views/installedSamples.ts';
import { Cloud, FakeIdentity, SimulatedMachine } from './settingsSync.ts';

const GIB = 1024 ** 3;
const JAN = { model: 'janhq/Jan-v1-4B-GGUF', variant: 'Jan-v1-4B-Q4_K_M' };
const QWEN = { model: 'Qwen/Qwen3-8B-GGUF', variant: 'Qwen3-8B-Q8_0' };

/** Takes what each machine has to each other, twice. */
async function exchange(...machines: readonly SimulatedMachine[]): Promise<void> {
  const cloud = new Cloud();
  for (const machine of [...machines, ...machines, ...machines]) {
    cloud.sync(machine);
    await machine.machines.update();
    cloud.sync(machine);
  }
}

describe("A user's machines", () => {
  it('know what each has, and what it is', async () => {
    const [a, b] = [new SimulatedMachine('a'), new SimulatedMachine('b')];
    a.install(JAN, QWEN);
    a.facts = {
      platform: 'darwin',
      hardware: {
        memory: 15.6 * GIB,
        gpus: [{ name: 'RTX 3060', memory: 12 * GIB }],
        unified: false,
        said: [],
      },
      sources: ['hf:janhq', 'jan:v2', 'cortex', 'published:https://models.example.com/x'],
    };
    await exchange(a, b);
    assert.deepEqual(b.machines.others, [
      {
        id: 'a',
        record: {
          ...{ system: 'macos', memory: 16, gpu: { name: 'RTX 3060', memory: 12 } },
          installed: [
            { model: 'Qwen/Qwen3-8B-GGUF', quantisation: 'Q8_0', bytes: 5e9 },
            { model: 'janhq/Jan-v1-4B-GGUF', quantisation: 'Q4_K_M', bytes: 5e9 },
          ],
          sources: ['hf:janhq', 'jan:v2', 'cortex'],
          ...{ week: Math.floor(NOON / (7 * 24 * 60 * 60 * 1000)), seal: 'of a' },
        },
      },
    ]);
    assert.deepEqual(a.machines.others, []);
  });

  it('tell it anew when it is another, and keep telling what nobody has looked at since', async () => {
    const [a, b] = [new SimulatedMachine('a'), new SimulatedMachine('b')];
    a.install(JAN, QWEN);
    await exchange(a, b);
    a.installed = undefined;
    await exchange(a, b);
    assert.equal(b.machines.others[0]?.record.installed.length, 2);
    a.install(JAN);
    await exchange(a, b);
    assert.deepEqual(
      b.machines.others[0].record.installed.map(({ model }) => model),
      [JAN.model],
    );
  });

  it('are called the same everywhere, by whoever named them last', async () => {
    const [a, b] = [new SimulatedMachine('a'), new SimulatedMachine('b')];
    a.install(JAN);
    b.install();
    await exchange(a, b);
    await b.machines.rename('a', '  The big one ');
    await exchange(a, b);
    assert.deepEqual(
      [a.machines.own?.name, b.machines.others[0]?.name],
      ['The big one', 'The big one'],
    );
    await a.machines.rename('a', '');
    await exchange(a, b);
    assert.equal(b.machines.others[0]?.name, undefined);
  });

  it('are gone when they are forgotten, and back when they are used again', async () => {
    const machines = ['a', 'b', 'c'].map((id) => new SimulatedMachine(id));
    const [a, b, c] = machines as [SimulatedMachine, SimulatedMachine, SimulatedMachine];
    for (const machine of machines) machine.install(JAN);
    await exchange(a, b, c);
    await b.machines.forget('a');
    await exchange(b, c);
    assert.deepEqual(
      [b, c].map(({ machines: { others } }) => others.map(({ id }) => id)),
      [['c'], ['b']],
    );
    await exchange(a, b, c);
    assert.deepEqual(
      b.machines.others.map(({ id }) => id),
      ['a', 'c'],
    );
  });

  it('are not told of one whose user shares nothing any more, which takes nothing over either', async () => {
    const [a, b] = [new SimulatedMachine('a'), new SimulatedMachine('b')];
    for (const machine of [a, b]) machine.install(JAN);
    await a.state.put('pins', 'a/b');
    await exchange(a, b);
    a.shares = false;
    await exchange(a, b);
    assert.deepEqual([a.machines.others, b.machines.others], [[], []]);
    const writes = a.memory.writes.filter((key) => key === 'modelHub.shared').length;
    await a.state.put('pins', 'c/d');
    await b.state.put('pins', 'e/f');
    await exchange(a, b);
    assert.equal(a.memory.writes.filter((key) => key === 'modelHub.shared').length, writes);
    assert.deepEqual(a.state.keys('pins'), ['c/d', 'a/b']);
    assert.deepEqual(b.state.keys('pins'), ['e/f', 'a/b']);
    a.shares = true;
    await exchange(a, b);
    assert.deepEqual([...b.state.keys('pins')].sort(), ['a/b', 'c/d', 'e/f']);
    assert.deepEqual(
      b.machines.others.map(({ id }) => id),
      ['a'],
    );
  });

  it('stay apart when one is a copy of another', async () => {
    const a = new SimulatedMachine('a');
    a.install(JAN);
    await exchange(a);
    const identity = new FakeIdentity('a');
    Object.assign(identity, { seal: 'of another place', record: a.identity.record });
    const copy = new SimulatedMachine('a', { identity });
    copy.install(QWEN);
    const cloud = new Cloud();
    for (const machine of [a, copy, a, copy, a, copy]) {
      cloud.sync(machine);
      await machine.machines.update();
      cloud.sync(machine);
    }
    assert.notEqual(a.identity.id, copy.identity.id);
    const installed = (one: SimulatedMachine): string[] =>
      one.machines.others.flatMap(({ record }) => record.installed.map(({ model }) => model));
    assert.deepEqual([installed(a), installed(copy)], [[QWEN.model], [JAN.model]]);
  });

  it('share the room: each tells less the more they are, and how much it leaves out', () => {
    const variants = Array.from({ length: 200 }, (_, index) =>
      entry({
        key: `${index}`,
        from: { model: `someone/model-${index}`, variant: 'model-Q8_0' },
      }),
    );
    const told = (machines: number) =>
      recordOf({
        facts: {
          platform: 'linux',
          sources: [],
          isListed: () => true,
          installed: snapshot(variants),
        },
        ...{ before: undefined, machines, seal: 'x', now: NOON },
      });
    for (const machines of [1, 8, 20]) {
      const record = told(machines);
      assert.ok(record);
      assert.ok(Buffer.byteLength(JSON.stringify(record)) <= Math.min(6_100, 40_100 / machines));
      assert.equal(record.installed.length + (record.more ?? 0), 200);
      assert.deepEqual(readMachine(record), record);
    }
  });
});

describe('What a machine tells of itself', () => {
  it('has nothing of paths, file names, host names, addresses and tokens', async () => {
    const canary = 'canary';
    const a = new SimulatedMachine('a');
    a.installed = snapshot(
      [
        entry({
          key: `/home/${canary}/one`,
          id: canary,
          name: `${canary}.gguf`,
          files: [localFile(`/home/${canary}/${canary}.gguf`, 5)],
          from: { model: JAN.model, variant: `${canary}-Q4_K_M`, quantisation: canary },
        }),
        entry({
          key: 'claimed',
          identity: 'claimed',
          from: { model: `${canary}/folder`, variant: canary },
        }),
        entry({ key: 'odd', from: { model: `/home/${canary}`, variant: 'x-Q8_0' } }),
        entry({ key: 'broken', problem: canary, from: { model: `${canary}/broken` } }),
        stranger({ key: canary, name: canary }),
      ],
      {
        runtimes: [
          { id: canary, kind: 'server', name: canary, api: `http://${canary}:1234`, can: [] },
          { id: 'two', kind: 'folder', name: canary, folder: `/home/${canary}`, can: [] },
        ],
      },
    );
    a.facts = {
      platform: 'linux',
      isListed: (model) => !model.startsWith(canary),
      sources: [
        `published:https://user:${canary}@host/path#key=${canary}`,
        'hf:janhq',
        `hf:x/${canary}`,
        `jan:https://${canary}`,
      ],
    };
    await a.machines.update();
    const text = JSON.stringify(a.travelling);
    assert.ok(text.includes(JAN.model) && text.includes('Q4_K_M') && text.includes('hf:janhq'));
    assert.equal(text.includes(canary), false, text);
  });

  it('is read from others only as far as it is what such a machine would tell', () => {
    const good = recordOf({
      facts: {
        platform: 'linux',
        sources: ['hf:x'],
        isListed: () => true,
        installed: snapshot([entry()]),
      },
      ...{ before: undefined, machines: 1, seal: 'x', now: NOON },
    });
    assert.ok(good);
    assert.deepEqual(readMachine(good), good);
    assert.deepEqual(readMachine({ ...good, newer: 1 }), good);
    assert.equal(readMachine({ ...good, system: 'beos' })?.system, 'other');
    const bad = [
      undefined,
      { ...good, installed: [{ model: '../../etc/passwd' }] },
      { ...good, sources: ['published:https://evil.example'] },
      { ...good, gpu: { name: '$(command)', memory: 1 } },
      { ...good, week: -1 },
    ];
    for (const value of bad) assert.equal(readMachine(value), undefined, JSON.stringify(value));
  });
});

describe('Who a machine is', () => {
  const folder = useTemporaryFolder();
  const file = (place = 'here'): IdentityFile => {
    let count = 0;
    const random = (digits: number): string => `${place.length}${++count}`.padStart(digits, '0');
    return new IdentityFile({ storage: folder(), place, random, logger: collectingLogger() });
  };

  it('stays the same from session to session, with what it has told', async () => {
    const first = file();
    const { id, seal } = await first.read();
    const record = readMachine({ system: 'linux', installed: [], sources: [], week: 1, seal });
    assert.ok(record);
    await first.keep(record);
    assert.deepEqual(await file().read(), { id, seal, record });
  });

  it('is found out to be a copy elsewhere, without telling where it is', async () => {
    const { id, seal } = await file().read();
    const elsewhere = await file('another place').read();
    assert.equal(elsewhere.id, id);
    assert.notEqual(elsewhere.seal, seal);
    assert.equal(seal.includes('here'), false);
  });

  it('is one for two windows that start together for the first time', async () => {
    const both = await Promise.all([file('one').read(), file('second').read()]);
    const { id } = await file().read();
    assert.deepEqual(
      both.map((one) => one.id === id),
      [true, true],
    );
  });

  it('is another after what was kept cannot be read', async () => {
    const { id } = await file().read();
    await writeFile(join(folder(), 'machine.json'), '{"id":"../..",');
    const again = await file('quite anew').read();
    assert.notEqual(again.id, id);
    assert.equal((await readFile(join(folder(), 'machine.json'), 'utf8')).includes(again.id), true);
    await rm(join(folder(), 'machine.json'));
  });
});
