import assert from 'node:assert/strict';
import { HuggingFaceAuthor } from '../../../../src/sync/gateway/huggingFaceAuthor.ts';
import type { Listing, Question } from '../../../../src/sync/gateway/source.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { useLocalServer } from '../../support/localServer.ts';
import { useSession } from '../../support/useSession.ts';

/** More models than a page of this server holds, whatever limit it is asked for. */
const MODELS = 10;
const PAGE = 4;

interface Repository {
  id: string;
  sha: string;
  /** Position in time; the newest stands first. */
  at: number;
}

/** The Hub's list with pages so small that an author has several, and things that happen between. */
describe('A Hugging Face author with more models than a page holds', () => {
  const server = useLocalServer();
  const session = useSession();
  let repositories: Repository[];
  /** What happens after a page was sent, by the number of the page. */
  let afterwards: Record<number, () => void>;
  let pages: number;

  beforeEach(() => {
    pages = 0;
    afterwards = {};
    repositories = Array.from({ length: MODELS }, (_, index) => ({
      id: `big/model-${index}`,
      sha: 'a'.repeat(40),
      at: 1_000 - index,
    }));
    server().answer((request, response) => {
      const url = new URL(request.url!, server().url);
      assert.equal(url.searchParams.get('author'), 'big');
      const before = Number(url.searchParams.get('cursor') ?? Infinity);
      const rest = repositories.filter(({ at }) => at < before).sort((a, b) => b.at - a.at);
      const page = rest.slice(0, Math.min(PAGE, Number(url.searchParams.get('limit'))));
      const last = page.at(-1);
      url.searchParams.set('cursor', String(last?.at));
      response.writeHead(200, {
        ETag: `"${JSON.stringify(page).length}"`,
        // As behind a mirror: the link leads to the original.
        ...(rest.length > page.length && {
          Link: `<https://huggingface.co${url.pathname}${url.search}>; rel="next"`,
        }),
      });
      const rows = page.map(({ id, sha, at }) => ({
        id,
        sha,
        lastModified: new Date(at * 1_000).toISOString(),
      }));
      response.end(JSON.stringify(rows));
      afterwards[++pages]?.();
    });
  });

  const question = (manifest: ReadonlyMap<string, string> = new Map()): Question => ({
    manifest,
    times: new Map(repositories.map(({ id, at }) => [id, at * 1_000])),
    first: manifest.size === 0,
    counters: false,
    validators: {},
    http: session(),
    logger: collectingLogger(),
  });
  const sweep = async (asked = question()): Promise<Listing> => {
    const listing = await new HuggingFaceAuthor('big', new URL(server().url)).sweep(asked);
    assert.ok(listing);
    return listing;
  };

  it('tells all of them, from all pages', async () => {
    const { manifest, complete, validators } = await sweep();
    assert.equal(manifest.size, MODELS);
    assert.equal(complete, true);
    assert.deepEqual(validators, {}, 'the ETag of the first page says nothing of the others');
  });

  it('does not call gone what moved up while the pages were read', async () => {
    const { manifest: before } = await sweep();
    const moving = repositories[7]!;
    pages = 0;
    afterwards[1] = () => Object.assign(moving, { at: 2_000, sha: 'b'.repeat(40) });
    const { manifest } = await sweep(question(before));
    assert.equal(manifest.size, MODELS);
    assert.notEqual(manifest.get(moving.id), before.get(moving.id));
  });

  it('does not call gone what moved up in numbers', async () => {
    afterwards[1] = () => {
      for (const [index, moving] of repositories.slice(5).entries()) moving.at = 2_000 + index;
    };
    assert.equal((await sweep()).manifest.size, MODELS);
  });

  it('has what is new while the pages are read', async () => {
    afterwards[2] = () => repositories.push({ id: 'big/new', sha: 'c'.repeat(40), at: 3_000 });
    assert.ok((await sweep()).manifest.has('big/new'));
  });

  it('counts a bad entry once, though overlapping pages show it twice', async () => {
    repositories[0]!.sha = 'bad';
    const { dropped, manifest } = await sweep();
    assert.equal(dropped, 1);
    assert.equal(manifest.size, MODELS - 1);
  });

  it('survives a page of bad entries', async () => {
    for (const bad of repositories.slice(PAGE, 2 * PAGE)) bad.sha = 'bad';
    const { dropped, manifest } = await sweep();
    assert.equal(dropped, PAGE);
    assert.equal(manifest.size, MODELS - PAGE);
  });

  it('survives a page of entries without a name, and then calls nothing gone', async () => {
    for (const bad of repositories.slice(PAGE, 2 * PAGE)) bad.id = 'no name at all';
    const { dropped, manifest, complete } = await sweep();
    assert.equal(dropped, PAGE);
    assert.equal(manifest.size, MODELS - PAGE);
    assert.equal(complete, false);
  });

  it('fails, and tells of no listing, where a page breaks off', async () => {
    afterwards[1] = () => server().answer((_request, response) => response.writeHead(503).end());
    await rejectsWith(sweep(), 'server');
  });

  it('gives up on a server that sends the same page again and again', async () => {
    server().answer((_request, response) => {
      response.writeHead(200, { Link: '</api/models?author=big&cursor=1>; rel="next"' });
      response.end(JSON.stringify([{ id: 'big/one', sha: 'a'.repeat(40) }]));
    });
    await rejectsWith(sweep(), 'badAnswer', /again and again/);
    const asked = question();
    const probe = await new HuggingFaceAuthor('big', new URL(server().url)).probe(asked);
    assert.deepEqual([...probe!.manifest.keys()], ['big/one']);
    assert.ok(asked.http.requests < 5);
  });
});
