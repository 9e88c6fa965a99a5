import assert from 'node:assert/strict';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import type { DownloadPlan } from '../../../src/download/model.ts';
import { readReceipt, RECEIPT_FILE } from '../../../src/download/receipt.ts';
import { FolderTarget } from '../../../src/download/targets/folderTarget.ts';
import { HuggingFaceCacheTarget } from '../../../src/download/targets/huggingFaceCacheTarget.ts';
import { JanTarget } from '../../../src/download/targets/janTarget.ts';
import type { InstallTarget, Placement } from '../../../src/download/targets/target.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { bytesOf, gitBlob, MODEL, planned, planOf, REVISION, sha256 } from './support.ts';
import { assertBytes } from '../../support/bytes.ts';

const nobody: ReadonlySet<string> = new Set();
const weights = bytesOf('weights', 5_000);
const projector = bytesOf('projector', 300);
const config = Buffer.from('{"a":1}');
const OTHER_REVISION = 'd'.repeat(40);

const single = planOf([planned('m-Q4_0.gguf', weights)], { quantisation: 'Q4_0' });
const withProjector = planOf([
  planned('m-Q4_0.gguf', weights),
  planned('mmproj.gguf', projector, 'sha256', 'projector'),
]);
const split = planOf([
  planned('Q8/m-00001-of-00002.gguf', weights),
  planned('Q8/m-00002-of-00002.gguf', projector),
]);
const safetensors = planOf(
  [planned('model.safetensors', weights), planned('config.json', config, 'git', 'companion')],
  { variant: 'safetensors' },
);

/** Writes the files of a plan where they go, as a download does. */
function fill(plan: DownloadPlan, { paths }: Placement): void {
  const contents = [weights, projector, config];
  for (const [index, { size }] of plan.files.entries()) {
    const path = paths[index]!;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(
      path,
      contents.find(({ length }) => length === size)!,
    );
  }
}

async function install(
  target: InstallTarget,
  plan: DownloadPlan,
  taken = nobody,
): Promise<Placement> {
  const placement = await target.place(plan, taken);
  fill(plan, placement);
  await finish(target, plan, placement);
  return placement;
}

/** Tells a target of files as they are. */
async function finish(
  target: InstallTarget,
  plan: DownloadPlan,
  placement: Placement,
): Promise<void> {
  const times = placement.paths.map((path) => Math.trunc(statSync(path).mtimeMs));
  await target.finish(plan, placement, times);
}

describe('The own folder', () => {
  const folder = useTemporaryFolder();
  const target = (): InstallTarget => new FolderTarget(() => folder());

  it('holds files under their names below the model, and a receipt', async () => {
    const { folder: shown, paths } = await install(target(), split);
    assert.equal(shown, join(folder(), 'janhq', 'Jan-v1-4B-GGUF'));
    assert.equal(paths[1], join(shown, 'Q8', 'm-00002-of-00002.gguf'));
    const receipt = await readReceipt(shown);
    assert.equal(receipt?.model, MODEL);
    const [variant] = receipt.variants;
    assert.deepEqual([variant?.name, variant?.revision], ['m-Q4_0', REVISION]);
    assert.deepEqual(variant?.files[0], {
      ...split.files[0],
      modifiedAt: Math.trunc(lstatSync(paths[0]!).mtimeMs),
    });
  });

  it('has one receipt for all variants of a model, the newest of each', async () => {
    await install(target(), single);
    await install(target(), safetensors);
    const { folder: shown } = await install(target(), { ...single, revision: OTHER_REVISION });
    const receipt = await readReceipt(shown);
    assert.deepEqual(
      receipt?.variants.map(({ name, revision, files }) => [name, revision, files.length]),
      [
        ['m-Q4_0', OTHER_REVISION, 1],
        ['safetensors', REVISION, 2],
      ],
    );
  });

  it('knows which files are installed', async () => {
    const placement = await target().place(single, nobody);
    fill(single, placement);
    assert.equal(await target().isInstalled(placement.paths[0]!, placement), false);
    await finish(target(), single, placement);
    assert.equal(await target().isInstalled(placement.paths[0]!, placement), true);
    assert.equal(await target().isInstalled(join(placement.folder, 'x.gguf'), placement), false);
  });

  it('vouches for files as they were verified, whatever became of them since', async () => {
    const placement = await target().place(single, nobody);
    fill(single, placement);
    await target().finish(single, placement, [1234]);
    const receipt = await readReceipt(placement.folder);
    assert.equal(receipt?.variants[0]?.files[0]?.modifiedAt, 1234);
  });

  it('has no receipt through a link that leads out of it', async () => {
    const outside = join(folder(), '..', `${sha256(Buffer.from(folder())).slice(0, 8)}-mine.json`);
    const placement = await target().place(single, nobody);
    fill(single, placement);
    symlinkSync(outside, join(placement.folder, RECEIPT_FILE));
    await assert.rejects(finish(target(), single, placement), { kind: 'folder' });
    assert.ok(!existsSync(outside));
  });

  it('may replace what its receipt lists, and nothing else', async () => {
    const placement = await install(target(), single);
    assert.equal(await target().mayReplace(placement.paths[0]!, placement), true);
    assert.equal(await target().mayReplace(join(placement.folder, 'x.gguf'), placement), false);
  });

  for (const path of ['../../x.gguf', '/etc/passwd', RECEIPT_FILE, `${'x'.repeat(300)}.gguf`]) {
    it(`takes no file called ${path.slice(0, 20)}`, async () => {
      const plan = planOf([planned(path, weights)]);
      await assert.rejects(target().place(plan, nobody), { kind: 'badName' });
      assert.ok(!existsSync(join(folder(), 'janhq')));
    });
  }

  it('takes no model whose name leads elsewhere', async () => {
    const plan = { ...single, model: '../elsewhere' };
    await assert.rejects(target().place(plan, nobody), { kind: 'badName' });
  });

  it('leaves the folder of another model alone', async () => {
    const { folder: shown } = await install(target(), single);
    const text = readFileSync(join(shown, RECEIPT_FILE), 'utf8');
    writeFileSync(join(shown, RECEIPT_FILE), text.replace(MODEL, 'janhq/another'));
    await assert.rejects(target().place(single, nobody), { kind: 'folder' });
  });

  for (const text of ['', '{', '[]', '{"version":2,"model":"a/b","variants":[]}']) {
    it(`says what to do about a receipt that makes no sense: ${text}`, async () => {
      const shown = join(folder(), ...MODEL.split('/'));
      mkdirSync(shown, { recursive: true });
      writeFileSync(join(shown, RECEIPT_FILE), text);
      await assert.rejects(target().place(single, nobody), (error: Error) => {
        assert.match(error.message, /Update Model Hub, or delete that file/);
        return true;
      });
      assert.equal(readFileSync(join(shown, RECEIPT_FILE), 'utf8'), text);
    });
  }
});

describe('The folder of Jan', () => {
  const folder = useTemporaryFolder();
  const target = (): JanTarget => new JanTarget(() => Promise.resolve(folder()));
  const modelsIn = (...id: string[]): string => join(folder(), 'llamacpp', 'models', ...id);

  it('holds a model as Jan describes it, its description last', async () => {
    const placement = await target().place(withProjector, nobody);
    assert.equal(placement.folder, modelsIn('janhq', 'm-Q4_0'));
    fill(withProjector, placement);
    assert.ok(!existsSync(join(placement.folder, 'model.yml')));
    assert.equal(await target().isInstalled(placement.paths[0]!, placement), false);
    await finish(target(), withProjector, placement);
    assert.deepEqual(parse(readFileSync(join(placement.folder, 'model.yml'), 'utf8')), {
      name: 'janhq/m-Q4_0',
      size_bytes: 5_300,
      model_path: 'llamacpp/models/janhq/m-Q4_0/model.gguf',
      model_size_bytes: 5_000,
      model_sha256: sha256(weights),
      mmproj_path: 'llamacpp/models/janhq/m-Q4_0/mmproj.gguf',
      mmproj_size_bytes: 300,
      mmproj_sha256: sha256(projector),
    });
    assert.equal(await target().isInstalled(placement.paths[0]!, placement), true);
    assert.equal((await readReceipt(placement.folder))?.variants[0]?.revision, REVISION);
  });

  it('is not described through a link that leads out of it', async () => {
    const outside = join(folder(), 'mine.yml');
    const placement = await target().place(single, nobody);
    fill(single, placement);
    symlinkSync(outside, join(placement.folder, 'model.yml'));
    await assert.rejects(finish(target(), single, placement), { kind: 'folder' });
    assert.ok(!existsSync(outside));
  });

  it('gives an id that Jan takes, whatever the file is called', async () => {
    const plan = planOf([planned('x.gguf', weights)], { variant: 'sub/Qwen2.5 模 (x)-Q4_0' });
    const { folder: shown } = await target().place(plan, nobody);
    assert.equal(shown, modelsIn('janhq', 'Qwen2_5x-Q4_0'));
  });

  it('takes the folder of the same variant again, and never that of another', async () => {
    const first = await install(target(), single);
    const again = await target().place({ ...single, revision: OTHER_REVISION }, nobody);
    assert.equal(again.folder, first.folder);
    const namesake = { ...single, model: 'janhq/Other' };
    const second = await install(target(), namesake);
    assert.equal(second.folder, modelsIn('janhq', 'Other-m-Q4_0'));
    const third = await target().place({ ...single, model: 'janhq/Other.' }, nobody);
    assert.notEqual(third.folder, second.folder);
  });

  it('leaves alone what Jan or the user has put there, and what others are about to', async () => {
    mkdirSync(modelsIn('janhq', 'm-Q4_0'), { recursive: true });
    writeFileSync(join(modelsIn('janhq', 'm-Q4_0'), 'model.yml'), 'name: mine');
    const second = modelsIn('janhq', 'Jan-v1-4B-GGUF-m-Q4_0');
    assert.equal((await target().place(single, nobody)).folder, second);
    const third = await target().place(single, new Set([second]));
    assert.equal(third.folder, `${second}-2`);
  });

  for (const [what, plan] of [
    ['split files', split],
    ['other weights than GGUF', safetensors],
  ] as const) {
    it(`takes no ${what}, and says so`, async () => {
      await assert.rejects(target().place(plan, nobody), (error: Error) => {
        assert.match(error.message, /one GGUF file.*Choose another/);
        return true;
      });
    });
  }

  it('has to be there', async () => {
    const absent = new JanTarget(() => Promise.resolve(undefined));
    await assert.rejects(absent.place(single, nobody), { kind: 'folder' });
  });
});

describe('The Hugging Face cache', () => {
  const folder = useTemporaryFolder();
  const target = (): InstallTarget => new HuggingFaceCacheTarget(() => folder());
  const repository = (): string => join(folder(), 'models--janhq--Jan-v1-4B-GGUF');

  it('holds bytes by their digest, links by their names, and the commit of main', async () => {
    const plan = planOf([...split.files, planned('config.json', config, 'git', 'companion')]);
    const { paths, folder: shown } = await install(target(), plan);
    assert.equal(shown, repository());
    assert.equal(paths[0], join(shown, 'blobs', sha256(weights)));
    assert.equal(paths[2], join(shown, 'blobs', gitBlob(config)));
    const snapshot = join(shown, 'snapshots', REVISION);
    const name = join(snapshot, 'Q8', 'm-00001-of-00002.gguf');
    assert.equal(readlinkSync(name), join('..', '..', '..', 'blobs', sha256(weights)));
    assertBytes(readFileSync(name), weights);
    assertBytes(readFileSync(join(snapshot, 'config.json')), config);
    assert.equal(readFileSync(join(shown, 'refs', 'main'), 'utf8'), REVISION);
  });

  it('can be told of the same files again, and of a newer commit', async () => {
    const placement = await install(target(), single);
    await finish(target(), single, placement);
    await install(target(), { ...single, revision: OTHER_REVISION });
    assert.equal(readFileSync(join(repository(), 'refs', 'main'), 'utf8'), OTHER_REVISION);
    for (const revision of [REVISION, OTHER_REVISION]) {
      const name = join(repository(), 'snapshots', revision, 'm-Q4_0.gguf');
      assertBytes(readFileSync(name), weights);
    }
  });

  it('leaves the commit of main where its snapshot has more than this', async () => {
    const plan = planOf([...single.files, planned('config.json', config, 'git', 'companion')]);
    await install(target(), plan);
    await install(target(), { ...single, revision: OTHER_REVISION });
    assert.equal(readFileSync(join(repository(), 'refs', 'main'), 'utf8'), REVISION);
    assert.ok(existsSync(join(repository(), 'snapshots', OTHER_REVISION, 'm-Q4_0.gguf')));
  });

  it('writes no commit of main through a link', async () => {
    const outside = join(folder(), 'mine');
    mkdirSync(join(repository(), 'refs'), { recursive: true });
    symlinkSync(outside, join(repository(), 'refs', 'main'));
    await assert.rejects(install(target(), single), { kind: 'folder' });
    assert.ok(!existsSync(outside));
  });

  it('has names without links where the system makes none', async () => {
    const refuse = () => Promise.reject(Object.assign(new Error('no'), { code: 'EPERM' }));
    const linkless = new HuggingFaceCacheTarget(() => folder(), refuse);
    const placement = await install(linkless, single);
    await finish(linkless, single, placement);
    const name = join(repository(), 'snapshots', REVISION, 'm-Q4_0.gguf');
    assert.ok(!lstatSync(name).isSymbolicLink());
    assertBytes(readFileSync(name), weights);
    assert.equal(await linkless.isInstalled(placement.paths[0]!, placement), true);
  });

  it('knows which bytes have a name', async () => {
    const placement = await target().place(single, nobody);
    fill(single, placement);
    assert.equal(await target().isInstalled(placement.paths[0]!, placement), false);
    await finish(target(), single, placement);
    assert.equal(await target().isInstalled(placement.paths[0]!, placement), true);
  });

  it('takes no names that lead out of it', async () => {
    const plan = planOf([planned('../../../x.gguf', weights)]);
    await assert.rejects(target().place(plan, nobody), { kind: 'badName' });
  });

  it('is not left through a link in its snapshots', async () => {
    const outside = join(folder(), '..', `${sha256(Buffer.from(folder())).slice(0, 8)}-outside`);
    mkdirSync(join(repository(), 'snapshots'), { recursive: true });
    symlinkSync(outside, join(repository(), 'snapshots', REVISION));
    await assert.rejects(target().place(single, nobody), { kind: 'folder' });
    assert.ok(!existsSync(outside));
  });
});
