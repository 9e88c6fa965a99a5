import assert from 'node:assert/strict';
import type { Circumstances } from '../../../src/local/localApi.ts';
import { DownloadError } from '../../../src/download/errors.ts';
import type { DownloadPlan } from '../../../src/download/model.ts';
import type { Model } from '../../../src/sync/model.ts';
import { withoutUndefined } from '../../../src/sync/withoutUndefined.ts';
import { DownloadRefused, Downloader } from '../../../src/views/downloads/downloader.ts';
import type { DownloaderOptions, Wanted } from '../../../src/views/downloads/downloader.ts';
import { EntryWork } from '../../../src/views/installed/entryWork.ts';
import { LocalMachine } from '../../../src/views/installed/localMachine.ts';
import { OLDER } from '../details/localSamples.ts';
import { jan, plainWording, SHA } from '../details/samples.ts';
import { collectingLogger } from '../support/collectingLogger.ts';
import { FakeClock } from '../support/fakeClock.ts';
import { exact, file } from '../support/rows.ts';
import { until } from '../support/until.ts';
import { download, entry, localFile, snapshot } from './installedSamples.ts';

/** A thread of this machine that notes what it is asked. */
class FakeClient {
  launched = 0;
  failure: Error | undefined;
  readonly told: Circumstances[] = [];
  readonly launch = (): Promise<void> => {
    this.launched++;
    return this.failure === undefined ? Promise.resolve() : Promise.reject(this.failure);
  };
  readonly downloads = () => Promise.resolve([download()]);
  readonly installed = () => Promise.resolve(snapshot([entry()]));
  readonly circumstances = (now: Circumstances): Promise<void> => {
    this.told.push(now);
    return Promise.resolve();
  };
  readonly catalogueChanged = () => Promise.resolve();
  readonly networkChanged = () => Promise.resolve();
}

describe('What a window knows of this machine', () => {
  let client: FakeClient;
  let clock: FakeClock;
  let unfinished: boolean;
  let asked: number;
  let machine: LocalMachine;
  let signals: { focused: boolean; active: boolean; fire: () => void };
  const logger = collectingLogger();

  beforeEach(() => {
    client = new FakeClient();
    clock = new FakeClock();
    unfinished = false;
    asked = 0;
    signals = { focused: true, active: true, fire: () => undefined };
    machine = new LocalMachine({
      client,
      clock,
      logger,
      hasUnfinished: () => {
        asked++;
        return unfinished;
      },
      syncing: () => false,
      signals: {
        get focused() {
          return signals.focused;
        },
        get active() {
          return signals.active;
        },
        onDidChange: (listener) => {
          signals.fire = listener;
          return { dispose: () => undefined };
        },
      },
    });
  });

  afterEach(() => machine.dispose());

  it('is nothing, and costs no thread, until somebody looks', () => {
    clock.advance(60 * 60_000);
    assert.equal(client.launched, 0);
    assert.deepEqual([machine.downloads, machine.installed], [[], undefined]);
  });

  it('is found out when the view is shown, once', async () => {
    let changes = 0;
    machine.onDidChange(() => changes++);
    machine.setVisible(true);
    machine.setVisible(true);
    await until(() => machine.installed !== undefined);
    await machine.look();
    assert.equal(client.launched, 1);
    assert.deepEqual([machine.downloads.length, changes], [1, 1]);
  });

  it('is found out a while after the start if downloads have to go on', async () => {
    unfinished = true;
    assert.equal(client.launched, 0);
    clock.advance(5_000);
    assert.equal(client.launched, 1);
    await until(() => machine.installed !== undefined);
  });

  it('is found out when another window begins a download, however late', async () => {
    clock.advance(60 * 60_000);
    unfinished = true;
    clock.advance(10_000);
    assert.equal(client.launched, 1);
    await until(() => machine.installed !== undefined);
    assert.equal(machine.downloads.length, 1);
  });

  it('is not looked for any more on the disk once the thread tells it', async () => {
    await machine.look();
    const before = asked;
    clock.advance(60 * 60_000);
    assert.deepEqual([asked - before, clock.timers], [0, 0]);
  });

  it('is looked for rarely, and not in the first seconds', () => {
    clock.advance(4_999);
    assert.equal(asked, 0);
    clock.advance(60_001);
    assert.equal(asked, 7);
  });

  it('is not tried again and again where it cannot be found out', async () => {
    unfinished = true;
    client.failure = new DownloadError('storage', 'The disk is gone.');
    clock.advance(5_000);
    await until(() => machine.problem !== undefined);
    clock.advance(60 * 60_000);
    assert.equal(client.launched, 1);
  });

  it('says why it is not known, and is found out when asked again', async () => {
    client.failure = new DownloadError('storage', 'The disk is gone.');
    await machine.look();
    assert.equal(machine.problem, 'The disk is gone.');
    client.failure = undefined;
    await machine.look();
    assert.equal(machine.problem, undefined);
    assert.equal(machine.installed?.entries.length, 1);
  });

  it('hears what the window does, and only what is new', () => {
    machine.setVisible(true);
    machine.tellCircumstances();
    signals.active = false;
    signals.fire();
    assert.deepEqual(client.told, [
      { idle: false, syncing: false, visible: true },
      { idle: true, syncing: false, visible: true },
    ]);
  });

  it('tells nobody any more once it is disposed of', () => {
    let changes = 0;
    machine.onDidChange(() => changes++);
    machine.dispose();
    machine.setDownloads([download()]);
    assert.deepEqual([changes, clock.timers], [0, 0]);
  });
});

describe('Work on what is installed', () => {
  const tiny = { key: 'k', name: 'Tiny' };

  it('is one thing at a time for each entry, and shown while it lasts', async () => {
    const seen: (string | undefined)[] = [];
    const work: EntryWork = new EntryWork(() => seen.push(work.doing.get('k')), plainWording);
    const { promise, resolve } = Promise.withResolvers<string>();
    const first = work.run(tiny, 'verifying', () => promise);
    await assert.rejects(
      work.run(tiny, 'deleting', () => assert.fail('it is being verified')),
      { kind: 'refused', message: 'Tiny is being verified. Try again when that is done.' },
    );
    assert.equal(
      await work.run({ ...tiny, key: 'other' }, 'starting', () => Promise.resolve('yes')),
      'yes',
    );
    resolve('intact');
    assert.equal(await first, 'intact');
    assert.deepEqual([seen[0], seen.at(-1)], ['verifying', undefined]);
  });

  it('is given up when the user says so, which is no failure', async () => {
    const work = new EntryWork(() => undefined, plainWording);
    const running = work.run(tiny, 'verifying', async (signal) => {
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    });
    work.cancel('k');
    assert.equal(await running, undefined);
    assert.equal(work.doing.size, 0);
  });

  it('passes failures on', async () => {
    const work = new EntryWork(() => undefined, plainWording);
    const broken = work.run(tiny, 'starting', () => Promise.reject(new Error('broken')));
    await assert.rejects(broken, /broken/);
    assert.equal(work.doing.size, 0);
  });
});

describe('A wish for a download', () => {
  const SHA256 = 'ab'.repeat(32);
  const tree = [
    { ...file('m-Q4_0.gguf', exact(100)), sha256: SHA256 },
    { ...file('mmproj-m.gguf', exact(10)), sha256: SHA256 },
  ];
  const wanted: Wanted = { model: jan.id, variant: 'm-Q4_0' };
  const queued: unknown[] = [];
  const asked: string[] = [];

  const downloader = (changes: Partial<DownloaderOptions> = {}): Downloader =>
    new Downloader({
      client: {
        download: (plan, target) => {
          queued.push([target, plan.revision, plan.files.map(({ path }) => path)]);
          return Promise.resolve(download());
        },
        pull: (runtime, plan) => {
          queued.push([runtime, plan.revision, plan.files.map(({ path }) => path)]);
          return Promise.resolve(download());
        },
        previewUpdate: ({ size, keepsPrevious }, target) => {
          queued.push([target, 'preview', keepsPrevious]);
          return Promise.resolve({ way: 'whole', bytes: size, size, sureness: 'exact' });
        },
      },
      model: () => ({ ...jan, sha: SHA, gated: false }),
      lookUp: () => assert.fail('there was nothing to look up'),
      files: (id, revision) => {
        asked.push(`${id}@${revision}`);
        return Promise.resolve(tree);
      },
      installed: () => undefined,
      target: () => 'folder',
      hasToken: () => false,
      askForProjector: () => Promise.resolve(true),
      wording: plainWording,
      ...changes,
    });

  beforeEach(() => {
    queued.length = 0;
    asked.length = 0;
  });

  it('is planned from the file tree of the published commit', async () => {
    await downloader().download(wanted);
    assert.deepEqual(asked, [`${jan.id}@${SHA}`]);
    assert.deepEqual(queued, [['folder', SHA, ['m-Q4_0.gguf', 'mmproj-m.gguf']]]);
  });

  it('is told of once it is queued, and not where it could not be', async () => {
    const told: string[] = [];
    const onDidQueue = (id: string): void => void told.push(id);
    const full = {
      download: () => Promise.reject(new Error('The disk is full.')),
      pull: () => assert.fail('no runtime was asked'),
      previewUpdate: () => assert.fail('nothing is updated'),
    };
    await assert.rejects(downloader({ client: full, onDidQueue }).download(wanted), /is full/);
    assert.deepEqual(told, []);
    await downloader({ onDidQueue }).download(wanted);
    assert.deepEqual(told, [jan.id]);
  });

  it('is for a shared cache only if it is known that everybody may have it', async () => {
    const isPublic = async (rights: Pick<Model, 'gated' | 'private'>): Promise<unknown> => {
      let plan: DownloadPlan | undefined;
      const client = {
        download: (given: DownloadPlan) => {
          plan = given;
          return Promise.resolve(download());
        },
        pull: () => assert.fail('no runtime was named'),
        previewUpdate: () => assert.fail('nobody asked'),
      };
      const { id, author, name, sources, published } = jan;
      const model = { id, author, name, sources, published, sha: SHA, ...rights };
      await downloader({ client, model: () => model, hasToken: () => true }).download(wanted);
      return plan?.isPublic;
    };
    assert.equal(await isPublic({ gated: false, private: false }), true);
    assert.equal(await isPublic({ gated: 'auto', private: false }), undefined);
    assert.equal(await isPublic({ gated: false, private: true }), undefined);
    assert.equal(await isPublic({ gated: false }), undefined);
    assert.equal(await isPublic({ private: false }), undefined);
  });

  it('tells what it would cost, which only a runtime that fetches by itself does not know', async () => {
    const { signal } = new AbortController();
    assert.deepEqual(await downloader().preview(wanted, signal), {
      ...{ way: 'whole', bytes: 110, size: 110, sureness: 'exact' },
    });
    const runtime = { ...wanted, to: { runtime: 'cortex' } };
    assert.equal(await downloader().preview(runtime, signal), undefined);
    assert.deepEqual(queued, [['folder', 'preview', undefined]]);
    const given = downloader({ files: () => new Promise(() => undefined) });
    await assert.rejects(given.preview(wanted, AbortSignal.abort()), { kind: 'cancelled' });
  });

  it('goes where the settings say, or where the user does', async () => {
    await downloader({ target: () => 'jan' }).download(wanted);
    await downloader().download({ ...wanted, to: { target: 'huggingFaceCache' } });
    await downloader().download({ ...wanted, to: { runtime: 'cortex' } });
    assert.deepEqual(
      queued.map((one) => (one as string[])[0]),
      ['jan', 'huggingFaceCache', 'cortex'],
    );
  });

  it('is dropped when the user turns away from the question for a projector', async () => {
    const answer = await downloader({
      askForProjector: () => Promise.resolve(undefined),
    }).download(wanted);
    assert.equal(answer, undefined);
    assert.deepEqual(queued, []);
  });

  it('asks for no projector where an installed revision tells', async () => {
    const askForProjector = () => assert.fail('there was nothing to ask');
    const older = (files: ReturnType<typeof localFile>[]) =>
      snapshot([entry({ from: { model: jan.id, variant: 'm-Q4_0' }, files })]);
    const weights = localFile('/m.gguf', 100);
    const projector = { ...localFile('/mmproj.gguf', 10), role: 'projector' as const };
    await downloader({ askForProjector, installed: () => older([weights]) }).download(wanted);
    await downloader({ askForProjector, installed: () => older([weights, projector]) }).download(
      wanted,
    );
    assert.deepEqual(
      queued.map((one) => (one as string[][])[2]?.length),
      [1, 2],
    );
  });

  it('is refused in words where a token is missing, and says that a token would help', async () => {
    const gated = downloader({ model: () => ({ ...jan, sha: SHA, gated: 'auto' }) });
    await assert.rejects(gated.download(wanted), (error) => {
      assert.ok(error instanceof DownloadRefused && error.needsToken);
      assert.match(error.message, /accept its terms/);
      return true;
    });
    assert.deepEqual(asked, [], 'nobody was asked for what is not for us');
  });

  describe('for a model whose commit no source tells', () => {
    const listed = withoutUndefined({ ...jan, sha: undefined, gated: undefined });
    const asking = (found: Model | undefined, hasToken = false): Downloader =>
      downloader({
        model: () => listed,
        lookUp: () => Promise.resolve(found),
        hasToken: () => hasToken,
      });
    const refused = (needsToken: boolean, words: RegExp) => (error: unknown) => {
      assert.ok(error instanceof DownloadRefused);
      assert.equal(error.needsToken, needsToken);
      assert.match(error.message, words);
      return true;
    };

    it('asks the Hub for the commit, and takes the files from it', async () => {
      await asking({ ...jan, sha: OLDER }).download(wanted);
      assert.deepEqual(asked, [`${jan.id}@${OLDER}`]);
      assert.deepEqual(queued, [['folder', OLDER, ['m-Q4_0.gguf', 'mmproj-m.gguf']]]);
    });

    it('is refused where the Hub shows no such model, with what would help', async () => {
      await assert.rejects(
        asking(undefined).download(wanted),
        refused(true, /without a token.*Set Hugging Face Token/),
      );
      await assert.rejects(asking(undefined, true).download(wanted), refused(false, /your token/));
    });

    it('is refused where the Hub says that it is gated, which the catalogue does not know', async () => {
      const gated = { ...jan, gated: 'auto' as const };
      await assert.rejects(asking(gated).download(wanted), refused(true, /accept its terms/));
      await asking(gated, true).download(wanted);
      assert.deepEqual(asked, [`${jan.id}@${SHA}`]);
    });
  });

  it('fails in the words of the plan', async () => {
    await assert.rejects(downloader().download({ ...wanted, variant: 'gone' }), /no variant gone/);
  });
});
