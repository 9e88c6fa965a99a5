import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  DOWNLOADS_FILE,
  hasUnfinishedDownloads,
  openDownloads,
} from '../../../src/download/downloadDatabase.ts';
import { DownloadStore, SILENCE } from '../../../src/download/downloadStore.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { NOON } from '../support/fakeClock.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { bytesOf, planned, planOf } from './support.ts';

const nobodyIsDead: (owner: string) => boolean = () => false;

describe('The list of downloads', () => {
  const folder = useTemporaryFolder();
  const logger = collectingLogger();
  let stores: DownloadStore[];
  beforeEach(() => {
    stores = [];
    logger.lines.length = 0;
  });
  afterEach(() => {
    for (const store of stores) store.close();
  });

  function open(): DownloadStore {
    const store = new DownloadStore(openDownloads(folder(), NOON, logger));
    stores.push(store);
    return store;
  }

  function queued(id: string, model = `x/${id}`) {
    const plan = planOf([planned('m.gguf', bytesOf(id, 10))], { model, variant: id });
    const placement = { root: '/m', folder: `/m/${model}`, paths: [`/m/${model}/m.gguf`] };
    return { id, plan, placement, target: 'folder' as const, createdAt: NOON };
  }

  const outcome = { bytes: 5, failures: 0 };

  it('keeps all that is said of a download, in the order of the queue', () => {
    const store = open();
    for (const id of ['b', 'a']) store.add(queued(id));
    assert.ok(store.claim('a', 'me', 2, NOON));
    store.report('a', 'me', { phase: 'fetching', bytes: 7, bytesPerSecond: 3.5 }, NOON + 1);
    store.keepTraces('a', 'me', { folders: ['/m'], files: [] });
    const [first, second] = open().list();
    assert.deepEqual(first?.id, 'b');
    assert.deepEqual(second, {
      ...queued('a'),
      ...{ state: 'running', wanted: 'run', owner: 'me', heartbeat: NOON + 1, failures: 0 },
      ...{ phase: 'fetching', bytes: 7, bytesPerSecond: 3.5 },
      traces: { folders: ['/m'], files: [] },
    });
  });

  it('gives a download to one owner, not too many at once, and one of a folder', () => {
    const [one, two] = [open(), open()];
    for (const each of [queued('a', 'x/y'), queued('b', 'x/y'), queued('c'), queued('d')])
      one.add(each);
    assert.ok(one.claim('a', 'one', 2, NOON));
    assert.ok(!two.claim('a', 'two', 2, NOON));
    assert.ok(!two.claim('b', 'two', 2, NOON), 'of the same folder');
    assert.ok(two.claim('c', 'two', 2, NOON));
    assert.ok(!one.claim('d', 'one', 2, NOON), 'too many');
    assert.ok(!two.report('a', 'two', outcome, NOON), 'not its own');
    two.settle('a', 'two', { ...outcome, state: 'done' });
    assert.equal(one.list()[0]?.state, 'running');
  });

  it('takes the same variant only once, until it is done or cancelled', () => {
    const store = open();
    assert.ok(store.add(queued('a')));
    assert.ok(!store.add({ ...queued('a'), id: 'again' }));
    store.cancel('a');
    assert.ok(store.add({ ...queued('a'), id: 'again' }));
  });

  it('gives no folder of Jan to two models, whichever window asks', () => {
    const [one, two] = [open(), open()];
    const first = { ...queued('a'), target: 'jan' as const };
    const second = { ...queued('b'), target: 'jan' as const, placement: first.placement };
    assert.ok(one.add(first));
    assert.ok(!two.add(second));
    assert.ok(two.add({ ...second, placement: queued('b').placement }));
    assert.ok(one.add({ ...queued('c'), placement: first.placement }), 'not of Jan');
  });

  it('runs nothing in a folder where something is still to be removed', () => {
    const store = open();
    for (const each of [queued('a', 'x/y'), queued('b', 'x/y')]) store.add(each);
    store.cancel('a');
    assert.ok(!store.claim('b', 'me', 2, NOON));
    assert.ok(store.claimRemains('a', 'me', NOON));
    store.forget('a');
    assert.ok(store.claim('b', 'me', 2, NOON));
  });

  it('takes downloads from the dead and the silent, and pauses those that were to be', () => {
    const store = open();
    for (const id of ['a', 'b', 'c']) {
      store.add(queued(id));
      store.claim(id, id, 9, NOON);
    }
    store.pause('b');
    store.releaseDead((owner) => owner !== 'c', NOON + SILENCE);
    const states = (): unknown[] => store.list().map(({ state, owner }) => [state, owner]);
    assert.deepEqual(states(), [
      ['waiting', undefined],
      ['paused', undefined],
      ['running', 'c'],
    ]);
    store.releaseDead(nobodyIsDead, NOON + SILENCE + 1);
    assert.deepEqual(states()[2], ['waiting', undefined]);
  });

  it('remembers what is wanted of a download until its owner stops', () => {
    const store = open();
    store.add(queued('a'));
    store.claim('a', 'me', 2, NOON);
    store.pause('a');
    assert.deepEqual([store.list()[0]?.state, store.list()[0]?.wanted], ['running', 'pause']);
    store.settle('a', 'me', { ...outcome, state: 'waiting' });
    assert.equal(store.list()[0]?.state, 'paused');
    store.cancel('a');
    store.resume('a');
    assert.equal(store.list()[0]?.wanted, 'cancel', 'there is no way back');
  });

  it('lists twenty that are done', () => {
    const store = open();
    for (let number = 0; number < 25; number++) {
      const id = String(number);
      store.add(queued(id));
      store.claim(id, 'me', 2, NOON);
      store.settle(id, 'me', { ...outcome, state: 'done', finishedAt: NOON + number });
    }
    assert.deepEqual(
      store.list().map(({ id }) => id),
      Array.from({ length: 20 }, (_, index) => String(index + 5)),
    );
  });

  it('tells that another window has written, and not that this one has', () => {
    const [one, two] = [open(), open()];
    one.hasChanged();
    one.add(queued('a'));
    assert.equal(one.hasChanged(), false);
    two.cancel('a');
    assert.equal(one.hasChanged(), true);
    assert.equal(one.hasChanged(), false);
  });

  it('knows the user idle if they are in all windows that are there', () => {
    const store = open();
    const now = (later = 0, isDead = nobodyIsDead) => store.circumstances(isDead, NOON + later);
    assert.deepEqual(now(), { idle: false, syncing: false });
    store.tellCircumstances('one', { idle: true, syncing: false }, NOON);
    assert.deepEqual(now(), { idle: true, syncing: false });
    store.tellCircumstances('two', { idle: false, syncing: true }, NOON + 10);
    assert.deepEqual(now(), { idle: false, syncing: true });
    assert.deepEqual(
      now(0, (owner) => owner === 'two'),
      { idle: true, syncing: false },
    );
    assert.deepEqual(now(SILENCE + 1), { idle: false, syncing: false });
  });

  it('tells cheaply whether anything has to go on', () => {
    assert.equal(hasUnfinishedDownloads(folder()), false);
    const store = open();
    store.add(queued('a'));
    assert.equal(hasUnfinishedDownloads(folder()), true);
    store.pause('a');
    assert.equal(hasUnfinishedDownloads(folder()), false);
  });

  it('of a newer version is left alone', () => {
    open().add(queued('a'));
    const path = join(folder(), DOWNLOADS_FILE);
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    const own = open();
    assert.deepEqual(own.list(), []);
    assert.match(logger.at('warn')[0]!, /newer version of Model Hub/);
    own.add(queued('b'));
    assert.equal(stores[0]!.list().length, 1);
  });

  it('that is damaged is begun anew', () => {
    writeFileSync(join(folder(), DOWNLOADS_FILE), Buffer.alloc(4096, 7));
    assert.deepEqual(open().list(), []);
    assert.match(logger.at('error')[0]!, /set aside/);
  });
});
