import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { getRows } from './support.ts';
import type { Row } from './support.ts';
import { useHub } from '../support/useHub.ts';

const REPO = 'cortexso/tinyllama';
const FILE = 'own/model.gguf';

describe('Commits made by hand', () => {
  const hub = useHub({ models: 80 });

  const post = async (word: 'files' | 'commit', files: unknown, repository = REPO) => {
    const answer = await fetch(`${hub().url}/__hub/${word}`, {
      method: 'POST',
      body: JSON.stringify({ repository, files }),
    });
    return { status: answer.status, ...((await answer.json()) as { sha?: string }) };
  };
  const entry = async (path: string, revision = 'main'): Promise<Row> => {
    const rows = await getRows(hub(), `/api/models/${REPO}/tree/${revision}?recursive=true`);
    const found = rows.filter((row) => row['path'] === path);
    assert.equal(found.length, 1, `${path} is there ${found.length} times`);
    return found[0]!;
  };
  const bytesOf = async (path: string, revision = 'main'): Promise<Buffer> => {
    const answer = await fetch(`${hub().url}/${REPO}/resolve/${revision}/${path}`);
    return Buffer.from(await answer.arrayBuffer());
  };
  const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  const hashOf = (row: Row) => (row['lfs'] as { oid: string }).oid;
  const info = async () =>
    (await (await fetch(`${hub().url}/api/models/${REPO}`)).json()) as Record<string, string>;

  it('change the bytes of a file, and keep the earlier commit', async () => {
    const { sha: first = '' } = await post('files', [{ path: FILE, size: 20_000_000 }]);
    const { sha: second = '' } = await post('commit', [{ path: FILE }]);
    assert.notEqual(first, second);
    assert.equal((await info())['sha'], second);
    const [before, after] = [await bytesOf(FILE, first), await bytesOf(FILE)];
    assert.equal(before.length, 20_000_000);
    assert.equal(after.length, before.length);
    assert.equal(hashOf(await entry(FILE, first)), sha256(before));
    assert.equal(hashOf(await entry(FILE)), sha256(after));
    assert.notDeepEqual(after, before);
  });

  it('go back to the first bytes with seed 0', async () => {
    const { sha: first = '' } = await post('files', [{ path: FILE, size: 1_000 }]);
    await post('commit', [{ path: FILE, seed: 7 }]);
    const other = await entry(FILE);
    const { sha: third = '' } = await post('commit', [{ path: FILE, seed: 0 }]);
    assert.notEqual(hashOf(other), hashOf(await entry(FILE)));
    assert.equal(hashOf(await entry(FILE, first)), hashOf(await entry(FILE, third)));
    assert.notEqual(first, third);
  });

  it('may touch a text only', async () => {
    await post('files', [{ path: FILE, size: 1_000 }]);
    assert.doesNotMatch((await bytesOf('README.md')).toString(), /Edition/);
    const before = { readme: await entry('README.md'), file: await entry(FILE) };
    const modified = (await info())['lastModified'] ?? '';
    assert.equal((await post('commit', [{ path: 'README.md' }])).status, 200);
    const readme = await entry('README.md');
    assert.notEqual(readme['oid'], before.readme['oid']);
    assert.deepEqual(await entry(FILE), before.file);
    const text = await bytesOf('README.md');
    assert.match(text.toString(), /\nEdition 2\.\n$/);
    const blob = createHash('sha1').update(`blob ${text.length}\0`).update(text).digest('hex');
    assert.deepEqual([readme['oid'], readme['size']], [blob, text.length]);
    assert.ok(((await info())['lastModified'] ?? '') > modified);
  });

  it('stay when the next version is published', async () => {
    await post('files', [{ path: FILE, size: 1_000 }]);
    const before = await entry(FILE);
    hub().advance();
    assert.deepEqual(await entry(FILE), before);
  });

  describe('as the log tells them', () => {
    const log = async (query = '', revision = 'main') => {
      const address = `${hub().url}/api/models/${REPO}/commits/${revision}${query}`;
      const answer = await fetch(address);
      assert.equal(answer.status, 200);
      const rows = (await answer.json()) as readonly { id: string; date: string }[];
      const { headers } = answer;
      return {
        ids: rows.map(({ id }) => id),
        dates: rows.map(({ date }) => date),
        total: headers.get('x-total-count'),
        next: /<[^>]*\?([^>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1],
      };
    };

    it('are every head of this run, the newest first, and lead to each of them', async () => {
      const first = (await info())['sha']!;
      const { sha: second = '' } = await post('files', [{ path: FILE, size: 1_000 }]);
      const { sha: third = '' } = await post('commit', [{ path: FILE }]);
      const all = await log();
      assert.deepEqual(all.ids, [third, second, first]);
      assert.deepEqual(all.dates, all.dates.toSorted().reverse());
      assert.equal(all.dates[0], (await info())['lastModified']);
      assert.deepEqual((await log('', second)).ids, [second, first]);
    });

    it('come in pages', async () => {
      for (let size = 1; size <= 4; size++) await post('files', [{ path: FILE, size }]);
      const { ids: all, total } = await log();
      assert.deepEqual([all.length, total], [5, '5']);
      const page = await log('?limit=2');
      assert.deepEqual([page.ids, page.total], [all.slice(0, 2), '5']);
      const last = await log('?limit=2&p=2');
      assert.deepEqual([last.ids, last.next], [all.slice(4), undefined]);
      assert.deepEqual((await log(`?${page.next}`)).ids, all.slice(2, 4));
      const refused = await fetch(`${hub().url}/api/models/${REPO}/commits/main?limit=1001`);
      assert.equal(refused.status, 400);
    });

    it('are gone but for one where the repository was squashed, or main forced back', async () => {
      const first = (await info())['sha']!;
      const { sha: second = '' } = await post('files', [{ path: FILE, size: 1_000 }]);
      hub().setFaults({ repositories: { [REPO]: { squashed: true } } });
      assert.deepEqual((await log()).ids, [second]);
      const gone = await fetch(`${hub().url}/api/models/${REPO}/commits/${first}`);
      assert.equal(gone.headers.get('x-error-code'), 'RevisionNotFound');
      hub().setFaults({ repositories: { [REPO]: { forcedTo: first } } });
      assert.deepEqual((await log()).ids, [first]);
    });
  });

  it('are refused without a size, of no repository, and if they make no sense', async () => {
    assert.equal((await post('commit', [{ path: 'new.gguf' }])).status, 400);
    assert.equal((await post('files', [{ path: FILE }])).status, 400);
    assert.equal((await post('commit', [{ path: FILE, size: -1 }])).status, 400);
    assert.equal((await post('commit', 'all')).status, 400);
    assert.equal((await post('commit', [{ path: FILE, size: 1 }], 'no/body')).status, 404);
  });

  it('a file adopted by name gets its true hash, however big it is', async () => {
    const [file] = (await getRows(hub(), `/api/models/${REPO}/tree/main`)).filter(
      (row) => Number(row['size']) > 100_000_000,
    );
    const path = String(file?.['path']);
    const label = hashOf(await entry(path));
    await post('files', [{ path, size: Number(file?.['size']) }]);
    assert.notEqual(hashOf(await entry(path)), label);
  });

  it('wrongSha256: a hash of other bytes, wherever it is published', async () => {
    await post('files', [{ path: FILE, size: 1_000 }]);
    const [right, readme] = [await entry(FILE), await entry('README.md')];
    const wrongSha256 = [FILE, 'README.md'];
    hub().setFaults({ repositories: { [REPO]: { wrongSha256 } } });
    const wrong = await entry(FILE);
    assert.notEqual(hashOf(wrong), hashOf(right));
    assert.notEqual((await entry('README.md'))['oid'], readme['oid']);
    assert.deepEqual(await entry(FILE, (await info())['sha']), wrong);
    const redirect = await fetch(`${hub().url}/${REPO}/resolve/main/${FILE}`, {
      redirect: 'manual',
    });
    assert.equal(redirect.headers.get('x-linked-etag'), `"${hashOf(wrong)}"`);
    assert.equal(sha256(await bytesOf(FILE)), hashOf(right), 'the bytes are as they were');
    hub().setFaults({});
    assert.deepEqual(await entry(FILE), right);
  });
});
