import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { RuntimeError } from '../../../../src/runtime/errors.ts';
import { isJanId, janIdOf } from '../../../../src/jan/janId.ts';
import { janDeepLink } from '../../../../src/runtime/jan/janLink.ts';
import { JanRuntime } from '../../../../src/runtime/jan/janRuntime.ts';
import type { AdoptedModel, LocalFile } from '../../../../src/runtime/runtime.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { useSession } from '../../support/useSession.ts';
import { entryIn, idsIn, machineIn, never, writeFiles } from './diskRig.ts';

/** A disk in memory beside that of temporary files, where the system has one. */
const OTHER_DISK = '/dev/shm';

describe('The ids of Jan', () => {
  it('are names of files, below an author', () => {
    assert.equal(janIdOf('Qwen2.5-Coder-14B-IQ4_XS.gguf'), 'Qwen2_5-Coder-14B-IQ4_XS');
    assert.equal(janIdOf('a b&c', 'ac.me'), 'ac_me/abc');
    assert.equal(janIdOf('模型'), undefined);
  });

  it('lead nowhere else', () => {
    for (const id of ['', '/', 'a//b', '../a', 'a/..', './a', '/a', 'a/', 'a b', 'a\\b', 'ä']) {
      assert.equal(isJanId(id), false, id);
    }
    for (const id of ['a', 'a/b/c', 'A_1.2-x', '...']) assert.equal(isJanId(id), true, id);
  });

  it('mean nothing to a shell', () => {
    for (const id of ['a;b', '$(a)', 'a`b`', 'a|b', 'a&b', 'a\nb', 'a>b', '"a"', "'a'", 'a%b%']) {
      assert.equal(isJanId(id), false, id);
    }
  });

  it('are not what a link to a page of Jan needs', () => {
    assert.equal(janDeepLink('acme/Small-GGUF'), 'jan://models/huggingface/acme/Small-GGUF');
  });
});

describe('What Jan takes over', () => {
  const home = useTemporaryFolder();
  const session = useSession();
  const data = (): string => join(home(), '.local/share/Jan/data');
  const models = (): string => join(data(), 'llamacpp/models');
  beforeEach(() => writeFiles(data(), { 'threads/x.json': 1 }));

  const jan = (): JanRuntime =>
    new JanRuntime({
      machine: machineIn(home()),
      session,
      address: new URL('http://127.0.0.1:1/'),
      clock: new FakeClock(),
      logger: collectingLogger(),
    });
  const adopt = (model: AdoptedModel, signal = never): Promise<string> =>
    jan().actions.adopt!(model, signal);

  function file(path: string, size: number, role: LocalFile['role'] = 'weights'): LocalFile {
    writeFiles('/', { [path]: size });
    return { path, size, role, modifiedAt: 0, inode: path };
  }
  function small(other: Partial<AdoptedModel> = {}): AdoptedModel {
    const files = [file(join(home(), 'mine/Small.v1-Q4_0.gguf'), 10)];
    const origin = { model: 'acme/Small-GGUF', variant: 'Small.v1-Q4_0' };
    return { name: 'Small.v1-Q4_0', origin, files, ...other };
  }
  const description = (id: string): unknown =>
    parse(readFileSync(join(models(), id, 'model.yml'), 'utf8'));

  it('is listed by Jan and takes no room', async () => {
    const projector = file(join(home(), 'mine/mmproj.gguf'), 3, 'projector');
    const [weights] = small().files;
    const sha256 = 'a'.repeat(64);
    const id = await adopt(small({ files: [{ ...weights!, sha256 }, projector] }));
    assert.equal(id, 'acme/Small_v1-Q4_0');
    assert.deepEqual(description(id), {
      model_path: `llamacpp/models/${id}/model.gguf`,
      mmproj_path: `llamacpp/models/${id}/mmproj.gguf`,
      name: 'Small.v1-Q4_0',
      size_bytes: 13,
      model_sha256: sha256,
      model_size_bytes: 10,
      mmproj_size_bytes: 3,
    });
    assert.equal(statSync(join(models(), id, 'model.gguf')).ino, statSync(weights!.path).ino);
    const listing = await jan().list(never);
    const entry = entryIn(listing, id);
    assert.equal(entry.problem, undefined);
    assert.equal(entry.files[0]?.sha256, sha256);
    assert.deepEqual(readdirSync(join(models(), id)).sort(), [
      'mmproj.gguf',
      'model.gguf',
      'model.yml',
    ]);
  });

  it('is taken over once', async () => {
    const id = await adopt(small());
    assert.equal(await adopt(small()), id);
    assert.deepEqual(idsIn(await jan().list(never)), [id]);
  });

  it('is a link to the bytes, not to a link', async () => {
    const real = file(join(home(), 'blobs/abc'), 10);
    const link = join(home(), 'snapshot.gguf');
    symlinkSync(real.path, link);
    const id = await adopt(small({ files: [{ ...real, path: link }] }));
    rmSync(link);
    assert.equal(statSync(join(models(), id, 'model.gguf')).ino, statSync(real.path).ino);
  });

  it('never takes the place of another model', async () => {
    const folder = 'acme/Small_v1-Q4_0';
    const text = stringify({ model_path: `llamacpp/models/${folder}/model.gguf`, name: 'Theirs' });
    writeFiles(models(), { [`${folder}/model.yml`]: text, [`${folder}/model.gguf`]: 99 });
    await assert.rejects(adopt(small()), (error) => RuntimeError.is(error, 'refused'));
    assert.equal(statSync(join(models(), folder, 'model.gguf')).size, 99);
    assert.equal(readFileSync(join(models(), folder, 'model.yml'), 'utf8'), text);
  });

  it('never takes the place of a model that is broken, being fetched, or around it', async () => {
    const occupied = [
      'acme/Small_v1-Q4_0/model.yml',
      'acme/Small_v1-Q4_0/model.gguf.tmp',
      'acme/model.yml',
      'acme/Small_v1-Q4_0/below/model.yml',
    ];
    for (const path of occupied) {
      rmSync(models(), { recursive: true, force: true });
      writeFiles(models(), { [path]: '{' });
      await assert.rejects(adopt(small()), (error) => RuntimeError.is(error, 'refused'), path);
      assert.equal(existsSync(join(models(), 'acme/Small_v1-Q4_0/model.gguf')), false);
    }
  });

  it('may have been taken over under another name of the same bytes', async () => {
    const sha256 = 'a'.repeat(64);
    const folder = 'acme/Small_v1-Q4_0';
    const path = `llamacpp/models/${folder}/model.gguf`;
    const text = stringify({ model_path: path, model_sha256: sha256 });
    writeFiles(models(), { [`${folder}/model.yml`]: text, [`${folder}/model.gguf`]: 10 });
    const [weights] = small().files;
    assert.equal(await adopt(small({ files: [{ ...weights!, sha256 }] })), folder);
  });

  it('stays where it is if it is split', async () => {
    const path = join(home(), 'mine/Big-00001-of-00002.gguf');
    const files = [file(path, 10)];
    const id = await adopt({ name: 'Big', origin: {}, files });
    assert.equal(id, 'Big');
    assert.deepEqual(description(id), { model_path: path, name: 'Big', size_bytes: 10 });
  });

  it('is refused where Jan cannot use it', async () => {
    const unfit: AdoptedModel[] = [
      small({ files: [] }),
      small({ files: [file(join(home(), 'model.safetensors'), 1)] }),
      { name: '模型', origin: {}, files: [file(join(home(), '模型.gguf'), 1)] },
    ];
    for (const model of unfit) {
      await assert.rejects(adopt(model), (error) => RuntimeError.is(error, 'doesNotFit'));
    }
    assert.equal(existsSync(models()), false);
  });

  it('is named by its author where its own name is of no use', async () => {
    const files = [file(join(home(), 'x.gguf'), 1)];
    assert.equal(await adopt({ name: '模型', origin: { model: 'acme/M' }, files }), 'acme/x');
  });

  it('leaves nothing behind where it fails', async () => {
    const [weights] = small().files;
    const projector = { ...weights!, role: 'projector', path: join(home(), 'gone.gguf') } as const;
    await assert.rejects(adopt(small({ files: [weights!, projector] })), (error) =>
      RuntimeError.is(error, 'disk'),
    );
    await assert.rejects(adopt(small(), AbortSignal.abort()), (error) =>
      RuntimeError.is(error, 'cancelled'),
    );
    assert.deepEqual(existsSync(models()) ? readdirSync(models()) : [], []);
  });

  it('leaves nothing behind when it is given up half-way', async () => {
    const projector = file(join(home(), 'mine/mmproj.gguf'), 3, 'projector');
    const first = join(models(), 'acme/Small_v1-Q4_0/model.gguf');
    // Aborted from the moment when the first file is there.
    const signal = Object.defineProperty(new AbortController().signal, 'aborted', {
      get: () => existsSync(first),
    });
    await assert.rejects(adopt(small({ files: [...small().files, projector] }), signal), (error) =>
      RuntimeError.is(error, 'cancelled'),
    );
    assert.deepEqual(readdirSync(models()), []);
  });

  it('waits for Jan to be there', async () => {
    rmSync(data(), { recursive: true });
    await assert.rejects(adopt(small()), (error) => RuntimeError.is(error, 'notFound'));
  });

  if (isOtherDisk()) {
    it('stays where it is if that is another disk', async () => {
      const other = mkdtempSync(join(OTHER_DISK, 'model-hub-test-'));
      try {
        const path = join(other, 'Far-Q4_0.gguf');
        const id = await adopt({ name: 'Far-Q4_0', origin: {}, files: [file(path, 10)] });
        const { model_path: modelPath } = description(id) as { model_path: string };
        assert.equal(modelPath, path);
        assert.deepEqual(readdirSync(join(models(), id)), ['model.yml']);
        assert.equal(entryIn(await jan().list(never), id).problem, undefined);
      } finally {
        rmSync(other, { recursive: true });
      }
    });
  }
});

function isOtherDisk(): boolean {
  return existsSync(OTHER_DISK) && statSync(OTHER_DISK).dev !== statSync(tmpdir()).dev;
}
