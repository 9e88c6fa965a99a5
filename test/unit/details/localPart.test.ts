import assert from 'node:assert/strict';
import type { DownloadStatus } from '../../../src/download/model.ts';
import type { InstalledSnapshot } from '../../../src/runtime/installed.ts';
import type { Model } from '../../../src/sync/model.ts';
import type { DetailsLocal } from '../../../src/views/details/detailsLocal.ts';
import type { DetailsSubject } from '../../../src/views/details/detailsSubject.ts';
import { LocalPart } from '../../../src/views/details/localPart.ts';
import type { LocalAction } from '../../../src/views/details/messages.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { download, entry, onMachine, VARIANT } from './localSamples.ts';
import { file, jan, NOW, plainWording, SHA } from './samples.ts';

/** A machine that does what it is told and notes it. */
class Machine implements DetailsLocal {
  readonly calls: string[] = [];
  readonly listeners = new Set<() => void>();
  list: DownloadStatus[] = [];
  entries: InstalledSnapshot['entries'] = [];
  token = false;
  /** What the next calls end with. */
  outcome: Promise<undefined> = Promise.resolve(undefined);

  onDidChange = (listener: () => void) => {
    this.listeners.add(listener);
    return { dispose: () => void this.listeners.delete(listener) };
  };
  downloads = () => this.list;
  installed = () => ({
    entries: this.entries,
    runtimes: [],
    complete: true,
    duplicateBytes: 0,
  });
  hasToken = () => this.token;
  download = (id: string, revision: string | undefined, variant: string) =>
    this.#note('download', id, String(revision), variant);
  preview: DetailsLocal['preview'] = () => Promise.resolve(undefined);
  pause = (id: string) => this.#note('pause', id);
  resume = (id: string) => this.#note('resume', id);
  cancel = (id: string) => this.#note('cancel', id);

  change(): void {
    for (const listener of this.listeners) listener();
  }

  #note(...call: string[]): Promise<void> {
    this.calls.push(call.join(' '));
    return this.outcome;
  }
}

function setUp() {
  const machine = new Machine();
  const clock = new FakeClock();
  const logger = collectingLogger();
  let changes = 0;
  const part = new LocalPart({ local: machine, clock, logger, onChange: () => changes++ });
  part.show(jan.id);
  const page = (changes?: Partial<DetailsSubject>) => onMachine(part.subject, changes);
  const press = (type: LocalAction['does'], what: string, changes?: Partial<DetailsSubject>) =>
    part.answer({ type, what }, page(changes), plainWording);
  return { machine, clock, logger, part, press, changes: () => changes };
}

describe('the details page and this machine', () => {
  it('knows of the shown model alone', () => {
    const { machine, part } = setUp();
    machine.list = [download(), download({ id: 'd2', model: 'a/b' })];
    machine.entries = [entry(), entry({ from: { model: 'a/b' } }), entry({ from: {} })];
    assert.deepEqual(part.subject.downloads, [download()]);
    assert.deepEqual(part.subject.installed, [entry()]);
  });

  it('tells of changes of the model, and of no others', () => {
    const { machine, clock, changes } = setUp();
    machine.list = [download({ model: 'a/b' })];
    machine.change();
    assert.equal(changes(), 0);
    for (const next of [
      () => (machine.list = [download()]),
      () => (machine.entries = [entry()]),
      () => (machine.token = true),
    ]) {
      const before = changes();
      next();
      machine.change();
      assert.equal(changes(), before + 1);
      clock.advance(1000);
      assert.equal(changes(), before + 1);
    }
  });

  it('tells at most four times a second, and always of the last', () => {
    const { machine, clock, changes, part } = setUp();
    for (let bytes = 0; bytes < 1000; bytes++) {
      machine.list = [download({ bytes })];
      machine.change();
      clock.advance(10);
    }
    assert.ok(changes() >= 38 && changes() <= 41, `${changes()}`);
    machine.list = [download({ bytes: 2000 })];
    machine.change();
    const before = changes();
    clock.advance(250);
    assert.ok(changes() <= before + 1);
    clock.advance(1000);
    assert.equal(part.subject.downloads[0]?.bytes, 2000);
    assert.ok(changes() > before);
  });

  it('downloads the variant at the commit that is shown', async () => {
    const { machine, press } = setUp();
    assert.equal(await press('download', VARIANT), undefined);
    assert.deepEqual(machine.calls, [`download ${jan.id} ${SHA} ${VARIANT}`]);
  });

  it('leaves it to the download to find the commit where no source tells it', async () => {
    const { machine, press } = setUp();
    const model: Model = { ...jan };
    delete (model as { sha?: string }).sha;
    const details = { ...onMachine().details, revision: 'main' };
    assert.equal(await press('download', VARIANT, { model, details }), undefined);
    assert.deepEqual(machine.calls, [`download ${jan.id} undefined ${VARIANT}`]);
  });

  it('downloads nothing that cannot be, whatever the page asks for', async () => {
    const { machine, press } = setUp();
    assert.match((await press('download', '../../etc')) ?? '', /no longer published/);
    const offline = { details: { phase: 'failed', failure: 'Offline.' } } as const;
    assert.match((await press('download', VARIANT, offline)) ?? '', /not known yet/);
    const model = { ...jan, gated: 'auto' } as const;
    assert.match((await press('download', VARIANT, { model })) ?? '', /token/);
    const files = [file('m-Q4_K_M-00001-of-00002.gguf', 1000)];
    const torn = { phase: 'done', revision: SHA, details: { files, fetchedAt: NOW } } as const;
    const said = await press('download', 'm-Q4_K_M', { details: torn });
    assert.match(said ?? '', /parts of it are missing/);
    assert.deepEqual(machine.calls, []);
  });

  it('asks once, however often the button is pressed', async () => {
    const { machine, press, part, changes } = setUp();
    const { promise, resolve } = Promise.withResolvers<undefined>();
    machine.outcome = promise;
    const presses = [press('download', VARIANT), press('download', VARIANT)];
    assert.deepEqual([...part.subject.asked], [VARIANT]);
    assert.equal(changes(), 1);
    resolve(undefined);
    await Promise.all(presses);
    assert.equal(machine.calls.length, 1);
    assert.deepEqual([...part.subject.asked], []);
    assert.equal(changes(), 2);
  });

  it('pauses, resumes and cancels downloads of the shown model only', async () => {
    const { machine, press } = setUp();
    machine.list = [download(), download({ id: 'd2', model: 'a/b' })];
    for (const does of ['pause', 'resume', 'cancel'] as const) {
      assert.equal(await press(does, 'd1'), undefined);
      assert.match((await press(does, 'd2')) ?? '', /no longer there/);
    }
    assert.deepEqual(machine.calls, ['pause d1', 'resume d1', 'cancel d1']);
  });

  it('keeps why something failed until it works or another model is shown', async () => {
    const { machine, press, part, logger } = setUp();
    const fail = async (): Promise<void> => {
      machine.outcome = Promise.reject(new Error('The folder is gone.'));
      await press('download', VARIANT);
      assert.equal(part.subject.refused.get(VARIANT), 'The folder is gone.');
    };
    await fail();
    assert.equal(part.subject.asked.size, 0);
    assert.match(logger.at('warn').join(), /The folder is gone/);
    machine.outcome = Promise.resolve(undefined);
    await press('download', VARIANT);
    assert.equal(part.subject.refused.size, 0);
    await fail();
    part.show('a/b');
    assert.equal(part.subject.refused.size, 0);
  });

  it('does not hold what ends later against another model', async () => {
    const { machine, press, part, changes } = setUp();
    const { promise, reject } = Promise.withResolvers<undefined>();
    machine.outcome = promise;
    const pressed = press('download', VARIANT);
    part.show('a/b');
    const before = changes();
    reject(new Error('Too late.'));
    await pressed;
    assert.equal(part.subject.refused.size, 0);
    assert.equal(changes(), before);
  });

  it('shows nothing of a model that is no longer shown, and leaves nothing behind', () => {
    const { machine, clock, part, changes } = setUp();
    machine.list = [download()];
    machine.change();
    part.show(undefined);
    machine.list = [];
    machine.change();
    assert.equal(changes(), 1);
    part.dispose();
    assert.equal(machine.listeners.size, 0);
    assert.equal(clock.timers, 0);
  });

  it('finds out what an update costs when somebody looks, once for each', async () => {
    const { machine, part, changes } = setUp();
    const previews = new Map([
      ['one', { way: 'chunks', bytes: 38, size: 4900, sureness: 'exact' } as const],
    ]);
    const asked: string[] = [];
    machine.preview = ({ key, update }) => {
      asked.push(`${key} ${update?.revision}`);
      return key === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve(previews.get(key));
    };
    const update = { revision: 'b', changed: [], bytes: 4900 };
    const outdated = (key: string) => entry({ key, update }, { can: ['update'] });
    machine.entries = [outdated('one'), outdated('bad'), entry({ key: 'current' })];
    assert.deepEqual(asked, [], 'nobody has looked yet');
    part.estimate();
    part.estimate();
    assert.deepEqual(asked, ['one b', 'bad b']);
    assert.equal(part.subject.estimates?.of(machine.entries[0]!), 'asked');
    const told = changes();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(part.subject.estimates.of(machine.entries[0]!), previews.get('one'));
    assert.equal(part.subject.estimates.of(machine.entries[1]!), 'unknown');
    assert.equal(changes(), told + 2);
    machine.entries = [
      entry({ key: 'one', update: { ...update, revision: 'c' } }, { can: ['update'] }),
    ];
    part.estimate();
    assert.deepEqual(asked.slice(2), ['one c'], 'another revision costs something else');
  });

  it('gives up estimating when another model is shown', async () => {
    const { machine, part, changes } = setUp();
    const signals: AbortSignal[] = [];
    machine.preview = (_entry, signal) => {
      signals.push(signal);
      return Promise.resolve(undefined);
    };
    const update = { revision: 'b', changed: [], bytes: 1 };
    machine.entries = [entry({ update }, { can: ['update'] })];
    part.estimate();
    part.show('a/b');
    await new Promise((resolve) => setImmediate(resolve));
    assert.ok(signals[0]?.aborted);
    assert.equal(changes(), 0);
    assert.equal(part.subject.estimates?.of(machine.entries[0]!), undefined);
  });
});
