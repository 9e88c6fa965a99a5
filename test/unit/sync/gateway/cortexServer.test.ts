import assert from 'node:assert/strict';
import { CortexServer } from '../../../../src/sync/gateway/cortexServer.ts';
import { CortexServers } from '../../../../src/sync/gateway/cortexServers.ts';
import type { Listing, Question } from '../../../../src/sync/gateway/source.ts';
import type { SourceRow } from '../../../../src/sync/model.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { useLocalServer } from '../../support/localServer.ts';
import { exact, unknown } from '../../support/rows.ts';
import { parseDump, useHub } from '../../support/useHub.ts';
import { useSession } from '../../support/useSession.ts';

const ID = 'cortexso/tinyllama';
const source = {
  id: `https://huggingface.co/${ID}`,
  author: 'cortexso',
  models: [
    { id: 'tinyllama:1b-gguf', size: 668_788_096 },
    { id: 'bart:repo:model-Q4_0.gguf', size: 0 },
  ],
  metadata: {
    id: ID,
    sha: 'a'.repeat(40),
    lastModified: '2024-11-13T10:00:00.000Z',
    likes: 3,
    downloads: 300,
    tags: ['license:mit', 'cortex.cpp'],
    gated: false,
    private: false,
    siblings: [{ rfilename: 'model.gguf' }],
    gguf: { total: 1_100_000_000, architecture: 'llama', chat_template: '{% for tool in tools %}' },
    description: '# TinyLlama',
  },
};
function serverAt(url: string): CortexServer {
  const settings = () => ({ url, addSources: [] });
  return new CortexServer(new CortexServers({ settings, clock: new FakeClock() }));
}

const other = { ...source, metadata: { ...source.metadata, id: 'cortexso/phi-4' } };

describe('A Cortex server', () => {
  const server = useLocalServer();
  const session = useSession();
  let logger: ReturnType<typeof collectingLogger>;
  beforeEach(() => {
    logger = collectingLogger();
  });

  const question = (asked: Partial<Question> = {}): Question => ({
    ...{ manifest: new Map(), times: new Map(), first: true, counters: false },
    ...{ validators: {}, http: session(), logger },
    ...asked,
  });
  function ask(answer: unknown, asked: Partial<Question> = {}): Promise<Listing | undefined> {
    server().answer((_request, response) => response.end(JSON.stringify(answer)));
    return serverAt(server().url).sweep(question(asked));
  }
  async function list(data: unknown, asked: Partial<Question> = {}): Promise<Listing> {
    const listing = await ask({ data }, asked);
    assert.ok(listing);
    return listing;
  }
  async function only(entry: object): Promise<SourceRow> {
    const listing = await list([entry]);
    const [row] = (await listing.load([...listing.manifest.keys()])).rows;
    assert.ok(row, logger.lines.join('\n'));
    return row;
  }

  it('is asked for the sources that were posted to it', async () => {
    const { record, counters } = await only(source);
    assert.equal(server().requests[0]?.url, '/v1/models/sources');
    assert.equal(record.id, ID);
    assert.equal(record.description, undefined, 'a README is no description');
    assert.equal(record.license, 'mit');
    assert.equal(record.parameters, 1_100_000_000);
    assert.equal(record.takesTools, true);
    assert.deepEqual(counters, { downloads: 300, likes: 3 });
  });

  it('tells the size of variants, and 0 or null where it does not know', async () => {
    const models = [...source.models, { id: 'bart:repo:model-Q8_0.gguf', size: null }];
    const { record } = await only({ ...source, models });
    assert.deepEqual(
      record.variants?.map(({ name, quantisation, size }) => [name, quantisation, size]),
      [
        ['1b-gguf', undefined, exact(668_788_096)],
        ['model-Q4_0', 'Q4_0', unknown],
        ['model-Q8_0', 'Q8_0', unknown],
      ],
    );
  });

  it('calls the parts of a split file one variant, as others do', async () => {
    const part = (number: number) => ({ id: `a:b:m-0000${number}-of-00002.gguf`, size: 5 });
    const { record } = await only({ ...source, models: [part(1), part(2)] });
    assert.deepEqual(
      record.variants?.map(({ name, size }) => [name, size]),
      [['m', exact(10)]],
    );
  });

  it('lists its sources in no order, also where two are one repository', async () => {
    const again = { ...source, id: ID, models: null };
    const first = await list([source, again, other]);
    const second = await list([other, again, source]);
    assert.deepEqual([...first.manifest].sort(), [...second.manifest].sort());
  });

  it('tells counters when they are asked for, and not because they came along', async () => {
    const asked = await list([source], { counters: true });
    assert.deepEqual([...asked.counters], [[ID, { downloads: 300, likes: 3 }]]);
    assert.equal(asked.counted, true);
    const quiet = await list([source], { counters: false });
    assert.deepEqual([quiet.counters.size, quiet.counted], [0, false]);
  });

  it('may say null for no models', async () => {
    assert.deepEqual((await only({ ...source, models: null })).record.variants, []);
  });

  for (const [said, gated] of [
    [true, 'manual'],
    [false, false],
    ['auto', 'auto'],
    ['manual', 'manual'],
    [undefined, undefined],
  ] as const) {
    it(`may say ${String(said)} for the gate`, async () => {
      const { record } = await only({ ...source, metadata: { ...source.metadata, gated: said } });
      assert.equal(record.gated, gated);
    });
  }

  it('may lack what the Hub did not say yet when it was asked', async () => {
    const { record } = await only({ models: [], metadata: { id: ID } });
    assert.deepEqual([record.sha, record.tags, record.gated], [undefined, undefined, undefined]);
  });

  it('keeps its words without counters and without the chat template', async () => {
    const { content } = await only(source);
    const { downloads, likes, gguf, ...metadata } = source.metadata;
    const { chat_template, ...rest } = gguf;
    assert.ok(downloads + likes > 0 && chat_template.length > 0);
    assert.deepEqual(JSON.parse(content), { ...source, metadata: { ...metadata, gguf: rest } });
  });

  it('has a content that does not depend on counters', async () => {
    const metadata = { ...source.metadata, downloads: 1, likes: 1 };
    const before = await only(source);
    assert.equal((await only({ ...source, metadata })).fingerprint, before.fingerprint);
    assert.notEqual((await only({ ...source, models: [] })).fingerprint, before.fingerprint);
  });

  it('drops a bad source, counts it, and does not call it gone', async () => {
    const bad = { ...source, models: 'none' };
    const listing = await list([bad, other], { manifest: new Map([[ID, 'known']]) });
    assert.equal(listing.dropped, 1);
    assert.equal(listing.manifest.get(ID), 'known');
    assert.equal(listing.complete, true);
  });

  it('calls nothing gone where a source does not even say its name', async () => {
    const listing = await list([{ ...source, metadata: null }, other]);
    assert.equal(listing.complete, false);
    assert.equal(listing.dropped, 1);
  });

  it('drops the only source it has where that is bad, and does not fail', async () => {
    const listing = await list([{ ...source, models: 'none' }]);
    assert.equal(listing.dropped, 1);
    assert.equal(listing.manifest.size, 0);
  });

  for (const data of [null, []]) {
    it(`without sources says ${JSON.stringify(data)}`, async () => {
      const listing = await list(data, { manifest: new Map([[ID, 'known']]) });
      assert.equal(listing.manifest.size, 0);
      assert.equal(listing.complete, true);
    });
  }

  for (const answer of [{ message: 'Not Found' }, {}, null, [], 'ok', { data: {} }]) {
    it(`is no Cortex server where it says ${JSON.stringify(answer)}`, async () => {
      await rejectsWith(ask(answer), 'badAnswer', /no Cortex server.*Check the setting/);
    });
  }

  it('is no Cortex server where it lists something else than models', async () => {
    await rejectsWith(ask({ data: [1] }), 'badAnswer', /none of which is a model.*Check/);
  });

  describe('as the hub plays it', () => {
    const hub = useHub({ models: 80 });

    it('is understood in every entry', async () => {
      const listing = await serverAt(hub().cortexUrl).probe(question());
      const { rows } = await listing.load([...listing.manifest.keys()]);
      assert.deepEqual(
        rows
          .map(({ record, content }) => ({
            id: record.id,
            content: JSON.parse(content) as unknown,
          }))
          .sort((a, b) => (a.id < b.id ? -1 : 1)),
        parseDump(hub().truth('cortex')).map(({ id, content }) => ({ id, content })),
      );
      assert.ok(rows.length > 0);
    });
  });
});
