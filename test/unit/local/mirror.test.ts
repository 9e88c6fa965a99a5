import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { planDownload } from '../../../src/download/plan.ts';
import type { Mirror } from '../../hub/mirror.ts';
import { startMirror } from '../../hub/mirror.ts';
import { eventually } from '../../support/eventually.ts';
import { endpointsOf, useEngine } from '../support/useEngine.ts';
import { useHub } from '../support/useHub.ts';
import { MODEL, SOURCE, useLocal } from '../support/useLocal.ts';

const PREFIX = '/artifactory/api/huggingfaceml/models';
const TOKEN = 'of-the-mirror';
/** More than the Hub tells in one page of a tree. */
const MANY = 1_100;

describe('A mirror of the Hub below a path', function () {
  this.timeout(60_000);
  const hub = useHub({ models: 63 });
  const rig = useLocal(hub);
  const engineOf = useEngine(hub);
  let mirror: Mirror;

  beforeEach(async () => {
    mirror = await startMirror({ hub: hub().url, prefix: PREFIX, token: TOKEN });
  });
  afterEach(() => mirror.close());

  const tokens = () => ({ [new URL(mirror.url).origin]: TOKEN });
  const open = () =>
    engineOf({
      settings: {
        sources: [SOURCE],
        endpoints: { ...endpointsOf(hub()), huggingFace: mirror.url },
        tokens: tokens(),
      },
    });

  /** Fails unless everything went to the mirror, with its token. */
  function assertOnlyAsked(): void {
    assert.ok(mirror.requests.length > 0);
    for (const { method, path, authorization } of mirror.requests) {
      assert.ok(path.startsWith(`${PREFIX}/`), `${method} ${path}`);
      assert.equal(authorization, `Bearer ${TOKEN}`, `${method} ${path}`);
    }
  }

  it('is where a catalogue comes from, the same as from the Hub', async () => {
    const [direct, mirrored] = [rig().engine, open()];
    await direct.sync(SOURCE);
    const report = await mirrored.sync(SOURCE);
    assert.equal(report.error, undefined);
    assert.ok(mirrored.dump().length > 1_000);
    assert.equal(mirrored.dump(), direct.dump());
    assertOnlyAsked();
  });

  it('is where file trees of many pages, READMEs and commits come from', async () => {
    const files = Array.from({ length: MANY }, (_, index) => ({
      path: `parts/${index}.txt`,
      size: 20,
    }));
    await rig().commit(...files);
    const { engine, sync } = open();
    await sync(SOURCE);
    const revision = (await rig().catalogue.heads([MODEL]))[MODEL] ?? '';
    const { details } = await engine.details(MODEL, revision);
    assert.ok(details.files.length > MANY);
    assert.ok((details.readme?.length ?? 0) > 0, 'no README');
    assert.ok(mirror.requests.some(({ path }) => path.startsWith(`${PREFIX}/api/resolve-cache/`)));
    await engine.searchCommits(MODEL, ['ab'.repeat(32)], new AbortController().signal);
    assert.ok(mirror.requests.some(({ path }) => path.includes('/commits/')));
    assertOnlyAsked();
  });

  it('is where the bytes of files come from, whose redirects hear no token', async () => {
    await rig().commit({ path: 'tiny-Q4_0.gguf', size: 9_000_000 });
    const revision = (await rig().catalogue.heads([MODEL]))[MODEL] ?? '';
    const { value } = await open().engine.files(MODEL, revision);
    const plan = planDownload({
      ...{ model: MODEL, revision, variant: 'tiny-Q4_0', files: value.files, projector: false },
    });
    const local = rig().open({ huggingFace: mirror.url, tokens: tokens() });
    hub().resetStats();
    await local.download(plan, 'folder');
    await eventually(() => {
      const failed = rig()
        .downloads.at(-1)
        ?.find(({ state }) => state === 'failed');
      assert.equal(failed, undefined);
      return rig().finished.length > 0;
    });
    const bytes = readFileSync(rig().path('models', ...MODEL.split('/'), 'tiny-Q4_0.gguf'));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    assert.equal(sha256, plan.files[0]?.digest.hex);
    // The content network refuses whoever sends it a token.
    assert.ok((hub().stats().routes['cdn']?.bytesOut ?? 0) > bytes.length);
    assertOnlyAsked();
  });

  it('that refuses a token says so, and which command sets another', async () => {
    const other = engineOf({
      settings: {
        sources: [SOURCE],
        endpoints: { ...endpointsOf(hub()), huggingFace: mirror.url },
        tokens: { 'https://huggingface.co': 'of-the-hub' },
      },
    });
    const { error } = await other.sync(SOURCE);
    assert.equal(error?.kind, 'unauthorised');
    assert.match(error.message, /Model Hub: Set Hugging Face Token/);
    assert.ok(mirror.requests.every(({ authorization }) => authorization === undefined));
  });
});
