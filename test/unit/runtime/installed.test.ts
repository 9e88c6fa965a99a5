import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { RuntimeError } from '../../../src/runtime/errors.ts';
import type { ModelFile } from '../../../src/sync/model.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import {
  FakeRuntime,
  installedEntry,
  localFile,
  sha256,
  writeWeights,
} from '../support/fakeRuntime.ts';
import { exact } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { useInstalled } from '../support/useInstalled.ts';

const MODEL = 'a/model-GGUF';
const ONE = '1'.repeat(40);
const TWO = '2'.repeat(40);

/** A published file with these bytes. */
function published(path: string, content: string): ModelFile {
  return { path, size: exact(content.length), sha256: sha256(content) };
}

describe('What is installed', () => {
  const rig = useInstalled();
  const path = (...names: string[]): string => join(rig().folder, ...names);

  describe('as the runtimes tell it', () => {
    it('is known of all of them, of each entry by a key of its own', async () => {
      const jan = new FakeRuntime('jan', [installedEntry('m', [])]);
      jan.actions = { adopt: () => Promise.resolve('m'), start: () => Promise.resolve() };
      const cortex = new FakeRuntime('cortex', [installedEntry('m', []), installedEntry('n', [])]);
      const absent = new FakeRuntime('huggingFaceCache');
      absent.listing = undefined;
      const { entries, runtimes, complete } = await rig().scan(jan, cortex, absent);
      assert.equal(complete, true);
      assert.deepEqual(
        entries.map(({ key, id, runtime }) => [key, id, runtime.kind, runtime.can]),
        [
          ['jan/m', 'm', 'jan', ['start', 'adopt', 'update']],
          ['cortex/m', 'm', 'cortex', []],
          ['cortex/n', 'n', 'cortex', []],
        ],
      );
      assert.deepEqual(
        runtimes.map(({ id, can }) => [id, can]),
        [
          ['jan', ['adopt']],
          ['cortex', []],
        ],
      );
    });

    it('is complete where there is no runtime at all', async () => {
      assert.deepEqual(await rig().scan(), {
        ...{ entries: [], runtimes: [], complete: true, duplicateBytes: 0 },
      });
    });

    it('keeps what a runtime had when it could tell last, beside what is wrong now', async () => {
      const jan = new FakeRuntime('jan', [installedEntry('m', [])]);
      const cortex = new FakeRuntime('cortex', [installedEntry('n', [])]);
      await rig().scan(jan, cortex);
      jan.failure = new RuntimeError('disk', 'Its disk is gone. Connect it.');
      const { entries, runtimes } = await rig().models.rescan();
      assert.deepEqual(
        entries.map(({ id }) => id),
        ['m', 'n'],
      );
      assert.deepEqual(
        runtimes.map(({ problem }) => problem),
        ['Its disk is gone. Connect it.', undefined],
      );
      jan.failure = undefined;
      assert.equal((await rig().models.rescan()).runtimes[0]?.problem, undefined);
    });

    it('does not wait for one that hangs, and tells of it', async () => {
      const jan = new FakeRuntime('jan');
      const cortex = new FakeRuntime('cortex', [installedEntry('n', [])]);
      jan.gate = new Promise(() => undefined);
      const scanned = rig().scan(jan, cortex);
      await until(() => rig().models.snapshot.entries.length === 1);
      assert.equal(rig().models.snapshot.complete, false);
      rig().clock.advance(60_000);
      const { complete, runtimes } = await scanned;
      assert.equal(complete, true);
      assert.match(runtimes[0]?.problem ?? '', /^Jan did not answer within 60 s\. Check/);
    });

    it('is asked for once by all who ask at the same time', async () => {
      const jan = new FakeRuntime('jan');
      await rig().scan(jan);
      const gate = Promise.withResolvers<undefined>();
      jan.gate = gate.promise;
      const scans = [rig().models.rescan(), rig().models.rescan(), rig().models.rescan()];
      gate.resolve(undefined);
      await Promise.all(scans);
      assert.equal(jan.asked, 2);
    });

    it('ends a scan for whoever gives up, and for nobody else', async () => {
      const jan = new FakeRuntime('jan');
      await rig().scan(jan);
      const gate = Promise.withResolvers<undefined>();
      jan.gate = gate.promise;
      const staying = rig().models.rescan();
      const leaving = new AbortController();
      const left = rig().models.rescan(leaving.signal);
      leaving.abort();
      await assert.rejects(left, (error) => SyncError.is(error, 'cancelled'));
      gate.resolve(undefined);
      assert.equal((await staying).complete, true);
    });

    it('is asked for again when a runtime says that something changed', async () => {
      const jan = new FakeRuntime('jan');
      await rig().scan(jan);
      jan.set([installedEntry('m', [])]);
      await until(() => rig().models.snapshot.entries.length === 1);
    });

    it('misses no change that comes while a runtime is being asked', async () => {
      const jan = new FakeRuntime('jan');
      await rig().scan(jan);
      const gate = Promise.withResolvers<undefined>();
      jan.gate = gate.promise;
      jan.change();
      await until(() => jan.asked === 2);
      jan.set([installedEntry('m', [])]);
      gate.resolve(undefined);
      await until(() => rig().models.snapshot.entries.length === 1);
    });

    it('is told only if it is something else, and at most four times a second', async () => {
      const { told, clock, models, scan } = rig();
      const jan = new FakeRuntime('jan', [installedEntry('m', [])]);
      await scan(jan);
      clock.advance(250);
      const before = told.length;
      await models.rescan();
      clock.advance(250);
      assert.equal(told.length, before);
      for (let entries = 2; entries < 6; entries++) {
        jan.set(Array.from({ length: entries }, (_, index) => installedEntry(`${index}`, [])));
        await until(() => models.snapshot.entries.length === entries);
      }
      assert.ok(told.length <= before + 1, `${told.length - before} times`);
      clock.advance(250);
      assert.equal(told.at(-1)?.entries.length, 5);
      assert.ok(told.length <= before + 2);
    });

    it('is looked at every 30 s where only asking tells what runs, while somebody looks', async () => {
      const server = new FakeRuntime('server', [], 'server http://127.0.0.1:8080');
      const folder = new FakeRuntime('folder');
      await rig().scan(server, folder);
      const asked = [server.asked, folder.asked];
      rig().clock.advance(300_000);
      assert.deepEqual([server.asked, folder.asked], asked);
      rig().models.setVisible(true);
      await until(() => server.asked === asked[0]! + 1);
      await rig().models.rescan(undefined, ['server']);
      const now = server.asked;
      rig().clock.advance(30_000);
      await until(() => server.asked === now + 1);
      assert.equal(folder.asked, asked[1]);
      rig().models.setVisible(false);
      assert.equal(rig().clock.timers <= 1, true);
    });

    it('forgets a runtime that is no longer wanted, and watches it no more', async () => {
      const [before, after] = [
        new FakeRuntime('folder', [installedEntry('old', [])]),
        new FakeRuntime('folder', [installedEntry('new', [])]),
      ];
      await rig().scan(before);
      assert.equal(before.watchers, 1);
      rig().models.setRuntimes([after]);
      await until(() => rig().models.snapshot.entries[0]?.id === 'new');
      assert.deepEqual([before.watchers, after.watchers], [0, 1]);
      await rig().models.close();
      assert.equal(after.watchers, 0);
    });

    it('says so where an entry is gone', async () => {
      await rig().scan(new FakeRuntime('jan'));
      assert.throws(
        () => rig().models.entry('jan/m'),
        (error) => RuntimeError.is(error, 'refused'),
      );
    });
  });

  describe('by its bytes', () => {
    it('is proven once they are hashed, whatever the file is called', async () => {
      const { catalogue, background, hasher, scan, entry } = rig();
      catalogue.publish(MODEL, ONE, [published('sub/m-Q4_K_M.gguf', 'weights')]);
      const file = writeWeights(path('jan', 'model.gguf'), 'weights');
      const jan = new FakeRuntime('jan', [installedEntry('m', [file])]);
      await scan(jan);
      assert.equal(entry('m').identity, 'computing');
      assert.deepEqual(hasher.hashed, [], 'not while the user is at work');
      background.setIdle(true);
      await until(() => entry('m').identity === 'proven');
      assert.deepEqual(entry('m').from, {
        ...{ model: MODEL, revision: ONE, variant: 'sub/m-Q4_K_M', quantisation: 'Q4_K_M' },
      });
      renameSync(file.path, path('jan', 'renamed.gguf'));
      jan.set([installedEntry('m2', [localFile(path('jan', 'renamed.gguf'))])]);
      await until(() => {
        const [renamed] = rig().models.snapshot.entries;
        return renamed?.id === 'm2' && renamed.identity === 'proven';
      });
      assert.equal(entry('m2').from?.model, MODEL);
    });

    it('is not hashed where receipts and names of blobs prove it', async () => {
      const { background, hasher, scan, entry } = rig();
      const origin = { model: MODEL, revision: ONE, variant: 'm-Q4_0' };
      const file = writeWeights(path('m-Q4_0.gguf'), 'weights', { sha256: sha256('weights') });
      background.setIdle(true);
      await scan(new FakeRuntime('folder', [installedEntry('m', [file], { origin })]));
      assert.equal(entry('m').identity, 'proven');
      assert.deepEqual(entry('m').from, { ...origin, quantisation: 'Q4_0' });
      assert.deepEqual(hasher.hashed, []);
    });

    it('is only claimed by a runtime that says so, until it is hashed', async () => {
      const { catalogue, background, scan, entry } = rig();
      catalogue.publish(MODEL, ONE, [published('m-Q4_0.gguf', 'what it claims')]);
      catalogue.publish('b/other', TWO, [published('n-Q8_0.gguf', 'what it is')]);
      const file = writeWeights(path('model.gguf'), 'what it is', {
        sha256: sha256('what it claims'),
      });
      await scan(new FakeRuntime('jan', [installedEntry('m', [file])]));
      assert.deepEqual([entry('m').identity, entry('m').from?.model], ['claimed', MODEL]);
      background.setIdle(true);
      await until(() => entry('m').identity === 'proven');
      assert.equal(entry('m').from?.model, 'b/other');
    });

    it('is of the model that its runtime names, where several publish the same', async () => {
      const { catalogue, background, scan, entry } = rig();
      for (const [model, revision] of [
        ['b/copy', TWO],
        [MODEL, ONE],
        ['c/copy', TWO],
      ] as const) {
        catalogue.publish(model, revision, [published('m-Q4_0.gguf', 'weights')]);
      }
      const file = writeWeights(path('m.gguf'), 'weights');
      background.setIdle(true);
      await scan(
        new FakeRuntime('jan', [installedEntry('m', [file], { origin: { model: MODEL } })]),
      );
      await until(() => entry('m').identity === 'proven');
      assert.equal(entry('m').from?.model, MODEL);
    });

    it('is unknown where nobody publishes them, until the catalogue knows more', async () => {
      const { catalogue, background, models, scan, entry } = rig();
      const file = writeWeights(path('own.gguf'), 'my own work');
      background.setIdle(true);
      await scan(new FakeRuntime('folder', [installedEntry('m', [file])]));
      await until(() => entry('m').identity === 'unknown');
      catalogue.publish(MODEL, ONE, [published('m-Q4_0.gguf', 'my own work')]);
      models.catalogueChanged();
      await until(() => entry('m').identity === 'proven');
    });

    it('stays proven where the catalogue has forgotten them, or cannot be asked', async () => {
      const { catalogue, background, models, scan, entry } = rig();
      catalogue.publish(MODEL, ONE, [published('m-Q4_0.gguf', 'weights')]);
      const file = writeWeights(path('m.gguf'), 'weights');
      background.setIdle(true);
      const jan = new FakeRuntime('jan', [installedEntry('m', [file])]);
      await scan(jan);
      await until(() => entry('m').identity === 'proven');
      catalogue.trees.clear();
      models.catalogueChanged();
      await models.rescan();
      assert.equal(entry('m').identity, 'proven');
      catalogue.failure = new SyncError('server', 'The engine ended.');
      models.catalogueChanged();
      await models.rescan();
      assert.equal(entry('m').from?.model, MODEL);
    });

    it('is hashed in the order in which that tells most', async () => {
      const { background, hasher, scan } = rig();
      const name = (file: string): string => path(`${file}.gguf`);
      const claimed = writeWeights(name('claimed'), 'c');
      const big = writeWeights(name('big'), 'bb');
      const small = writeWeights(name('small'), 's');
      const projector = writeWeights(name('mmproj'), 'p', { role: 'projector' });
      const config = writeWeights(path('config.json'), '{}', { role: 'companion' });
      await scan(
        new FakeRuntime('jan', [
          installedEntry('claimed', [claimed], { origin: { model: MODEL } }),
          installedEntry('big', [big, projector, config]),
          installedEntry('small', [small]),
        ]),
      );
      background.setIdle(true);
      await until(() => hasher.hashed.length === 4);
      assert.deepEqual(hasher.hashed, ['small', 'big', 'claimed', 'mmproj'].map(name));
    });

    it('is damaged where receipts say one thing and the bytes another', async () => {
      const { background, scan, entry, models } = rig();
      const origin = { model: MODEL, revision: ONE, variant: 'm-Q4_0' };
      const file = writeWeights(path('m.gguf'), 'weights', { sha256: sha256('published') });
      await scan(new FakeRuntime('folder', [installedEntry('m', [file], { origin })]));
      assert.equal(entry('m').problem, undefined);
      await background.prove(file.path, { signal: new AbortController().signal });
      await models.rescan();
      assert.match(entry('m').problem ?? '', /damaged.*Repair it, or delete it/);
      assert.equal(entry('m').identity, 'claimed');
    });

    it('is damaged where they changed after they were verified, also by a write', async () => {
      const { background, scan, entry } = rig();
      const origin = { model: MODEL, revision: ONE, variant: 'm-Q4_0' };
      const noted = { expectedSha256: sha256('weights') };
      const touched = writeWeights(path('m.gguf'), 'weights', noted);
      const written = writeWeights(path('n.gguf'), 'wEights', noted);
      await scan(
        new FakeRuntime('folder', [
          installedEntry('touched', [touched], { origin }),
          installedEntry('written', [written], { origin }),
        ]),
        new FakeRuntime('jan', [installedEntry('in Jan', [written], { origin })]),
      );
      background.setIdle(true);
      await until(() => entry('written').problem !== undefined);
      assert.match(entry('written').problem ?? '', /damaged/);
      assert.equal(entry('written').identity, 'claimed');
      assert.match(entry('in Jan').problem ?? '', /damaged/);
      await until(() => entry('touched').identity === 'proven');
      assert.equal(entry('touched').problem, undefined);
      assert.equal(entry('touched').from?.revision, ONE);
    });

    it('is half an update where other files are of another revision', async () => {
      const { background, catalogue, scan, entry, models } = rig();
      const names = [1, 2].map((part) => `m-Q4_0-0000${part}-of-00002.gguf`);
      catalogue.publish(MODEL, ONE, [
        ...names.map((name) => published(name, `old ${name}`)),
        published('mmproj.gguf', 'old mmproj'),
      ]);
      catalogue.publish(MODEL, TWO, [
        ...names.map((name) => published(name, `new ${name}`)),
        published('mmproj.gguf', 'new mmproj'),
      ]);
      const origin = { model: MODEL, revision: ONE, variant: 'm-Q4_0' };
      const noted = (content: string) => ({ expectedSha256: sha256(content) });
      const [first = '', second = ''] = names;
      const old = writeWeights(path(first), `old ${first}`, {
        ...{ ...noted(`old ${first}`), sha256: sha256(`old ${first}`) },
      });
      const part = writeWeights(path(second), `new ${second}`, noted(`old ${second}`));
      const projector = writeWeights(path('mmproj.gguf'), 'new mmproj', {
        ...{ ...noted('old mmproj'), role: 'projector' },
      });
      await scan(
        new FakeRuntime('folder', [
          installedEntry('split', [old, part], {
            origin,
            problem: 'A part is longer than it was.',
          }),
          installedEntry('seeing', [old, projector], { origin }),
        ]),
      );
      const { signal } = new AbortController();
      for (const { path: one } of [part, projector]) await background.prove(one, { signal });
      await models.rescan();
      for (const id of ['split', 'seeing']) {
        assert.match(entry(id).problem ?? '', /update of it is unfinished.*Resume.*again/);
        assert.equal(entry(id).identity, 'claimed');
      }
    });
  });
});
