import assert from 'node:assert/strict';
import type { UpdatePreview } from '../../../src/download/model.ts';
import type { InstalledEntry } from '../../../src/runtime/installed.ts';
import { bytesText } from '../../../src/views/bytesText.ts';
import type { Wanted } from '../../../src/views/downloads/downloader.ts';
import { diskUse } from '../../../src/views/installed/diskUse.ts';
import { EntryWork } from '../../../src/views/installed/entryWork.ts';
import { costText, updateChoices } from '../../../src/views/updates/updateText.ts';
import { repairOf, updateEntry } from '../../../src/views/updates/updating.ts';
import { plainWording } from '../details/samples.ts';
import { entry, localFile, MODEL, rowsOfEntry } from './installedSamples.ts';

const NEWER = 'd'.repeat(40);
const GIGABYTE = 1024 ** 3;
const MEGABYTE = 1024 ** 2;
const update = {
  revision: NEWER,
  changed: [{ path: 'one.gguf', installedSize: 100, publishedSize: 120 }],
  bytes: 120,
};
const kept = {
  ...{ revision: 'e'.repeat(40), variant: 'Jan-v1-4B-Q4_K_M', folder: '/models', size: 90 },
  files: [localFile('/models/.model-hub-previous/e/one.gguf', 90)],
};
const ours = { ...localFile('/models/one.gguf', 100), expectedSha256: 'ab' };
const outdated = (changes: Partial<InstalledEntry> = {}): InstalledEntry =>
  entry({ update, files: [ours], ...changes }, { can: ['update'] });
const preview = (changes: Partial<UpdatePreview>): UpdatePreview => ({
  ...{ way: 'whole', bytes: 4.9 * GIGABYTE, size: 4.9 * GIGABYTE, sureness: 'exact' },
  ...changes,
});

describe('What an update costs', () => {
  const cases: readonly [Partial<UpdatePreview>, string][] = [
    [
      { way: 'chunks', bytes: 38 * MEGABYTE, tensors: { changed: 12, total: 291 } },
      'Update: 38 MB of 4.9 GB (12 of 291 tensors changed)',
    ],
    [{ way: 'chunks', bytes: 38 * MEGABYTE }, 'Update: 38 MB of 4.9 GB'],
    [{ way: 'splice', bytes: 40 * 1024 }, 'Update: only the header changed: 40 KB of 4.9 GB'],
    [
      { way: 'splice', bytes: 40 * 1024, sureness: 'estimated' },
      'Update: only the header changed: ≈ 40 KB of 4.9 GB',
    ],
    [{}, 'Update: all of 4.9 GB: nearly nothing can be reused'],
    [
      { way: 'chunks', bytes: 4.8 * GIGABYTE, tensors: { changed: 290, total: 291 } },
      'Update: all of 4.9 GB: nearly nothing can be reused',
    ],
    [{ way: 'here', bytes: 0 }, 'Update: nothing to download, all of 4.9 GB is on this machine'],
  ];
  for (const [changes, text] of cases) {
    it(`is said as "${text}"`, () => {
      const wording = { ...plainWording, bytes: (bytes: number) => bytesText(bytes, 'en') };
      assert.equal(costText(preview(changes), wording), text);
    });
  }

  it('stands beside what changed, and what keeping the old revision takes', () => {
    const [plain, keeping] = updateChoices(outdated(), preview({}), plainWording);
    assert.match(plain?.detail ?? '', /^1 file changed since commit/);
    assert.equal(plain?.keepsPrevious, false);
    assert.deepEqual(keeping, {
      label: 'Update and keep the old revision',
      description: '100 B more on this disk',
      detail: 'One can go back to it at any time.',
      keepsPrevious: true,
    });
    const [, again] = updateChoices(outdated({ kept }), preview({}), plainWording);
    assert.match(again?.detail ?? '', /Commit eeeeeee, which is kept now, is removed\.$/);
  });

  it('is offered without keeping where the files are not ours, or stay anyway', () => {
    const foreign = outdated({ files: [localFile('/models/one.gguf', 100)] });
    assert.equal(updateChoices(foreign, preview({}), plainWording).length, 1);
    const cached = entry({ update, files: [ours] }, { kind: 'huggingFaceCache', can: ['update'] });
    const [only, ...others] = updateChoices(cached, preview({}), plainWording);
    assert.deepEqual(others, []);
    assert.equal(only?.description, 'the old revision stays in the cache');
  });
});

describe('Updating an entry', () => {
  const wanted = { model: MODEL, variant: 'Jan-v1-4B-Q4_K_M', revision: NEWER };

  const stays = new AbortController().signal;
  const run = async (answer: { keepsPrevious: boolean } | undefined): Promise<Wanted[]> => {
    const begun: Wanted[] = [];
    const doing: string[] = [];
    const work = new EntryWork(() => doing.push([...work.doing.values()].join()), plainWording);
    await updateEntry(
      {
        work,
        downloader: { preview: () => Promise.resolve(preview({})) },
        ask: async (_entry, estimate) => {
          assert.deepEqual(await estimate(stays), preview({}));
          return answer;
        },
        download: (one) => Promise.resolve(begun.push(one)),
      },
      outdated(),
    );
    assert.deepEqual(doing, ['estimating', '']);
    return begun;
  };

  it('goes where the older revision is, and keeps that one only if it is to be kept', async () => {
    const to = { target: 'folder' };
    assert.deepEqual(await run({ keepsPrevious: false }), [{ ...wanted, to }]);
    assert.deepEqual(await run({ keepsPrevious: true }), [{ ...wanted, to, keepsPrevious: true }]);
  });

  it('does nothing if the user turns away', async () => {
    assert.deepEqual(await run(undefined), []);
  });

  const one = outdated();
  /** An update whose estimate takes until it is given up. */
  const estimated = async (left: AbortSignal, begun: (work: EntryWork) => void) => {
    const work = new EntryWork(() => undefined, plainWording);
    const seen: unknown[] = [];
    const updating = updateEntry(
      {
        work,
        downloader: {
          preview: (_wanted, signal) =>
            new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(new Error('given up')));
            }),
        },
        ask: async (_entry, estimate) => {
          seen.push(await estimate(left));
          return undefined;
        },
        download: () => assert.fail('it was given up'),
      },
      one,
    );
    assert.equal(work.doing.get(one.key), 'estimating', 'it is asked at once');
    begun(work);
    await updating;
    assert.equal(work.doing.size, 0);
    return seen;
  };

  it('has no estimate once that was given up on its row', async () => {
    assert.deepEqual(await estimated(stays, (work) => work.cancel(one.key)), [undefined]);
  });

  it('gives the estimate up when the user turns away from the question', async () => {
    const leaving = new AbortController();
    assert.deepEqual(await estimated(leaving.signal, () => leaving.abort()), [undefined]);
  });
});

describe('The row of an entry beside which a revision is kept', () => {
  it('says so, and its hover which and how big it is', () => {
    const { entry: row } = rowsOfEntry(entry({ kept, files: [ours] }));
    assert.match(row.description, /previous revision kept$/);
    assert.match(row.spoken, /previous revision kept$/);
    assert.match(row.tooltip, /Kept: commit eeeeeee, 90 B/);
    assert.ok(row.context.split(' ').includes('back') && row.context.split(' ').includes('kept'));
  });

  it('says that the newer one is kept once it was gone back', () => {
    const newer = { ...kept, revision: NEWER };
    const { entry: row } = rowsOfEntry(outdated({ kept: newer }));
    assert.match(row.description, /update available · newer revision kept$/);
    assert.ok(row.context.split(' ').includes('forward'));
    assert.ok(!row.context.split(' ').includes('back'));
  });

  it('has both in the use of the disk, and what both share once', () => {
    assert.equal(diskUse([entry({ kept, files: [ours] })]), 190);
    const shared = { ...kept, files: [...kept.files, ours] };
    assert.equal(diskUse([entry({ kept: shared, files: [ours] })]), 190);
  });
});

describe('Repairing an entry', () => {
  const from = { model: MODEL, revision: NEWER, variant: 'Jan-v1-4B-Q4_K_M' };
  const contextOf = (one: InstalledEntry): string => rowsOfEntry(one).entry.context;

  it('fetches the revision that it has, to where it is', () => {
    const wanted = { ...from, to: { target: 'folder' } };
    assert.deepEqual(repairOf(entry({ from, damaged: true }, { kind: 'folder' })), wanted);
  });

  it('is offered for what is damaged, if it is known what that was', () => {
    assert.match(contextOf(entry({ from, damaged: true }, { kind: 'folder' })), /\bdamaged\b/);
    assert.doesNotMatch(contextOf(entry({ from }, { kind: 'folder' })), /damaged/);
    const unknown = { model: MODEL, variant: from.variant };
    assert.doesNotMatch(contextOf(entry({ from: unknown, damaged: true })), /damaged/);
    assert.doesNotMatch(contextOf(entry({ from, damaged: true }, { kind: 'server' })), /damaged/);
  });
});
