import assert from 'node:assert/strict';
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { link } from 'node:fs/promises';
import { join } from 'node:path';
import type { DownloadServiceOptions } from '../../../src/download/downloadService.ts';
import { DownloadError } from '../../../src/download/errors.ts';
import type { DownloadPlan } from '../../../src/download/model.ts';
import { JanTarget } from '../../../src/download/targets/janTarget.ts';
import { readReceipt } from '../../../src/download/receipt.ts';
import { until } from '../support/until.ts';
import { KEPT, NAMES, SIZE, useEditions } from './keptRig.ts';
import { bytesOf, MODEL, planned, planOf } from './support.ts';
import type { Window } from './windowRig.ts';

const noLinks: typeof link = () =>
  Promise.reject(Object.assign(new Error('no links here'), { code: 'EPERM' }));
const always = new AbortController().signal;

/** A disk that knows second names for files, and one that does not. */
const DISKS: readonly (readonly [string, Partial<DownloadServiceOptions>])[] = [
  ['', {}],
  [' on a disk without hard links', { makeLink: noLinks }],
];

describe('A revision that an update keeps', function () {
  this.timeout(20_000);
  const { folder, server, window, editions } = useEditions();

  const install = async (one: Window, plan: DownloadPlan): Promise<void> => {
    await one.reaches((await one.download(plan)).id, 'done');
  };
  const refused = (kind: string, words: RegExp) => (error: unknown) => {
    assert.ok(DownloadError.is(error) && error.kind === kind, String(error));
    assert.match(error.message, words);
    return true;
  };

  for (const [where, disk] of DISKS) {
    it(`waits beside the new one, and both can take each other's place${where}`, async () => {
      const one = window(disk);
      await install(one, editions().plan('a'));
      const before = NAMES.map((name) => statSync(join(editions().folder, name)).ino);
      await install(one, editions().plan('b', true));
      await editions().assertIs('b', 'a');
      const kept = NAMES.map((name) => join(editions().folder, KEPT, 'a'.repeat(40), name));
      assert.deepEqual(
        kept.map((path) => statSync(path).ino),
        before,
        'the very files are kept',
      );
      const sent = server().sentBytes;
      for (const [installed, previous] of [
        ['a', 'b'],
        ['b', 'a'],
        ['a', 'b'],
      ] as const) {
        await one.service.kept.rollBack('folder', editions().place, always);
        await editions().assertIs(installed, previous);
      }
      assert.equal(server().sentBytes, sent);
    });

    it(`moves files that only one of both has${where}`, async () => {
      const one = window(disk);
      const [first] = NAMES;
      await install(one, editions().plan('a'));
      await install(one, editions().plan('b', true, [first]));
      assert.ok(editions().has('a', NAMES[1], 'kept') && !editions().has('a', NAMES[1], 'place'));
      await one.service.kept.rollBack('folder', editions().place, always);
      assert.ok(editions().has('a', NAMES[1], 'place') && editions().has('b', first, 'kept'));
      await one.service.kept.rollBack('folder', editions().place, always);
      assert.ok(editions().has('b', first, 'place') && editions().has('a', NAMES[1], 'kept'));
    });
  }

  it('is what was in place, whenever that was modified, on a disk without hard links', async () => {
    const one = window({ makeLink: noLinks });
    await install(one, editions().plan('a'));
    await install(one, editions().plan('b', true));
    for (const name of NAMES) utimesSync(join(editions().folder, name), 1, 1);
    await one.service.kept.rollBack('folder', editions().place, always);
    await editions().assertIs('a', 'b');
  });

  it('is kept only if that is wanted, and stays as long as no other one is kept', async () => {
    const one = window();
    await install(one, editions().plan('a'));
    await install(one, editions().plan('b'));
    await editions().assertIs('b');
    await install(one, editions().plan('c', true));
    await editions().assertIs('c', 'b');
    await install(one, editions().plan('d'));
    await editions().assertIs('d', 'b');
    await install(one, editions().plan('e', true));
    await editions().assertIs('e', 'd');
  });

  it('is fetched by nobody when an update leads back to it', async () => {
    const one = window();
    await install(one, editions().plan('a'));
    await install(one, editions().plan('b', true));
    await one.service.kept.rollBack('folder', editions().place, always);
    for (const name of NAMES) {
      const path = join(editions().folder, KEPT, 'b'.repeat(40), name);
      const hash = editions()
        .plan('b')
        .files.find((file) => file.path === name)!.digest.hex;
      one.identities.local.set(hash, [path]);
    }
    const sent = server().sentBytes;
    await install(one, editions().plan('b', true));
    await editions().assertIs('b', 'a');
    assert.equal(server().sentBytes, sent);
  });

  it('is forgotten once its files are gone', async () => {
    const one = window();
    await install(one, editions().plan('a'));
    await install(one, editions().plan('b', true));
    rmSync(join(editions().folder, KEPT), { recursive: true });
    await one.service.kept.settle(editions().place, always);
    await editions().assertIs('b');
    await assert.rejects(
      one.service.kept.rollBack('folder', editions().place, always),
      refused('folder', /No other revision/),
    );
  });

  it('is not gone back to if a file of either revision was changed', async () => {
    const one = window();
    await install(one, editions().plan('a'));
    await install(one, editions().plan('b', true));
    for (const path of [
      join(editions().folder, KEPT, 'a'.repeat(40), NAMES[1]),
      join(editions().folder, NAMES[0]),
    ]) {
      const bytes = readFileSync(path);
      writeFileSync(path, bytesOf('changed', SIZE));
      await assert.rejects(
        one.service.kept.rollBack('folder', editions().place, always),
        refused('folder', /is not as it was installed/),
      );
      writeFileSync(path, bytes);
      await editions().assertIs('b', 'a');
    }
    // The bytes are the same again, and prove it.
    await one.service.kept.rollBack('folder', editions().place, always);
    await editions().assertIs('a', 'b');
  });

  it('is not promised where the installed files were changed: that is said before anything is fetched', async () => {
    const one = window();
    await install(one, editions().plan('a'));
    const path = join(editions().folder, NAMES[0]);
    writeFileSync(path, bytesOf('mine', SIZE));
    utimesSync(path, 1, 1);
    const sent = server().sentBytes;
    const { id } = await one.download(editions().plan('b', true));
    const { failure } = await one.reaches(id, 'failed');
    assert.equal(failure?.kind, 'folder');
    assert.match(failure.message, /is not as it was installed/);
    assert.equal(server().sentBytes, sent);
  });

  it('costs a full disk nothing: then neither revision is touched', async () => {
    const one = window();
    await install(one, editions().plan('a'));
    await one.close();
    const full = window({
      disk: { free: () => Promise.resolve(0), device: () => Promise.resolve(1) },
    });
    const { id } = await full.download(editions().plan('b', true));
    assert.equal((await full.reaches(id, 'failed')).failure?.kind, 'noSpace');
    await editions().assertIs('a');
  });

  it('is not exchanged while the variant is downloaded, or another window exchanges it', async () => {
    const one = window();
    await install(one, editions().plan('a'));
    await install(one, editions().plan('b', true));
    server().allow(0);
    const { id } = await one.download(editions().plan('c'));
    await assert.rejects(
      one.service.kept.rollBack('folder', editions().place, always),
      refused('conflict', /is being downloaded/),
    );
    server().allow(Infinity);
    await one.service.cancel(id);
    await editions().assertIs('b', 'a');
    const other = window();
    const both = await Promise.allSettled(
      [one, other].map(({ service }) => service.kept.rollBack('folder', editions().place, always)),
    );
    const done = both.filter(({ status }) => status === 'fulfilled').length;
    assert.ok(done > 0);
    await (done === 1 ? editions().assertIs('a', 'b') : editions().assertIs('b', 'a'));
  });

  it('comes back when an update is cancelled that broke off between two files', async () => {
    const one = window();
    await install(one, editions().plan('a'));
    server().allow(SIZE + 50_000);
    const { id } = await one.download(editions().plan('b', true));
    await until(() => editions().has('b', NAMES[0], 'verified'));
    one.service.pause(id);
    await one.reaches(id, 'paused');
    const kept = join(editions().folder, KEPT, 'a'.repeat(40));
    mkdirSync(kept, { recursive: true });
    for (const name of NAMES) await link(join(editions().folder, name), join(kept, name));
    const path = join(editions().folder, NAMES[0]);
    renameSync(`${path}.partial.verified`, path);
    assert.ok(editions().has('b', NAMES[0], 'place') && editions().has('a', NAMES[0], 'kept'));
    server().allow(Infinity);
    await one.service.cancel(id);
    await editions().assertIs('a');
  });

  it('leaves what is not its own alone', async () => {
    const one = window();
    await install(one, editions().plan('a'));
    await install(one, editions().plan('b', true, [NAMES[0]]));
    const path = join(editions().folder, NAMES[1]);
    writeFileSync(path, 'mine');
    await assert.rejects(
      one.service.kept.rollBack('folder', editions().place, always),
      refused('folder', /is in the way/),
    );
    assert.equal(readFileSync(path, 'utf8'), 'mine');
  });

  it('is not written through a link that leads out of the folder', async () => {
    const one = window();
    await install(one, editions().plan('a'));
    const outside = join(folder(), 'outside');
    mkdirSync(outside);
    symlinkSync(outside, join(editions().folder, KEPT));
    const { id } = await one.download(editions().plan('b', true));
    const { failure } = await one.reaches(id, 'failed');
    assert.match(failure?.message ?? '', /A link on the way/);
    assert.ok(editions().has('a', NAMES[0], 'place'));
  });

  it('is exchanged in a model of Jan with what Jan notes of it', async () => {
    const jan = join(folder(), 'jan');
    mkdirSync(jan);
    const target = new JanTarget(() => Promise.resolve(jan));
    const one = window({ target: () => target });
    const edition = (name: string, keepsPrevious?: true): DownloadPlan => {
      const weights = bytesOf(`${name} w`, SIZE);
      server().files.set('w.gguf', weights);
      const revision = name.repeat(40);
      return planOf([planned('w.gguf', weights)], {
        ...{ revision, ...(keepsPrevious && { keepsPrevious }) },
      });
    };
    const plans = { a: edition('a'), b: edition('b', true) };
    edition('a');
    const first = await one.service.download(plans.a, 'jan');
    const place = (await one.reaches(first.id, 'done')).folder ?? '';
    edition('b');
    await one.reaches((await one.service.download(plans.b, 'jan')).id, 'done');
    const assertIs = async (name: 'a' | 'b'): Promise<void> => {
      assert.ok(readFileSync(join(place, 'model.gguf')).equals(bytesOf(`${name} w`, SIZE)));
      const noted = readFileSync(join(place, 'model.yml'), 'utf8');
      assert.ok(noted.includes(plans[name].files[0]!.digest.hex), noted);
      assert.equal((await readReceipt(place))?.variants[0]?.revision, name.repeat(40));
    };
    await assertIs('b');
    const installed = { root: jan, folder: place, variant: plans.a.variant };
    for (const name of ['a', 'b'] as const) {
      await one.service.kept.rollBack('jan', installed, always);
      await assertIs(name);
    }
  });

  it('is unknown to a receipt that an older Model Hub wrote, which is read as it is', async () => {
    const one = window();
    await install(one, editions().plan('a'));
    const path = join(editions().folder, '.model-hub.json');
    assert.ok(!readFileSync(path, 'utf8').includes('previous'));
    assert.equal((await readReceipt(editions().folder))?.model, MODEL);
    await install(one, editions().plan('b', true));
    await editions().assertIs('b', 'a');
  });
});
