import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DownloadPlan, DownloadStatus, TargetKind } from '../../../src/download/model.ts';
import { readReceipt } from '../../../src/download/receipt.ts';
import { FolderTarget } from '../../../src/download/targets/folderTarget.ts';
import { JanTarget } from '../../../src/download/targets/janTarget.ts';
import { hasEnded } from '../../../src/sync/cache/owner.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { until } from '../support/until.ts';
import { useByteServer } from './byteServer.ts';
import { bytesOf, MODEL, planned, planOf } from './support.ts';
import { useWindows } from './windowRig.ts';

const SIZE = 2_000_000;
const NAMES = ['m-0.gguf', 'm-1.gguf', 'm-2.gguf'] as const;
const NEWER = 'd'.repeat(40);
const PROGRAM = fileURLToPath(new URL('windowProcess.ts', import.meta.url));

describe('An update of several files', function () {
  this.timeout(20_000);
  const folder = useTemporaryFolder();
  const server = useByteServer();
  const window = useWindows(() => ({ folder: folder(), endpoint: server().url }));
  const modelFolder = (): string => join(folder(), 'models', ...MODEL.split('/'));
  let processes: ChildProcess[];
  beforeEach(() => {
    processes = [];
  });
  afterEach(async () => {
    for (const one of processes) {
      if (one.exitCode !== null || one.signalCode !== null) continue;
      one.kill('SIGKILL');
      await once(one, 'exit');
    }
  });

  const publish = (edition: string, revision: string): DownloadPlan => {
    const files = NAMES.map((name) => {
      const bytes = bytesOf(`${edition} ${name}`, SIZE);
      server().files.set(name, bytes);
      return planned(name, bytes);
    });
    return planOf(files, { revision });
  };
  const assertEdition = (edition: string, names: readonly string[] = NAMES): void => {
    for (const name of names) {
      const found = readFileSync(join(modelFolder(), name));
      assert.ok(found.equals(bytesOf(`${edition} ${name}`, SIZE)), `${name} is not ${edition}`);
    }
  };
  const assertWhole = async (edition: string, revision: string): Promise<void> => {
    assertEdition(edition);
    assert.deepEqual(readdirSync(modelFolder()).sort(), ['.model-hub.json', ...NAMES]);
    assert.equal((await readReceipt(modelFolder()))?.variants[0]?.revision, revision);
  };
  const installOld = async (): Promise<void> => {
    const before = window();
    await before.reaches((await before.download(publish('old', 'c'.repeat(40)))).id, 'done');
    await before.close();
  };
  const isVerified = (name: string): boolean =>
    existsSync(join(modelFolder(), `${name}.partial.verified`));

  it('leaves the installed files alone until all are verified', async () => {
    await installOld();
    const one = window();
    server().allow(2 * SIZE + 500_000);
    const { id } = await one.download(publish('new', NEWER));
    await until(() => isVerified('m-1.gguf'));
    assertEdition('old');
    one.service.pause(id);
    await one.reaches(id, 'paused');
    assertEdition('old');
    assert.notEqual((await readReceipt(modelFolder()))?.variants[0]?.revision, NEWER);
    const sent = server().sentBytes;
    server().allow(Infinity);
    one.service.resume(id);
    await one.reaches(id, 'done');
    await assertWhole('new', NEWER);
    assert.ok(server().sentBytes - sent < SIZE + 100_000, 'what was verified is not fetched again');
  });

  it('leaves nothing but the installed files when it is cancelled', async () => {
    await installOld();
    const one = window();
    server().allow(SIZE + 500_000);
    const { id } = await one.download(publish('new', NEWER));
    await until(() => isVerified('m-0.gguf'));
    await one.service.cancel(id);
    await assertWhole('old', 'c'.repeat(40));
  });

  it('leaves the installed files alone when its process is killed', async () => {
    await installOld();
    const plan = publish('new', NEWER);
    server().allow(SIZE + 500_000);
    const child = fork(PROGRAM, [folder(), server().url, JSON.stringify(plan)], {
      stdio: 'inherit',
    });
    processes.push(child);
    let shown: DownloadStatus[] = [];
    child.on('message', (downloads) => (shown = downloads as DownloadStatus[]));
    await until(() => isVerified('m-0.gguf') && shown.length > 0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assertEdition('old');
    server().allow(Infinity);
    const after = window({ isDead: hasEnded });
    const [{ id } = { id: '' }] = after.service.list();
    await after.reaches(id, 'done');
    await assertWhole('new', NEWER);
  });

  it('is completed where it broke off between two files', async () => {
    await installOld();
    const one = window();
    server().allow(2 * SIZE + 500_000);
    const { id } = await one.download(publish('new', NEWER));
    await until(() => isVerified('m-1.gguf'));
    one.service.pause(id);
    await one.reaches(id, 'paused');
    const path = join(modelFolder(), 'm-0.gguf');
    renameSync(`${path}.partial.verified`, path);
    writeFileSync(`${path}.partial.journal`, 'left by what was killed');
    assert.notEqual((await readReceipt(modelFolder()))?.variants[0]?.revision, NEWER);
    const sent = server().sentBytes;
    server().allow(Infinity);
    one.service.resume(id);
    await one.reaches(id, 'done');
    await assertWhole('new', NEWER);
    assert.ok(server().sentBytes - sent < SIZE + 100_000, 'nothing is fetched again');
  });

  it('installs no bytes that were changed after they were verified', async () => {
    const one = window();
    server().allow(2 * SIZE + 500_000);
    const { id } = await one.download(publish('new', NEWER));
    await until(() => isVerified('m-1.gguf'));
    writeFileSync(join(modelFolder(), 'm-0.gguf.partial.verified'), bytesOf('damage', SIZE));
    server().allow(Infinity);
    await one.reaches(id, 'done');
    await assertWhole('new', NEWER);
  });

  it('replaces no file that somebody else has put there, unless it is the same', async () => {
    const one = window();
    mkdirSync(modelFolder(), { recursive: true });
    const path = join(modelFolder(), 'm-1.gguf');
    writeFileSync(path, 'mine');
    const plan = publish('new', NEWER);
    const { id } = await one.download(plan);
    const { failure } = await one.reaches(id, 'failed');
    assert.equal(failure?.kind, 'folder');
    assert.ok(failure.message.includes(path) && /Move it away/.test(failure.message));
    assert.equal(server().sentBytes, 0);
    await one.service.cancel(id);
    assert.deepEqual(readdirSync(modelFolder()), ['m-1.gguf']);
    assert.equal(readFileSync(path, 'utf8'), 'mine');
    writeFileSync(path, bytesOf('new m-1.gguf', SIZE));
    await one.reaches((await one.download(plan)).id, 'done');
    await assertWhole('new', NEWER);
    assert.equal(server().sent.get('m-1.gguf'), undefined);
  });

  it('replaces no file that somebody puts there while it runs', async () => {
    const one = window();
    server().allow(2 * SIZE + 500_000);
    const { id } = await one.download(publish('new', NEWER));
    await until(() => isVerified('m-1.gguf'));
    const path = join(modelFolder(), 'm-1.gguf');
    writeFileSync(path, 'mine');
    server().allow(Infinity);
    assert.equal((await one.reaches(id, 'failed')).failure?.kind, 'folder');
    assert.equal(readFileSync(path, 'utf8'), 'mine');
    assert.ok(!existsSync(join(modelFolder(), 'm-0.gguf')), 'nothing is in its place');
    await one.service.cancel(id);
    assert.deepEqual(readdirSync(modelFolder()), ['m-1.gguf']);
  });

  it('replaces weights and projector of a model of Jan together', async () => {
    const jan = join(folder(), 'jan');
    mkdirSync(jan);
    const targets = {
      jan: new JanTarget(() => Promise.resolve(jan)),
      folder: new FolderTarget(() => join(folder(), 'models')),
    };
    const one = window({
      target: (kind: TargetKind) => (kind === 'jan' ? targets.jan : targets.folder),
    });
    const edition = (name: string, revision: string): DownloadPlan => {
      const [weights, projector] = [bytesOf(`${name} w`, SIZE), bytesOf(`${name} p`, SIZE)];
      server().files.set('w.gguf', weights).set('p.gguf', projector);
      const files = [
        planned('w.gguf', weights),
        planned('p.gguf', projector, 'sha256', 'projector'),
      ];
      return planOf(files, { revision });
    };
    const first = await one.service.download(edition('old', 'c'.repeat(40)), 'jan');
    const shown = (await one.reaches(first.id, 'done')).folder ?? '';
    const holds = (name: string): boolean =>
      readFileSync(join(shown, 'model.gguf')).equals(bytesOf(`${name} w`, SIZE)) &&
      readFileSync(join(shown, 'mmproj.gguf')).equals(bytesOf(`${name} p`, SIZE));
    assert.ok(holds('old'));
    server().allow(SIZE + 500_000);
    const { id } = await one.service.download(edition('new', NEWER), 'jan');
    await until(() => existsSync(join(shown, 'model.gguf.partial.verified')));
    assert.ok(holds('old'));
    server().allow(Infinity);
    await one.reaches(id, 'done');
    assert.ok(holds('new'));
  });
});
