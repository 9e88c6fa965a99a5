import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { IDENTITIES_FILE, IdentityStore } from '../../../src/runtime/identityStore.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { sha256 } from '../support/fakeRuntime.ts';
import { NOON } from '../support/fakeClock.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';

const A = sha256('a');
const B = sha256('b');
const alive = (): boolean => false;

describe('The memory of what files are', () => {
  const folder = useTemporaryFolder();
  let stores: IdentityStore[] = [];
  let logger: ReturnType<typeof collectingLogger>;

  beforeEach(() => {
    logger = collectingLogger();
  });
  afterEach(() => {
    for (const store of stores) store.close();
    stores = [];
  });

  function open(more: { mostFiles?: number } = {}): IdentityStore {
    const store = new IdentityStore({ storage: folder(), now: NOON, logger, ...more });
    stores.push(store);
    return store;
  }

  it('holds while a file has the same size and time, and no longer', () => {
    const store = open();
    store.remember('/m.gguf', 5, NOON + 0.75, A);
    assert.equal(store.sha256Of('/m.gguf', 5, NOON), A, 'times count in whole ms');
    assert.equal(store.sha256Of('/m.gguf', 6, NOON), undefined);
    assert.equal(store.sha256Of('/m.gguf', 5, NOON + 1), undefined);
    assert.equal(store.sha256Of('/n.gguf', 5, NOON), undefined);
    store.remember('/m.gguf', 5, NOON + 1, B);
    assert.equal(store.sha256Of('/m.gguf', 5, NOON), undefined);
    assert.equal(store.sha256Of('/m.gguf', 5, NOON + 1), B);
  });

  it('is shared by windows and outlives them', () => {
    const [one, other] = [open(), open()];
    one.remember('/m.gguf', 5, NOON, A);
    assert.equal(other.sha256Of('/m.gguf', 5, NOON), A);
    assert.equal(open().sha256Of('/m.gguf', 5, NOON), A);
  });

  it('finds the files that have certain bytes', () => {
    const store = open();
    store.remember('/m.gguf', 5, NOON, A);
    store.remember('/copy.gguf', 5, NOON + 1, A);
    store.remember('/other.gguf', 5, NOON, B);
    assert.deepEqual(store.filesWith(A), [
      { path: '/m.gguf', size: 5, modifiedAt: NOON },
      { path: '/copy.gguf', size: 5, modifiedAt: NOON + 1 },
    ]);
    assert.deepEqual(store.filesWith(sha256('c')), []);
  });

  it('knows what was looked for in vain, until the model has another commit', () => {
    const store = open();
    store.noteUnfound(A, 'a/one', '1');
    assert.equal(open().isUnfound(A, 'a/one', '1'), true);
    assert.equal(store.isUnfound(A, 'a/one', '2'), false);
    assert.equal(store.isUnfound(A, 'a/two', '1'), false);
    assert.equal(store.isUnfound(B, 'a/one', '1'), false);
    store.noteUnfound(A, 'a/one', '2');
    assert.deepEqual(
      ['1', '2'].map((head) => store.isUnfound(A, 'a/one', head)),
      [false, true],
    );
  });

  it('knows where bytes come from, as it was told last', () => {
    const store = open();
    const origin = { sha256: A, model: 'a/one', revision: '1'.repeat(40), path: 'm.gguf' };
    assert.deepEqual(store.originsOf(A), []);
    store.rememberOrigins(A, [origin]);
    store.rememberOrigins(A, [origin, { ...origin, model: 'b/copy' }]);
    assert.deepEqual(
      open()
        .originsOf(A)
        .map(({ model }) => model),
      ['a/one', 'b/copy'],
    );
  });

  it('forgets what was noted first, once there is too much', () => {
    const store = open({ mostFiles: 10 });
    for (let file = 0; file < 10; file++) store.remember(`/${file}`, 1, 1, A);
    store.remember('/0', 1, 2, A);
    store.remember('/10', 1, 1, A);
    const known = store.filesWith(A).map(({ path }) => path);
    assert.equal(known.length, 10);
    assert.ok(known.includes('/0') && known.includes('/10') && !known.includes('/1'));
  });

  it('lets one window hash at a time, until it is done, has ended or says nothing any more', () => {
    const [one, other] = [open(), open()];
    assert.equal(one.takeTurn('one', NOON, alive), true);
    assert.equal(other.takeTurn('other', NOON, alive), false);
    assert.equal(one.takeTurn('one', NOON + 10 * 60_000, alive), true, 'and renews it');
    assert.equal(other.takeTurn('other', NOON + 20 * 60_000, alive), false);
    assert.equal(
      other.takeTurn('other', NOON + 20 * 60_000, (owner) => owner === 'one'),
      true,
    );
    assert.equal(one.takeTurn('one', NOON + 36 * 60_000, alive), true);
    one.giveTurn('one');
    assert.equal(other.takeTurn('other', NOON + 36 * 60_000, alive), true);
    assert.equal(one.takeTurn('one', NOON - 60 * 60_000, alive), true, 'the clock was set back');
  });

  for (const [name, spoil] of [
    ['is no database', (path: string) => writeFileSync(path, 'no database '.repeat(1_000))],
    [
      'was damaged',
      (path: string) => {
        open().remember('/m.gguf', 5, NOON, A);
        stores.pop()!.close();
        const bytes = readFileSync(path);
        writeFileSync(path, bytes.fill(0x5a, 4_096, 8_192));
      },
    ],
  ] as const) {
    it(`begins anew where its file ${name}, which is set aside`, () => {
      spoil(join(folder(), IDENTITIES_FILE));
      const store = open();
      assert.equal(store.sha256Of('/m.gguf', 5, NOON), undefined);
      store.remember('/m.gguf', 5, NOON, B);
      assert.equal(open().sha256Of('/m.gguf', 5, NOON), B);
      assert.ok(readdirSync(folder()).includes(`${IDENTITIES_FILE}.corrupt-${NOON}`));
      assert.match(logger.at('error').join(), /damaged/);
    });
  }

  it('lasts as long as the window where nothing can be kept, or a newer version kept it', () => {
    const newer = new DatabaseSync(join(folder(), IDENTITIES_FILE));
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    const store = open();
    store.remember('/m.gguf', 5, NOON, A);
    assert.equal(store.sha256Of('/m.gguf', 5, NOON), A);
    assert.match(logger.at('warn').join(), /newer version/);
    assert.equal(open().sha256Of('/m.gguf', 5, NOON), undefined);
  });
});
