import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { FileSource } from '../../../../src/download/file/fileDownload.ts';
import { partialBytes } from '../../../../src/download/file/fileDownload.ts';
import type { PlannedFile } from '../../../../src/download/model.ts';
import { HubControl } from '../../../support/hubControl.ts';
import { useSharedHub } from '../../support/useHub.ts';
import { digestOf, failsWith, MODEL, useFileRig } from './rig.ts';

const MIB = 1024 * 1024;
const PATH = 'quants/big file.gguf';

interface TreeEntry {
  readonly path: string;
  readonly size: number;
  readonly oid: string;
  readonly lfs?: { readonly oid: string; readonly size: number };
}

describe('A file from the Hub', () => {
  const hub = useSharedHub({ models: 20 });
  const rig = useFileRig();
  let source: FileSource;
  let files: Map<string, PlannedFile>;

  before(async () => {
    await new HubControl(hub().url).addFiles(MODEL, [{ path: PATH, size: 20 * MIB + 7 }]);
    const json = async <T>(path: string): Promise<T> =>
      (await (await fetch(new URL(path, hub().url))).json()) as T;
    const { sha } = await json<{ sha: string }>(`/api/models/${MODEL}`);
    const tree = await json<TreeEntry[]>(`/api/models/${MODEL}/tree/${sha}?recursive=true`);
    source = { endpoint: new URL(hub().url), model: MODEL, revision: sha };
    files = new Map(
      tree.map(({ path, size, oid, lfs }) => [
        path,
        {
          ...{ path, size, role: 'weights' },
          digest: lfs ? { algorithm: 'sha256', hex: lfs.oid } : { algorithm: 'git', hex: oid },
        },
      ]),
    );
  });

  function plan(path: string): PlannedFile {
    const file = files.get(path);
    assert.ok(file, path);
    return file;
  }

  it('counts as one download, however many ranges are fetched', async () => {
    const file = plan(PATH);
    const { download, target } = rig();
    await download(hub().url, file, { source });
    assert.equal(digestOf(readFileSync(target)).hex, file.digest.hex);
    const { routes, countedDownloads } = hub().stats();
    assert.equal(routes['resolve']?.requests, 1);
    assert.deepEqual(countedDownloads, { [MODEL]: 1 });
    assert.ok((routes['cdn']?.requests ?? 0) >= 2);
  });

  it('may be one that is kept in git', async () => {
    const file = plan('README.md');
    assert.equal(file.digest.algorithm, 'git');
    const { download, target } = rig();
    await download(hub().url, file, { source });
    assert.equal(digestOf(readFileSync(target), 'git').hex, file.digest.hex);
  });

  it('is another one if the plan says so: not a byte of it is fetched', async () => {
    const { download } = rig();
    const file = plan(PATH);
    await failsWith(download(hub().url, { ...file, size: file.size - 1 }, { source }), 'changed');
    const digest = { algorithm: 'sha256', hex: 'ab'.repeat(32) } as const;
    await failsWith(download(hub().url, { ...file, digest }, { source }), 'changed');
    assert.equal(hub().stats().routes['cdn'], undefined);
  });

  it('that only some may have comes once a token was added, from where it was', async () => {
    const file = plan(PATH);
    const tokens = new Map<string, string>();
    const own = {
      tokenFor: (origin: string) => tokens.get(origin),
      tokenCommand: () => 'Set Token',
    };
    const abort = new AbortController();
    let taken = 0;
    const flow = {
      connections: () => 1,
      take: (bytes: number) => {
        if ((taken += bytes) > 5 * MIB) abort.abort();
        return undefined;
      },
    };
    const stopped = rig().download(hub().url, file, { source, flow, signal: abort.signal });
    await failsWith(stopped, 'cancelled');
    hub().setFaults({ repositories: { [MODEL]: { gated: 'manual' } } });
    const refused = rig();
    await failsWith(
      refused.download(hub().url, file, { source }, own),
      'unauthorised',
      /Set one with "Set Token"/,
    );
    const left = await partialBytes(refused.target);
    assert.ok(left > 0);

    tokens.set(new URL(hub().url).origin, 'hf_granted');
    hub().resetStats();
    await rig().download(hub().url, file, { source }, own);
    assert.equal(digestOf(readFileSync(refused.target)).hex, file.digest.hex);
    const { bytesOut = 0 } = hub().stats().routes['cdn'] ?? {};
    assert.ok(bytesOut < file.size - left + MIB, `${bytesOut} bytes, ${left} were there`);
  });

  it('goes on over answers that are short, long, empty, wrong or break off', async () => {
    const faults = [{ short: true }, { longer: true }, { zeroRange: true }, { wrongRange: true }];
    for (const fault of faults) {
      hub().setFaults({ rules: [{ match: 'cdn', ...fault }] });
      const { download } = rig();
      const failed = download(hub().url, plan(PATH), { source }).then(
        () => 'installed',
        (error: unknown) => (error as { kind: string }).kind,
      );
      const outcome = await failed;
      assert.ok(['installed', 'offline', 'badAnswer'].includes(outcome), outcome);
      hub().setFaults({});
      const again = rig();
      await again.download(hub().url, plan(PATH), { source });
      assert.equal(digestOf(readFileSync(again.target)).hex, plan(PATH).digest.hex);
    }
  });

  it('with a byte flipped on the way is never installed', async () => {
    hub().setFaults({ rules: [{ match: 'cdn', corrupt: 5_000_000 }] });
    await failsWith(rig().download(hub().url, plan(PATH), { source }), 'mismatch');
  });
});
