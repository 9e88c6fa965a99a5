import assert from 'node:assert/strict';
import type { MemoryBudget } from '../../../src/device/hardware.ts';
import type { SearchQuery } from '../../../src/sync/cache/search.ts';
import { SyncError } from '../../../src/sync/errors.ts';
import type { HubQuestion } from '../../../src/sync/gateway/huggingFaceSearch.ts';
import type { Model, ModelId } from '../../../src/sync/model.ts';
import type { ModelRow, SearchRow } from '../../../src/views/search/searchRows.ts';
import type { SearchSessionOptions } from '../../../src/views/search/searchSession.ts';
import { SearchSession } from '../../../src/views/search/searchSession.ts';
import { plainWording } from '../details/samples.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { until } from '../support/until.ts';
import { GIB, model, variant } from './searchSamples.ts';

const BUDGET: MemoryBudget = { gpu: 0, main: 12 * GIB, most: 14 * GIB };

const small = model('a/small', {
  license: 'mit',
  parameters: 4e9,
  news: 'new',
  variants: [variant('Q4_K_M', 2 * GIB), variant('Q8_0', 4 * GIB, false)],
});
const large = model('b/large', { license: 'mit', variants: [variant('Q4_K_M', 40 * GIB)] });

describe('A search', () => {
  let clock: FakeClock;
  let listed: Model[];
  let queries: Omit<SearchQuery, 'sources'>[];
  let asked: { readonly question: HubQuestion; readonly signal: AbortSignal }[];
  let answers: PromiseWithResolvers<readonly Model[]>[];
  let changes: number;

  const open = (changed: Partial<SearchSessionOptions> = {}): SearchSession =>
    new SearchSession({
      search: (query) => {
        queries.push(query);
        const found = listed.filter(
          ({ id }) =>
            id.includes(query.text) && (query.only === undefined || query.only.includes(id)),
        );
        return found.slice(query.offset, query.offset + query.limit);
      },
      model: (id) => listed.find((one) => one.id === id),
      searchHub: (question, signal) => {
        asked.push({ question, signal });
        const answer = Promise.withResolvers<readonly Model[]>();
        answers.push(answer);
        return answer.promise;
      },
      budget: () => BUDGET,
      installed: () => new Set(['b/large']),
      trouble: () => undefined,
      favourites: () => ['a/small'],
      hidden: () => [],
      saved: () => [],
      history: () => ['qwen @fits'],
      huggingFace: () => 'https://huggingface.co',
      wording: plainWording,
      onDidChange: () => changes++,
      clock,
      ...changed,
    });
  const labels = (rows: readonly SearchRow[]): string[] => rows.map(({ label }) => label);
  const models = (rows: readonly SearchRow[]): ModelRow[] =>
    rows.filter((row) => row.type === 'model');
  const pause = (): void => clock.advance(320);

  beforeEach(() => {
    clock = new FakeClock();
    listed = [small, large];
    [queries, asked, answers, changes] = [[], [], [], 0];
  });

  it('lists what the catalogue finds at once, with all that matters in words', () => {
    const rows = models(open().rows('l'));
    assert.deepEqual(labels(rows), ['small', 'large']);
    assert.equal(
      rows[0]?.description,
      `a · new · favourite · 4000000000 · Q4_K_M ${2 * GIB} B · Fits`,
    );
    assert.equal(rows[1]?.description, `b · installed · Q4_K_M ${40 * GIB} B · Too big`);
    assert.deepEqual(queries, [
      { text: 'l', filters: {}, sort: 'downloads', limit: 100, offset: 0 },
    ]);
    assert.deepEqual(asked, []);
  });

  it('begins with what was looked for before, which can be asked again', () => {
    const [first, heading, ...rest] = open().rows('');
    assert.deepEqual(first?.type === 'query' && [first.query, first.past], ['qwen @fits', true]);
    assert.equal(heading?.type, 'heading');
    assert.equal(models(rest).length, 2);
    assert.equal(models(open().rows('small')).length, 1);
  });

  describe('for what fits', () => {
    it('leaves what is too big, and asks the index only for what can be loaded', () => {
      assert.deepEqual(labels(open().rows('@fits')), ['small']);
      assert.equal(queries[0]?.filters.maxBytes, 12 * GIB);
      open().rows('@fits size:<1gb');
      assert.equal(queries[1]?.filters.maxBytes, 1e9 - 1);
    });

    it('shows a variant of the size that is asked for, and that it is an estimate', () => {
      const [row] = models(open().rows(`@fits size:>3gb`));
      assert.equal(row?.variant?.quantisation, 'Q8_0');
      assert.match(row.description, /≈/);
    });

    it('looks on until the list is full, but not for ever', () => {
      const big = (n: number): Model => model(`x/b${n}`, { variants: large.variants ?? [] });
      listed = [...Array.from({ length: 150 }, (_, n) => big(n)), small];
      assert.deepEqual(labels(open().rows('@fits')), ['small']);
      listed = [...Array.from({ length: 5_000 }, (_, n) => big(n)), small];
      queries = [];
      assert.deepEqual(labels(open().rows('@fits')), ['No model answers to this.']);
      assert.equal(queries.length, 5);
    });

    it('says so while nobody knows this machine', () => {
      const [row, ...others] = open({ budget: () => undefined }).rows('@fits');
      assert.match(row?.label ?? '', /memory this machine has is being found out/);
      assert.deepEqual(others, []);
      assert.deepEqual(queries, []);
    });
  });

  it('for what is installed or marked asks for those by name', () => {
    assert.deepEqual(labels(open().rows('@installed')), ['large']);
    assert.deepEqual(labels(open().rows('@favourite')), ['small']);
    assert.deepEqual(labels(open().rows('@favourite @installed')), ['No model answers to this.']);
    assert.deepEqual(queries.at(-1)?.only, []);
  });

  it('for what is installed has it looked for, and says so, or why that cannot be', () => {
    const looks: boolean[] = [];
    const installed = (look: boolean): ReadonlySet<ModelId> | undefined => {
      looks.push(look);
      return undefined;
    };
    assert.deepEqual(labels(open({ installed }).rows('@installed')), [
      'Finding out what is installed on this machine…',
    ]);
    open({ installed }).rows('small');
    assert.deepEqual(looks, [true, false]);
    const trouble = (): string => 'The thread is gone.';
    assert.deepEqual(labels(open({ installed, trouble }).rows('@installed')), [
      'The thread is gone.',
    ]);
  });

  it('tells what it does not understand, and goes on with what was probably meant', () => {
    const [row, ...others] = open().rows('@fitz small');
    assert.equal(row?.label, '"@fitz" is not understood. Did you mean @fits?');
    assert.equal(row.type === 'query' && row.query, '@fits small');
    assert.deepEqual(labels(others), ['small']);
    const [note] = open().rows('size:huge small');
    assert.equal(note?.label, '"size:huge" is not understood. For example: size:<8gb');
    assert.equal(note.type, 'note');
  });

  it('completes keys, flags and values of the catalogue, but no plain words', () => {
    const [row] = open().rows('small @fi');
    assert.equal(row?.type === 'query' && row.query, 'small @fits ');
    const [value] = open().rows('license:');
    assert.equal(value?.label, 'license:mit');
    assert.ok(
      open()
        .rows('li')
        .every(({ type }) => type !== 'query'),
    );
    assert.equal(open().rows('@fits').length, 1);
  });

  describe('for a model by its name', () => {
    it('lists it first, and once', () => {
      assert.deepEqual(labels(open().rows('https://huggingface.co/b/large/tree/main')), ['large']);
      assert.deepEqual(labels(open().rows('B/large')), ['Open B/large from Hugging Face']);
    });

    it('offers to look up what the catalogue does not know, and takes it from the Hub', async () => {
      const session = open();
      const [row] = session.rows('c/new');
      assert.deepEqual(row?.type === 'lookUp' && row.id, 'c/new');
      pause();
      answers[0]?.resolve([model('c/new', { sources: [] })]);
      await until(() => changes === 1);
      assert.deepEqual(labels(session.rows('c/new')), ['new']);
    });
  });

  describe('on the Hub', () => {
    const find = async (
      text: string,
      found: readonly Model[],
      changed: Partial<SearchSessionOptions> = {},
    ): Promise<readonly SearchRow[]> => {
      const session = open(changed);
      session.rows(text);
      pause();
      answers.at(-1)?.resolve(found);
      await until(() => changes > 0);
      return session.rows(text);
    };

    it('joins what the catalogue does not have, under a heading', async () => {
      const rows = await find('small', [small, model('c/smaller')]);
      assert.deepEqual(labels(rows), ['small', 'Hugging Face', 'smaller']);
      assert.equal(asked.length, 1);
    });

    it('asks after a pause, one question at a time, and not the same again', () => {
      const session = open();
      session.rows('sma');
      clock.advance(299);
      session.rows('smal');
      assert.equal(session.busy, true);
      clock.advance(299);
      assert.equal(asked.length, 0);
      clock.advance(1);
      session.rows('smal');
      clock.advance(1_000);
      assert.deepEqual(
        asked.map(({ question }) => question.text),
        ['smal'],
      );
      session.rows('small license:mit @fits');
      assert.equal(asked[0]?.signal.aborted, true);
      pause();
      assert.deepEqual(asked[1]?.question, { text: 'small', license: 'mit' });
      session.dispose();
      assert.equal(asked[1].signal.aborted, true);
    });

    it('never shows an answer to an earlier question', async () => {
      const session = open();
      session.rows('sma');
      pause();
      session.rows('large');
      answers[0]?.resolve([model('c/small')]);
      await new Promise(setImmediate);
      assert.equal(changes, 0);
      assert.deepEqual(labels(session.rows('large')), ['large']);
    });

    it('keeps filters that it cannot be asked for', async () => {
      const variants = [variant('Q4_K_M', 2 * GIB)];
      const found = [
        model('c/right', { variants, takesTools: true, parameters: 4e9, tags: ['x'] }),
        model('c/noTools', { variants, takesTools: false, parameters: 4e9, tags: ['x'] }),
        model('c/large', { ...large, takesTools: true, parameters: 4e9, tags: ['x'] }),
        model('c/weights', { variants, takesTools: true, parameters: 9e9, tags: ['x'] }),
        model('c/untagged', { variants, takesTools: true, parameters: 4e9 }),
      ].map((one) => ({ ...one, id: `c/${one.name}` }));
      listed = [];
      const rows = await find('model @tools size:<8gb params:<8b tag:X', found);
      assert.deepEqual(labels(rows), ['Hugging Face', 'right']);
    });

    it('is silent on what only this machine knows', () => {
      const session = open();
      const here = ['small @installed', 'small @favourite', 'small @hidden'];
      for (const text of [...here, 's', '@fits', '']) {
        session.rows(text);
        pause();
      }
      assert.deepEqual(asked, []);
      assert.equal(session.busy, false);
    });

    it('says in one line that it cannot be reached', async () => {
      const session = open();
      session.rows('small');
      pause();
      answers[0]?.reject(new SyncError('offline', 'huggingface.co cannot be reached.'));
      await until(() => changes === 1);
      assert.equal(session.busy, false);
      assert.deepEqual(labels(session.rows('small')), [
        'small',
        'Results of the catalogue only. huggingface.co cannot be reached.',
      ]);
    });
  });

  it('lists saved searches first, each once, and none of the hidden models but to who asks', () => {
    const session = open({
      saved: () => ['license:mit', 'qwen @fits'],
      history: () => ['qwen @fits', 'phi'],
      hidden: () => ['a/small'],
    });
    assert.deepEqual(labels(session.rows('')), [
      ...['license:mit', 'qwen @fits', 'phi'],
      ...['Models', 'large'],
    ]);
    assert.deepEqual(
      models(session.rows('@hidden')).map(({ model: { id } }) => id),
      ['a/small'],
    );
    session.dispose();
  });
});
