import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { useLocalServer } from '../support/localServer.ts';
import { runSync } from '../support/runSync.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import { sourcesOf } from '../support/useEngine.ts';
import { parseDump, useSharedHub } from '../support/useHub.ts';

describe('The command sync', function () {
  // Each is a process or two.
  this.timeout(20_000);
  const hub = useSharedHub({ models: 70 });
  const other = useLocalServer();
  const folder = useTemporaryFolder();
  const storage = (): string => join(folder(), 'new', 'storage');
  const sync = (...args: string[]) => runSync('--storage', storage(), '--hub', hub().url, ...args);

  it('syncs all that the hub serves, tells what that cost, and dumps the truth', async () => {
    const dump = join(folder(), 'dump.ndjson');
    const { code, reports, stderr } = await sync('--json', '--dump', dump);
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      reports()
        .map(({ source }) => source)
        .sort(),
      sourcesOf(hub()).sort(),
    );
    const truth = parseDump(hub().truth());
    for (const report of reports()) {
      const { source, added, updated, removed, requests, bytesReceived, durationMs } = report;
      assert.equal(added, truth.filter((row) => row.source === source).length, source);
      assert.deepEqual([updated, removed], [0, 0]);
      assert.ok(requests >= 1 && bytesReceived > 100 && durationMs >= 0);
      assert.equal('error' in report, false);
    }
    assert.equal(readFileSync(dump, 'utf8'), hub().truth());
    assert.ok(existsSync(join(storage(), 'catalogue.db')));
  });

  it('syncs the sources it is told to, and only those', async () => {
    const { code, reports } = await sync('--json', '--source', 'hf:janhq', '--source', 'jan:v2');
    assert.equal(code, 0);
    assert.deepEqual(
      reports().map(({ source }) => source),
      ['hf:janhq', 'jan:v2'],
    );
  });

  it('finds nothing to do the second time', async () => {
    await sync('--source', 'hf:janhq');
    const { code, stdout } = await sync('--source', 'hf:janhq');
    assert.equal(code, 0);
    assert.match(stdout, /^hf:janhq: 0 new, 0 updated, 0 gone \(1 requests, \d+ bytes, \d+ ms\)$/m);
  });

  it('ends with 2 where a source failed, keeps the others, and dumps what is known', async () => {
    const dump = join(folder(), 'dump.ndjson');
    hub().setFaults({ rules: [{ match: 'jan:v2', status: 503 }] });
    const args = ['--source', 'jan:v2', '--source', 'hf:janhq', '--dump', dump];
    const { code, reports } = await sync('--json', ...args);
    assert.equal(code, 2);
    const [jan, hf] = reports();
    assert.match(JSON.stringify(jan?.error), /error 503.*tried again/);
    assert.equal(hf?.error, undefined);
    assert.equal(readFileSync(dump, 'utf8'), hub().truth('hf:janhq'));
  });

  it('ends with 2 where nobody answers, and keeps what is known', async () => {
    await sync('--source', 'hf:janhq');
    const dump = join(folder(), 'dump.ndjson');
    hub().setFaults({ offline: true });
    const { code, stdout } = await sync('--source', 'hf:janhq', '--dump', dump);
    assert.equal(code, 2);
    assert.match(stdout, /hf:janhq: .*cannot be reached/);
    assert.equal(readFileSync(dump, 'utf8'), hub().truth('hf:janhq'));
  });

  it('wants a storage folder and a hub, and says how it is used', async () => {
    for (const args of [[], ['--storage', storage()], ['--hub', hub().url]]) {
      const { code, stderr, stdout } = await runSync(...args);
      assert.equal(code, 1);
      assert.match(stderr, /npm run sync -- --storage DIR --hub URL/);
      assert.equal(stdout, '');
    }
    assert.equal(existsSync(storage()), false);
  });

  it('refuses an option that it does not know', async () => {
    const { code, stderr } = await sync('--sorce', 'hf:janhq');
    assert.equal(code, 1);
    assert.match(stderr, /--sorce/);
  });

  it('cannot guess what another server than a hub serves', async () => {
    const { code, stderr } = await runSync('--storage', storage(), '--hub', other().url);
    assert.equal(code, 2);
    assert.match(stderr, /name the sources with --source/);
  });
});
