import assert from 'node:assert/strict';
import { join } from 'node:path';
import { CortexRuntime } from '../../../../src/runtime/cortex/cortexRuntime.ts';
import type { RuntimeListing } from '../../../../src/runtime/runtime.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { useSession } from '../../support/useSession.ts';
import { CORTEX_DATA as DATA, entry, listed, machineIn, never, NOWHERE, write } from './support.ts';

describe('Cortex that does not run', () => {
  const home = useTemporaryFolder();
  const session = useSession();

  async function list(): Promise<RuntimeListing> {
    const cortex = new CortexRuntime({
      machine: machineIn(home()),
      url: () => NOWHERE,
      session,
      clock: new FakeClock(),
      logger: collectingLogger(),
    });
    return listed(await cortex.list(never));
  }
  const yaml = (model: string, file: string, more = '') =>
    `\ufeffid: x\nmodel: "${model}"\nname: X\nsize: 5\nfiles:\n  - ${file}\n${more}`;

  it('is listed from its folder, in all its layouts', async () => {
    const data = join(home(), DATA);
    const own = 'models/cortex.so/tinyllama/1b-gguf';
    const hf = 'models/huggingface.co/bartowski/Llama-GGUF';
    const tiny = write(data, `${own}/model.gguf`, 'tiny!');
    write(data, `${own}/model.yml`, yaml('tinyllama:1b-gguf', `${own}/model.gguf`));
    write(data, `${own}/metadata.yml`, 'version: 2');
    const llama = write(data, `${hf}/Llama-Q4_K_M.gguf`);
    const mmproj = write(data, `${hf}/mmproj.gguf`);
    write(
      data,
      `${hf}/Llama-Q4_K_M.yml`,
      yaml(
        'bartowski:Llama-GGUF:Llama-Q4_K_M.gguf',
        `${hf}/Llama-Q4_K_M.gguf`,
        `mmproj: ${hf}/mmproj.gguf\n`,
      ),
    );
    const imported = write(home(), 'own/mine.gguf');
    write(data, 'models/imported/mine.yml', yaml('mine', imported));
    write(data, 'models/remote/gpt-4o.yml', 'model: gpt-4o');

    const { entries, problem, folder, api } = await list();
    assert.deepEqual([folder, api], [data, undefined]);
    assert.match(problem ?? '', /does not run.*"cortex start"/);
    assert.deepEqual(
      entries
        .map((one) => [one.id, one.name, one.files.map((file) => file.path), one.problem])
        .sort(),
      [
        ['bartowski:Llama-GGUF:Llama-Q4_K_M.gguf', 'Llama-Q4_K_M', [llama, mmproj], undefined],
        ['mine', 'mine', [imported], undefined],
        ['tinyllama:1b-gguf', 'tinyllama:1b-gguf', [tiny], undefined],
      ],
    );
    assert.ok(entries.every(({ running }) => running === undefined));
    const llamaEntry = entries.find(({ id }) => id.startsWith('bartowski'));
    assert.deepEqual(llamaEntry?.origin, {
      model: 'bartowski/Llama-GGUF',
      variant: 'Llama-Q4_K_M',
    });
    assert.deepEqual(
      llamaEntry.files.map(({ role }) => role),
      ['weights', 'projector'],
    );
  });

  for (const [name, text, problem] of [
    ['is no YAML', '{', /is not YAML/],
    ['is empty', '', /says nothing/],
    ['is a list', '- 1', /says nothing/],
    ['is longer than any', `model: x\n# ${'x'.repeat(300_000)}`, /longer than/],
  ] as const) {
    it(`tells of a description that ${name}, and lists the others`, async () => {
      const folder = `${DATA}/models/huggingface.co/a/b`;
      write(home(), `${folder}/good.gguf`);
      write(home(), `${folder}/good.yml`, 'engine: llama-cpp');
      write(home(), `${folder}/bad.yml`, text);
      const listing = await list();
      assert.match(entry(listing, 'a:b:bad.gguf').problem ?? '', problem);
      const good = entry(listing, 'a:b:good.gguf');
      assert.deepEqual([good.problem, good.files.length], [undefined, 1]);
    });
  }

  it('tells of a model whose weights are gone', async () => {
    const yml = `${DATA}/models/cortex.so/phi/4b/model.yml`;
    write(home(), yml, yaml('phi:4b', 'models/cortex.so/phi/4b/model.gguf'));
    const { problem, size } = entry(await list(), 'phi:4b');
    assert.match(problem ?? '', /model\.gguf is missing/);
    assert.equal(size, 5);
  });

  it('lists from a folder without models nothing, and says why', async () => {
    write(home(), `${DATA}/cortex.db`);
    const { entries, problem } = await list();
    assert.deepEqual(entries, []);
    assert.match(problem ?? '', /does not run/);
  });
});
