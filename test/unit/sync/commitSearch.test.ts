import assert from 'node:assert/strict';
import { MOST_COMMITS } from '../../../src/sync/commitSearch.ts';
import type { CommittedFile } from '../../hub/store.ts';
import { rejectsWith } from '../support/assertSyncError.ts';
import { until } from '../support/until.ts';
import type { Rig, RigOptions } from '../support/useEngine.ts';
import { useEngine } from '../support/useEngine.ts';
import { useHub } from '../support/useHub.ts';

const MODEL = 'janhq/Jan-v1-4B-GGUF';
const ONE = { path: 'one.gguf', size: 1_000 };
const TWO = { path: 'two.gguf', size: 2_000 };
const NOWHERE = 'f'.repeat(64);

describe('A file among the commits of its model', () => {
  const hub = useHub({ models: 40 });
  const engine = useEngine(hub);

  const open = (settings: RigOptions['settings'] = {}): Rig => engine({ settings });

  async function commit(...files: CommittedFile[]): Promise<string> {
    const body = JSON.stringify({ repository: MODEL, files });
    const answer = await fetch(`${hub().url}/__hub/commit`, { method: 'POST', body });
    return ((await answer.json()) as { sha: string }).sha;
  }

  /** What a file is, as the newest commit says. */
  async function digestOf({ path }: { readonly path: string }): Promise<string> {
    const address = `${hub().url}/api/models/${MODEL}/paths-info/main`;
    const body = JSON.stringify({ paths: [path] });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(address, { method: 'POST', body, headers });
    const [found] = (await answer.json()) as readonly { lfs: { oid: string } }[];
    return found!.lfs.oid;
  }

  /** Commits a file with bytes of its own. @returns the commit, and what its file is */
  async function publish(file: CommittedFile): Promise<{ sha: string; digest: string }> {
    const sha = await commit(file);
    return { sha, digest: await digestOf(file) };
  }

  const find = (rig: Rig, ...sha256: string[]) =>
    rig.engine.searchCommits(MODEL, sha256, new AbortController().signal);
  const asked = (route: string): number => hub().stats().routes[route]?.requests ?? 0;

  it('is found in the newest that has it, and no tree is read beyond that', async () => {
    await publish({ ...ONE, seed: 1 });
    const { digest } = await publish({ ...TWO, seed: 1 });
    const last = await commit({ ...ONE, seed: 2 });
    await commit({ ...TWO, seed: 2 });
    hub().resetStats();
    const rig = open();
    const origin = { sha256: digest, model: MODEL, revision: last, path: TWO.path };
    assert.deepEqual(await find(rig, digest), [origin]);
    assert.deepEqual([asked('commits'), asked('tree')], [1, 2]);
    assert.deepEqual(await rig.engine.origins([digest]), [origin], 'it is known from now on');
  });

  it('is looked for together with others of its model', async () => {
    const one = await publish({ ...ONE, seed: 1 });
    const two = await publish({ ...TWO, seed: 1 });
    await commit({ ...ONE, seed: 2 });
    await commit({ ...TWO, seed: 2 });
    hub().resetStats();
    const found = await find(open(), one.digest, NOWHERE, two.digest);
    const revisions = new Map(found.map(({ sha256, revision }) => [sha256, revision]));
    assert.deepEqual([...revisions.keys()].sort(), [one.digest, two.digest].sort());
    assert.equal(revisions.get(one.digest), two.sha, 'the newest that has it');
    assert.equal(asked('commits'), 1);
  });

  it('is not found before the last twenty, nor where the history is gone', async () => {
    const { digest } = await publish({ ...ONE, seed: 1 });
    for (let seed = 2; seed < 2 + MOST_COMMITS; seed++) await commit({ ...ONE, seed });
    hub().resetStats();
    const rig = open();
    assert.deepEqual(await find(rig, digest), []);
    assert.deepEqual([asked('commits'), asked('tree')], [1, MOST_COMMITS]);
    assert.deepEqual(await find(rig, digest), []);
    assert.deepEqual([asked('commits'), asked('tree')], [2, MOST_COMMITS], 'trees are kept');
    hub().setFaults({ repositories: { [MODEL]: { squashed: true } } });
    assert.deepEqual(await find(rig, digest), []);
  });

  it('is not looked for with what the quota keeps for the user', async () => {
    const { digest } = await publish({ ...ONE, seed: 1 });
    for (let seed = 2; seed < 12; seed++) await commit({ ...ONE, seed });
    hub().setFaults({ quota: { api: 10, resolvers: 10, windowSeconds: 300 } });
    hub().resetStats();
    const rig = open();
    for (let times = 0; times < 2; times++) {
      await rejectsWith(find(rig, digest), 'rateLimited', /Half/);
      assert.deepEqual([asked('commits'), asked('tree')], [1, 4]);
    }
  });

  it("is not looked for once the day's bytes are used up, which it counts in", async () => {
    const { digest } = await publish({ ...ONE, seed: 1 });
    await commit({ ...ONE, seed: 2 });
    hub().resetStats();
    const rig = open({ backgroundBytesPerDay: 10 });
    await rejectsWith(find(rig, digest), 'rateLimited', /tomorrow/);
    assert.deepEqual([asked('commits'), asked('tree')], [1, 0]);
    assert.equal(rig.engine.allowances().backgroundBytesLeft, 0);
  });

  it('is looked for again after a failure', async () => {
    const { sha, digest } = await publish({ ...ONE, seed: 1 });
    await commit({ ...ONE, seed: 2 });
    const rig = open();
    hub().setFaults({ rules: [{ match: 'tree', status: 503 }] });
    await rejectsWith(find(rig, digest), 'server');
    hub().setFaults({});
    assert.equal((await find(rig, digest))[0]?.revision, sha);
  });

  it('is no longer looked for when the caller has left', async () => {
    const { digest } = await publish({ ...ONE, seed: 1 });
    for (const match of ['commits', 'tree']) {
      hub().resetStats();
      hub().setFaults({ rules: [{ match, latencyMs: 60_000 }] });
      const leaving = new AbortController();
      const rig = open();
      const search = rig.engine.searchCommits(MODEL, [digest], leaving.signal);
      await until(() => asked(match) === 1);
      leaving.abort();
      await rejectsWith(search, 'cancelled');
    }
  });
});
