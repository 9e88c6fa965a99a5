import assert from 'node:assert/strict';
import { HuggingFaceAuthor } from '../../../../src/sync/gateway/huggingFaceAuthor.ts';
import type { Listing, Question } from '../../../../src/sync/gateway/source.ts';
import type { SourceRow } from '../../../../src/sync/model.ts';
import type { CollectingLogger } from '../../support/collectingLogger.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { useLocalServer } from '../../support/localServer.ts';
import { useSession } from '../../support/useSession.ts';

/** Stands for what `JSON.stringify` could not write either. */
const DEEP = 'a nested list';
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

type Raw = Readonly<Record<string, unknown>>;

/** A list as no Hub should send it, and as one may. */
describe('A list of an author', () => {
  const server = useLocalServer();
  const session = useSession();
  let logger: CollectingLogger;
  beforeEach(() => {
    logger = collectingLogger();
  });

  const entry = (id: string, fields: Raw = {}): Raw => ({
    id,
    sha: 'a'.repeat(40),
    lastModified: '2026-03-16T12:00:00.000Z',
    ...fields,
  });
  async function list(
    entries: readonly unknown[],
    asked: Partial<Question> = {},
  ): Promise<Listing> {
    server().answer((_request, response) =>
      response.end(JSON.stringify(entries).replace(`"${DEEP}"`, nested(20_000))),
    );
    const listing = await new HuggingFaceAuthor('big', new URL(server().url)).sweep({
      ...{ manifest: new Map(), times: new Map(), first: true, counters: false, validators: {} },
      ...asked,
      http: session(),
      logger,
    });
    assert.ok(listing);
    return listing;
  }
  const rowsOf = async (listing: Listing): Promise<readonly SourceRow[]> =>
    (await listing.load([...listing.manifest.keys()])).rows;

  it('has each good entry, whatever stands between them', async () => {
    const bad = [
      ...[null, 7, 'text', [], {}, { id: 7 }, { id: 'no slash', sha: 'a'.repeat(40) }],
      ...[entry('big/bad', { sha: 7 }), entry('big/bad', { lastModified: 'yesterday' })],
      ...[entry('big/bad', { downloads: 1.5 }), entry('big/bad', { downloads: -1 })],
      ...[entry('big/bad', { siblings: [{}] }), entry('big/bad', { tags: [7] })],
      ...[entry('big/bad', { gguf: 7 }), entry('big/bad', { gguf: { total: 'many' } })],
      ...[
        entry('big/bad', { gated: 'maybe' }),
        entry('big/../bad'),
        entry(`big/${'x'.repeat(300)}`),
      ],
    ];
    const listing = await list(bad.flatMap((one, index) => [entry(`big/good-${index}`), one]));
    assert.equal(listing.manifest.size, bad.length);
    assert.equal(listing.dropped, bad.length);
    assert.equal((await rowsOf(listing)).length, bad.length);
  });

  it('drops an entry that is nested so deep that walking through it would exhaust the stack', async () => {
    const listing = await list([entry('big/good'), entry('big/deep', { cardData: DEEP })], {
      manifest: new Map([['big/deep', 'as it is known']]),
    });
    assert.deepEqual(
      [...listing.manifest],
      [
        ['big/good', listing.manifest.get('big/good')],
        ['big/deep', 'as it is known'],
      ],
    );
    assert.equal(listing.dropped, 1);
  });

  it('does not fill the log with its bad entries', async () => {
    const bad = Array.from({ length: 1_000 }, (_, index) =>
      entry(`big/bad-${index}`, { sha: index }),
    );
    assert.equal((await list([entry('big/good'), ...bad])).dropped, 1_000);
    const warnings = logger.at('warn');
    assert.equal(warnings.length, 21);
    assert.match(warnings.at(-1)!, /dropped 980 more/);
  });

  it('tells ids apart that differ only by case', async () => {
    const listing = await list([entry('big/Model'), entry('big/model'), entry('Big/model')]);
    assert.deepEqual(
      (await rowsOf(listing)).map(({ record }) => record.id),
      ['big/Model', 'big/model', 'Big/model'],
    );
  });

  for (const [how, asked] of [
    ['at first', {}],
    ['later', { first: false }],
  ] as const) {
    it(`counts the last of two entries with one id, ${how}`, async () => {
      const entries = [
        entry('big/twice', { downloads: 1, sha: 'b'.repeat(40) }),
        entry('big/once'),
        entry('big/twice', { downloads: 2 }),
      ];
      const listing = await list(entries, asked);
      const [row] = (await listing.load(['big/twice'])).rows;
      assert.equal(row?.record.sha, 'a'.repeat(40));
      assert.equal(row.counters.downloads, 2);
      assert.equal(row.fingerprint, listing.manifest.get('big/twice'));
    });
  }

  it('counts the good of two entries with one id, whichever comes first', async () => {
    const good = entry('big/twice');
    const bad = entry('big/twice', { sha: 7 });
    const manifest = new Map([['big/twice', 'what was known']]);
    for (const entries of [
      [good, bad],
      [bad, good],
    ]) {
      const listing = await list(entries, { manifest, first: false });
      assert.notEqual(listing.manifest.get('big/twice'), 'what was known');
    }
  });

  it('bears a repository of ten thousand files', async () => {
    const siblings = Array.from({ length: 10_000 }, (_, index) => ({
      rfilename: `m-Q8_0-${String(index + 1).padStart(5, '0')}-of-10000.gguf`,
    }));
    const [row] = await rowsOf(await list([entry('big/model', { siblings })]));
    assert.equal(row?.record.variants?.[0]?.files.length, 10_000);
  });
});
