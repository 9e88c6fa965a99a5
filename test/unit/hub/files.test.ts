import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { startHub } from '../../hub/hub.ts';
import { getRows, nextOf, rowsOf } from './support.ts';
import { useSharedHub } from '../support/useHub.ts';
import { assertBytes } from '../../support/bytes.ts';

const REPO = 'cortexso/tinyllama';
const BIG = 'tinyllama-1.1b-chat-v1.0-q4_k_m.gguf';

interface Lfs {
  readonly oid: string;
  readonly size: number;
  readonly pointerSize: number;
}

const manual = { redirect: 'manual' } as const;

describe('Files of a repository', () => {
  let now = Date.UTC(2026, 2, 16);
  const hub = useSharedHub({ models: 80, now: () => now });

  const redirectOf = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${hub().url}/${REPO}/resolve/main/${path}`, {
      ...manual,
      ...init,
    });
    return { response, location: new URL(response.headers.get('location') ?? '', hub().url) };
  };

  it('hashes as git and LFS do', async () => {
    await fetch(`${hub().url}/__hub/files`, {
      method: 'POST',
      body: JSON.stringify({
        repository: REPO,
        files: [{ path: 'extra/small.gguf', size: 3_000_000 }],
      }),
    });
    const entries = await getRows(hub(), `/api/models/${REPO}/tree/main?recursive=true`);
    const small = entries.find((entry) => entry['path'] === 'extra/small.gguf');
    const { oid, size, pointerSize } = small?.['lfs'] as Lfs;
    const bytes = Buffer.from(
      await (await fetch(`${hub().url}/${REPO}/resolve/main/extra/small.gguf`)).arrayBuffer(),
    );
    assert.equal(bytes.length, size);
    assert.equal(createHash('sha256').update(bytes).digest('hex'), oid);

    const pointer = await (await fetch(`${hub().url}/${REPO}/raw/main/extra/small.gguf`)).text();
    assert.equal(
      pointer,
      `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${size}\n`,
    );
    assert.equal(pointer.length, pointerSize);
    const blobId = (text: Buffer) =>
      createHash('sha1').update(`blob ${text.length}\0`).update(text).digest('hex');
    assert.equal(small?.['oid'], blobId(Buffer.from(pointer)));

    const readme = entries.find((entry) => entry['path'] === 'README.md');
    const text = Buffer.from(
      await (await fetch(`${hub().url}/${REPO}/raw/main/README.md`)).arrayBuffer(),
    );
    assert.equal(readme?.['oid'], blobId(text));
    assert.equal(readme['size'], text.length);
    assert.equal(readme['lfs'], undefined);
  });

  it('shows folders, one level or all', async () => {
    await fetch(`${hub().url}/__hub/files`, {
      method: 'POST',
      body: JSON.stringify({ repository: REPO, files: [{ path: 'a/b/c.bin', size: 10 }] }),
    });
    const paths = async (query: string) =>
      (await getRows(hub(), `/api/models/${REPO}/tree/${query}`)).map(
        (entry) => `${String(entry['type'])} ${String(entry['path'])}`,
      );
    const top = await paths('main');
    assert.ok(top.includes('directory a') && !top.includes('directory a/b'));
    assert.deepEqual(await paths('main/a'), ['directory a/b']);
    assert.deepEqual(await paths('main/a?recursive=true'), ['directory a/b', 'file a/b/c.bin']);
    const missing = await fetch(`${hub().url}/api/models/${REPO}/tree/main/none`);
    assert.deepEqual([missing.status, missing.headers.get('x-error-code')], [404, 'EntryNotFound']);
  });

  it('pages a tree by Link', async () => {
    const all = await getRows(hub(), `/api/models/${REPO}/tree/main?recursive=true`);
    const seen: unknown[] = [];
    let url: string | undefined =
      `${hub().url}/api/models/${REPO}/tree/main?recursive=true&limit=2`;
    while (url !== undefined) {
      const response: Response = await fetch(url);
      seen.push(...(await rowsOf(response)));
      url = nextOf(response);
    }
    assert.deepEqual(seen, all);
  });

  it('keeps each cortexso variant in a branch', async () => {
    const refs = (await (await fetch(`${hub().url}/api/models/${REPO}/refs`)).json()) as {
      branches: { name: string; targetCommit: string }[];
    };
    const branch = refs.branches.find(({ name }) => name === '1b-gguf');
    assert.ok(branch);
    const byName = await getRows(hub(), `/api/models/${REPO}/tree/1b-gguf`);
    assert.ok(byName.some((entry) => entry['path'] === 'model.gguf'));
    assert.deepEqual(
      await getRows(hub(), `/api/models/${REPO}/tree/${branch.targetCommit}`),
      byName,
    );
    const missing = await fetch(`${hub().url}/api/models/${REPO}/tree/no-such-branch`);
    assert.deepEqual(
      [missing.status, missing.headers.get('x-error-code')],
      [404, 'RevisionNotFound'],
    );
  });

  it('takes paths as JSON or as a form, and refuses too many', async () => {
    const post = (body: string, type: string) =>
      fetch(`${hub().url}/api/models/${REPO}/paths-info/main`, {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      });
    const fromJson = await rowsOf(
      await post(JSON.stringify({ paths: [BIG, 'none'], expand: true }), 'application/json'),
    );
    assert.deepEqual(
      fromJson.map((entry) => entry['path']),
      [BIG],
    );
    assert.ok(fromJson[0]?.['lastCommit']);
    const fromForm = await rowsOf(
      await post(`paths=${BIG}&paths=README.md`, 'application/x-www-form-urlencoded'),
    );
    assert.deepEqual(
      fromForm.map((entry) => entry['path']),
      [BIG, 'README.md'],
    );
    const many = JSON.stringify({ paths: Array.from({ length: 2001 }, String) });
    assert.equal((await post(many, 'application/json')).status, 400);
    assert.equal((await post('not json', 'application/json')).status, 400);
  });

  it('sends small files by way of the resolve cache', async () => {
    const { response, location } = await redirectOf('README.md');
    assert.equal(response.status, 307);
    assert.match(
      location.pathname,
      new RegExp(`^/api/resolve-cache/models/${REPO}/[0-9a-f]{40}/README.md$`),
    );
    const body = await fetch(location);
    assert.match(await body.text(), /^---\nlicense:/);
    const etag = body.headers.get('etag') ?? '';
    assert.equal(
      `W/${response.headers.get('etag') ?? ''}`,
      etag.startsWith('W/') ? etag : `W/${etag}`,
    );
    const again = await fetch(location, { headers: { 'if-none-match': etag } });
    assert.equal(again.status, 304);
  });

  it('has a README that a page must not trust', async () => {
    const text = await (await fetch(`${hub().url}/${REPO}/resolve/main/README.md`)).text();
    for (const construct of [
      '# ',
      '| --- |',
      '- ',
      '```',
      '](https://',
      '![',
      '<script>',
      '](javascript:',
    ]) {
      assert.ok(text.includes(construct), construct);
    }
  });

  it('sends big files from another origin, by ranges', async () => {
    const { response, location } = await redirectOf(BIG);
    assert.equal(response.status, 302);
    assert.notEqual(location.origin, hub().url);
    const size = Number(response.headers.get('x-linked-size'));
    const etag = response.headers.get('x-linked-etag') ?? '';
    assert.match(etag, /^"[0-9a-f]{64}"$/);
    assert.match(response.headers.get('x-repo-commit') ?? '', /^[0-9a-f]{40}$/);

    const range = async (value: string, headers: Record<string, string> = {}) => {
      const part = await fetch(location, { headers: { range: value, ...headers } });
      const isWhole = part.status === 200;
      if (isWhole) await part.body?.cancel();
      const bytes = isWhole ? Buffer.alloc(0) : Buffer.from(await part.arrayBuffer());
      return { status: part.status, bytes, range: part.headers.get('content-range') };
    };
    const whole = await range('bytes=999990-1300009');
    assert.deepEqual([whole.status, whole.range], [206, `bytes 999990-1300009/${size}`]);
    assert.equal(whole.bytes.length, 300_020);
    const part = await range('bytes=1000001-1000032');
    assertBytes(part.bytes, whole.bytes.subarray(11, 43));
    assert.deepEqual((await range('bytes=-5')).range, `bytes ${size - 5}-${size - 1}/${size}`);
    const beyond = await range(`bytes=${size}-`);
    assert.deepEqual([beyond.status, beyond.range], [416, `bytes */${size}`]);
    assert.equal((await range('bytes=0-9', { 'if-range': etag })).status, 206);
    assert.equal((await range('bytes=0-9', { 'if-range': '"other"' })).status, 200);
  });

  it('answers 304 for the redirect itself', async () => {
    const { response } = await redirectOf(BIG);
    const headers = { 'if-none-match': response.headers.get('x-linked-etag') ?? '' };
    assert.equal((await redirectOf(BIG, { headers })).response.status, 304);
  });

  it('lets signed addresses expire, refuses forged ones and foreign tokens', async () => {
    const { location } = await redirectOf(BIG);
    const statusOf = async (url: URL, headers: Record<string, string> = {}) =>
      (await fetch(url, { headers: { range: 'bytes=0-0', ...headers } })).status;
    assert.equal(await statusOf(location), 206);
    assert.equal(await statusOf(location, { authorization: 'Bearer hf_test' }), 400);
    const forged = new URL(location);
    forged.searchParams.set('Expires', '99999999999');
    assert.equal(await statusOf(forged), 403);
    now += 3_601_000;
    assert.equal(await statusOf(location), 403);
    assert.equal(await statusOf((await redirectOf(BIG)).location), 206);
    hub().setFaults({ signedUrlSeconds: -1 });
    assert.equal(await statusOf((await redirectOf(BIG)).location), 403);
  });

  it('counts GET and HEAD of a model as downloads, and nothing else', async () => {
    const downloads = async () =>
      (await getRows(hub(), '/api/models?author=cortexso&expand=downloads')).find(
        (row) => row['id'] === REPO,
      )?.['downloads'] as number;
    const before = await downloads();
    await redirectOf(BIG, { method: 'HEAD' });
    await redirectOf(BIG);
    await redirectOf('README.md');
    await getRows(hub(), `/api/models/${REPO}/tree/main`);
    assert.equal(await downloads(), before + 2);
    assert.deepEqual(hub().stats().countedDownloads, { [REPO]: 2 });
  });

  it('keeps the bytes of gated repositories to those who were let in', async () => {
    hub().setFaults({ repositories: { [REPO]: { gated: 'auto' } } });
    const anonymous = (await redirectOf(BIG)).response;
    assert.deepEqual([anonymous.status, anonymous.headers.get('x-error-code')], [401, 'GatedRepo']);
    const stranger = (await redirectOf(BIG, { headers: { authorization: 'Bearer hf_test' } }))
      .response;
    assert.deepEqual([stranger.status, stranger.headers.get('x-error-code')], [403, 'GatedRepo']);
    const friend = (await redirectOf(BIG, { headers: { authorization: 'Bearer hf_granted' } }))
      .response;
    assert.equal(friend.status, 302);
    assert.equal((await fetch(`${hub().url}/api/models/${REPO}/tree/main`)).status, 200);
  });

  it('adds sizes and hashes to the info with blobs, and refuses blobs with expand', async () => {
    const info = (await (await fetch(`${hub().url}/api/models/${REPO}?blobs=true`)).json()) as {
      siblings: { rfilename: string; size: number; lfs?: { sha256: string } }[];
    };
    const big = info.siblings.find(({ rfilename }) => rfilename === BIG);
    assert.ok(big && big.size > 600_000_000);
    assert.match(big.lfs?.sha256 ?? '', /^[0-9a-f]{64}$/);
    const refused = await fetch(`${hub().url}/api/models/${REPO}?blobs=true&expand=sha`);
    assert.equal(refused.status, 400);
  });

  it('has the same bytes behind every start', async () => {
    const first = await fetch(`${hub().url}/${REPO}/resolve/main/${BIG}`, {
      headers: { range: 'bytes=7-4102' },
    });
    const other = await startHub({ models: 80 });
    try {
      const second = await fetch(`${other.url}/${REPO}/resolve/main/${BIG}`, {
        headers: { range: 'bytes=7-4102' },
      });
      assertBytes(Buffer.from(await second.arrayBuffer()), Buffer.from(await first.arrayBuffer()));
    } finally {
      await other.close();
    }
  });
});
