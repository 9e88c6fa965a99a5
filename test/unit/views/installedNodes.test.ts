import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import type { InstalledState } from '../../../src/views/installed/installedNodes.ts';
import { rootNodes } from '../../../src/views/installed/installedNodes.ts';
import { diskUse } from '../../../src/views/installed/diskUse.ts';
import { ShownRows } from '../../../src/views/installed/shownRows.ts';
import { openAiSnippet } from '../../../src/views/installed/snippet.ts';
import { download, entry, localFile, look, MODEL, snapshot, stranger } from './installedSamples.ts';

const state = (changes: Partial<InstalledState> = {}): InstalledState => ({
  downloads: [],
  installed: snapshot([entry()]),
  doing: new Map(),
  ...changes,
});
const keys = (nodes: readonly { readonly key: string }[]): string[] => nodes.map(({ key }) => key);

describe('The nodes of the Installed view', () => {
  it('are the downloads in the order they were asked for, then models by name', () => {
    const nodes = rootNodes(
      state({
        downloads: [
          download({ id: 'late', createdAt: 2 }),
          download({ id: 'early', createdAt: 1, state: 'paused' }),
          download({ id: 'over', createdAt: 0, state: 'done' }),
        ],
        installed: snapshot([entry(), stranger({ key: 'k', name: 'a-stranger' })]),
      }),
    );
    assert.deepEqual(keys(nodes), [
      'download early',
      'download late',
      'name a-stranger',
      `model ${MODEL}`,
    ]);
  });

  it('gather what several runtimes have of one model', () => {
    const [group, ...others] = rootNodes(
      state({
        installed: snapshot([
          entry({ key: 'big', size: 200 }),
          entry({ key: 'small', size: 50 }, { id: 'jan', kind: 'jan', name: 'Jan' }),
        ]),
      }),
    );
    assert.equal(others.length, 0);
    assert.equal(group?.type, 'group');
    assert.deepEqual(keys(group.entries), ['entry small', 'entry big']);
  });

  describe('while a split model is on its way', () => {
    const folder = '/models/janhq/Jan-v1-4B-GGUF';
    const problem = '2 of 3 parts are missing. Download the model again.';
    const part = (name: string) => [localFile(`${folder}/${name}-00001-of-00003.gguf`, 50)];
    const name = 'Jan-v1-4B-Q4_K_M';
    const parts = stranger({ key: 'parts', name, files: part(name), problem });
    const shown = (one: Parameters<typeof download>[0], ...entries: (typeof parts)[]) =>
      keys(rootNodes(state({ downloads: [download(one)], installed: snapshot(entries) })));

    it('are one row for it, not one more for the parts that are there', () => {
      assert.deepEqual(shown({ folder }, parts), ['download d1']);
      assert.deepEqual(shown({ folder, variant: `Q4/${name}` }, parts), ['download d1']);
      assert.deepEqual(shown({ folder, state: 'failed' }, parts), ['download d1']);
    });

    it('are two rows where the revision before is whole', () => {
      assert.deepEqual(shown({ folder }, entry({ files: part(name) })), [
        'download d1',
        `model ${MODEL}`,
      ]);
    });

    it('hide nothing of another variant, another folder, or what is over', () => {
      const other = 'Jan-v1-4B-Q8_0';
      const broken = stranger({ key: 'parts', name: other, files: part(other), problem });
      assert.deepEqual(shown({ folder }, broken), ['download d1', `name ${other}`]);
      assert.deepEqual(shown({ folder: `${folder}-2` }, parts), ['download d1', `name ${name}`]);
      assert.deepEqual(shown({ folder, state: 'done' }, parts), [`name ${name}`]);
    });
  });

  it('are only downloads until it is known what is installed', () => {
    assert.deepEqual(keys(rootNodes(state({ downloads: [download()], installed: undefined }))), [
      'download d1',
    ]);
  });
});

describe('What is shown anew', () => {
  let rows: ShownRows;

  beforeEach(() => {
    rows = new ShownRows(look);
    assert.equal(rows.update(state({ downloads: [download()] })), 'all');
  });

  it('is nothing if nothing looks different', () => {
    assert.deepEqual(rows.update(state({ downloads: [download()] })), []);
  });

  it('is the one row whose progress grew, as the object that is known', () => {
    const [known] = rows.roots;
    const changed = rows.update(state({ downloads: [download({ bytes: 50 })] }));
    assert.deepEqual(changed, [known]);
    assert.equal(changed[0], known);
    assert.match(look(known!).description, /50 %/);
  });

  it('is an entry and the model above it when the entry runs', () => {
    const installed = snapshot([entry({ running: true })]);
    const changed = rows.update(state({ downloads: [download()], installed }));
    assert.deepEqual(keys(changed as never), ['entry folder one', `model ${MODEL}`]);
    const [, group] = rows.roots;
    assert.ok(group?.type === 'group');
    assert.equal(group.entries[0]?.entry.running, true);
    assert.equal(rows.parentOf(group.entries[0]), group);
  });

  it('forgets what was done with an entry', () => {
    const doing = new Map([['folder one', 'verifying' as const]]);
    assert.equal(rows.update(state({ downloads: [download()], doing })).length, 1);
    const [entryNode] = rows.update(state({ downloads: [download()] }));
    assert.ok(typeof entryNode === 'object' && look(entryNode).context !== 'entry busy');
  });

  it('is everything when a row comes, goes or moves', () => {
    assert.equal(rows.update(state()), 'all');
    assert.equal(rows.update(state({ installed: snapshot([]) })), 'all');
    assert.equal(rows.roots.length, 0);
  });
});

describe('The use of the disk', () => {
  const at = (path: string, inode: string) =>
    entry({ key: path, files: [{ ...localFile(path, 100), inode }] });

  it('counts a file once, however many names and users it has', () => {
    assert.equal(diskUse([at('/one', '1:1'), at('/one', '1:1'), at('/two', '1:1')]), 100);
  });

  it('counts copies twice, and what has the same number on another disk', () => {
    assert.equal(diskUse([at('/one', '1:1'), at('/two', '1:2'), at('/three', '2:1')]), 300);
  });

  it('counts nothing that only a server tells of', () => {
    assert.equal(diskUse([entry({ files: [], size: 5_000 })]), 0);
  });
});

describe('The OpenAI snippet', () => {
  it('asks the running model, whatever it is called', async () => {
    const id = "my'`${model}\\";
    const api = 'http://127.0.0.1:1337/v1';
    const text = openAiSnippet(entry({ id }, { api }));
    const asked: [string, { body: string }][] = [];
    const said: string[] = [];
    const fetch = (address: string, init: { body: string }): unknown => {
      asked.push([address, init]);
      return { json: () => ({ choices: [{ message: { content: 'Hi!' } }] }) };
    };
    const console = { log: (line: string) => said.push(line) };
    await runInNewContext(`(async () => { ${text} })()`, { fetch, console });
    assert.equal(asked[0]?.[0], `${api}/chat/completions`);
    assert.equal((JSON.parse(asked[0][1].body) as { model: string }).model, id);
    assert.deepEqual(said, ['Hi!']);
  });

  it('names a model of Jan as its server does, which knows nothing of engines', () => {
    const jan = { id: 'jan', kind: 'jan', name: 'Jan', api: 'http://127.0.0.1:1337/v1' } as const;
    assert.match(openAiSnippet(entry({ id: 'mlx:tiny' }, jan)), /model: "tiny"/);
    assert.match(openAiSnippet(entry({ id: 'mlx:tiny' }, { kind: 'server' })), /"mlx:tiny"/);
  });
});
