import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { FileTree, Readme } from '../../../../src/sync/gateway/huggingFaceDetails.ts';
import { HuggingFaceDetails } from '../../../../src/sync/gateway/huggingFaceDetails.ts';
import type { HttpSession } from '../../../../src/sync/http/httpClient.ts';
import type { Hub } from '../../../hub/hub.ts';
import { HubControl } from '../../../support/hubControl.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { useLocalServer } from '../../support/localServer.ts';
import { parseDump, useHub } from '../../support/useHub.ts';
import { useSession } from '../../support/useSession.ts';

const ID = 'janhq/Jan-v1-4B-GGUF';

interface Asked {
  readonly id?: string;
  readonly http?: HttpSession;
  readonly etag?: string | undefined;
}

describe('Details from Hugging Face', () => {
  const hub = useHub({ models: 40 });
  const session = useSession();

  const details = (url = hub().url): HuggingFaceDetails =>
    new HuggingFaceDetails(new URL(url), collectingLogger());

  const shaOf = (server: Hub): string =>
    String(parseDump(server.truth('hf:janhq')).find(({ id }) => id === ID)?.content['sha']);

  async function files(revision = 'main', asked: Asked = {}): Promise<FileTree> {
    const answer = await details().files({ id: ID, http: session(), revision, ...asked });
    assert.ok(!answer.unchanged);
    return answer.value;
  }

  async function readme(revision = 'main', asked: Asked = {}): Promise<Readme> {
    const answer = await details().readme({ id: ID, http: session(), revision, ...asked });
    assert.ok(!answer.unchanged);
    return answer.value;
  }

  it('are the file tree with exact sizes and hashes, and the README', async () => {
    const tree = await files(shaOf(hub()));
    const model = tree.files.find(({ path }) => path.endsWith('.gguf'));
    assert.equal(model?.size.sureness, 'exact');
    assert.match(model.sha256!, /^[0-9a-f]{64}$/);
    assert.equal(model.gitSha1, undefined, 'it is the id of the pointer');
    const readmeFile = tree.files.find(({ path }) => path === 'README.md');
    assert.equal(readmeFile?.sha256, undefined);
    const text = Buffer.from((await readme(shaOf(hub()))).text!);
    const blob = Buffer.concat([Buffer.from(`blob ${text.length}\0`), text]);
    assert.equal(readmeFile?.gitSha1, createHash('sha1').update(blob).digest('hex'));
    assert.equal(tree.partial, undefined);
    assert.match((await readme(shaOf(hub()))).text!, /^---\n/);
  });

  it('cost a question for the tree, one and a redirect for the README, and no download', async () => {
    const [one, other] = [session(), session()];
    await files('main', { http: one });
    await readme('main', { http: other });
    assert.deepEqual([one.requests, other.requests], [1, 2]);
    assert.deepEqual(hub().stats().countedDownloads, {});
  });

  for (const part of ['files', 'readme'] as const) {
    it(`of main are not sent again while they are the same: ${part}`, async () => {
      const question = { id: ID, http: session(), revision: 'main' };
      const first = await details()[part](question);
      assert.ok(!first.unchanged && first.etag !== undefined);
      const again = { ...question, etag: first.etag };
      assert.deepEqual(await details()[part](again), { unchanged: true });
    });
  }

  it('of main are sent again once they are others', async () => {
    const question = { id: ID, http: session(), revision: 'main' };
    const first = await details().files(question);
    assert.ok(!first.unchanged && first.etag !== undefined);
    await new HubControl(hub().url).addFiles(ID, [{ path: 'more-Q4_0.gguf', size: 9 }]);
    const { files: now } = await files('main', { etag: first.etag });
    assert.equal(now.length, first.value.files.length + 1);
  });

  for (const status of [401, 403]) {
    it(`tell that the README was refused with ${status}`, async () => {
      hub().setFaults({ rules: [{ match: 'resolve', status }] });
      assert.ok((await files()).files.length > 0);
      assert.deepEqual(await readme(), { refused: true });
    });
  }

  it('do without a README where there is none', async () => {
    hub().setFaults({ rules: [{ match: 'resolve', status: 404 }] });
    assert.deepEqual(await readme(), {});
  });

  it('fail where the README could be had another time', async () => {
    hub().setFaults({ rules: [{ match: 'resolve', status: 503 }] });
    await rejectsWith(readme(), 'server');
  });

  it('fail where there is no such model', async () => {
    await rejectsWith(files('main', { id: 'janhq/nothing' }), 'unauthorised');
  });

  it('fail where a page comes in the place of the tree', async () => {
    hub().setFaults({ rules: [{ match: 'tree', wrongType: 'html' }] });
    await rejectsWith(files(), 'badAnswer', /web page/);
  });

  it('of a revision whose name has a slash are asked for as one name', async () => {
    await rejectsWith(files('refs/pr/1'), 'notFound');
    assert.deepEqual(Object.keys(hub().stats().routes), ['tree']);
  });

  describe('of its history', () => {
    const server = useLocalServer();
    const commits = (url: string, most = 20, http = session()) =>
      details(url).commits({ id: ID, http, revision: 'main' }, most);
    const sha = (digit: number): string => String(digit).repeat(40);

    it('are the ids of the last commits, for one question', async () => {
      const first = shaOf(hub());
      const body = JSON.stringify({ repository: ID, files: [{ path: 'a.gguf', size: 1 }] });
      const answer = await fetch(`${hub().url}/__hub/commit`, { method: 'POST', body });
      const { sha: second } = (await answer.json()) as { sha: string };
      const http = session();
      assert.deepEqual(await commits(hub().url, 20, http), [second, first]);
      assert.deepEqual(await commits(hub().url, 1), [second]);
      assert.equal(http.requests, 1);
    });

    it('are none that cannot be one, and no more than were asked for', async () => {
      const rows = [{ id: '../main' }, {}, 'x', ...[1, 2, 3].map((digit) => ({ id: sha(digit) }))];
      server().answer((request, response) => {
        assert.equal(new URL(request.url!, 'http://a').searchParams.get('limit'), '2');
        response.end(JSON.stringify(rows));
      });
      assert.deepEqual(await commits(server().url, 2), [sha(1), sha(2)]);
    });

    it('fail where something else comes in their place', async () => {
      hub().setFaults({ rules: [{ match: 'commits', wrongType: 'object' }] });
      await rejectsWith(commits(hub().url), 'badAnswer');
    });
  });

  describe('of single files', () => {
    const pathsInfo = (paths: string[], http = session(), id = ID) =>
      details().pathsInfo({ id, http, revision: shaOf(hub()) }, paths);

    it('are what the tree says, for one question; those that do not exist are missing', async () => {
      const tree = (await files()).files;
      const wanted = tree.filter(({ path }) => path.endsWith('.gguf'));
      const http = session();
      const asked = ['nothing.gguf', ...wanted.map(({ path }) => path), 'no/such/folder'];
      const found = await pathsInfo(asked, http);
      assert.ok(wanted.length > 0);
      assert.deepEqual([...found.values()], wanted);
      assert.equal(http.requests, 1);
      assert.deepEqual(hub().stats().countedDownloads, {});
    });

    it('fail where there is no such model', async () => {
      await rejectsWith(pathsInfo(['a'], session(), 'janhq/nothing'), 'unauthorised');
    });
  });

  describe('of trees that cannot be had whole', () => {
    const server = useLocalServer();

    const entry = (path: string, size: unknown = 1): object => ({ type: 'file', path, size });
    const ask = async (): Promise<FileTree> => {
      const question = { id: ID, http: session(), revision: 'main' };
      const answer = await details(server().url).files(question);
      assert.ok(!answer.unchanged);
      assert.equal(answer.etag, undefined, 'the ETag of a part says nothing of the rest');
      return answer.value;
    };

    it('are read to the tenth page, and known to be a part', async () => {
      server().answer((request, response) => {
        const page = Number(new URL(request.url!, 'http://a').searchParams.get('cursor') ?? 1);
        response.setHeader('link', `<http://elsewhere.example/?cursor=${page + 1}>; rel="next"`);
        response.setHeader('etag', 'W/"1"');
        response.end(JSON.stringify([entry(`${page}.gguf`)]));
      });
      const tree = await ask();
      assert.equal(tree.files.length, 10);
      assert.equal(tree.partial, true);
    });

    it('are whole if the last page was read', async () => {
      server().answer((request, response) => {
        const last = request.url!.includes('cursor=2');
        if (!last) response.setHeader('link', '<?cursor=2>; rel="next"');
        response.setHeader('etag', 'W/"1"');
        response.end(JSON.stringify([entry(last ? 'b' : 'a')]));
      });
      assert.deepEqual(
        (await ask()).files.map(({ path }) => path),
        ['a', 'b'],
      );
    });

    it('are known to be a part if an entry cannot be read', async () => {
      server().answer((_request, response) => {
        response.setHeader('etag', 'W/"1"');
        response.end(JSON.stringify([entry('a'), entry('b', 'big')]));
      });
      const tree = await ask();
      assert.deepEqual([tree.files.length, tree.partial], [1, true]);
    });
  });
});
