import assert from 'node:assert/strict';
import { fetchHuggingFaceDetails } from '../../../../src/sync/gateway/huggingFaceDetails.ts';
import type { HttpSession } from '../../../../src/sync/http/httpClient.ts';
import type { ModelDetails } from '../../../../src/sync/model.ts';
import type { Hub } from '../../../hub/hub.ts';
import { rejectsWith } from '../../support/assertSyncError.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { NOON } from '../../support/fakeClock.ts';
import { parseDump, useHub } from '../../support/useHub.ts';
import { useSession } from '../../support/useSession.ts';

const ID = 'janhq/Jan-v1-4B-GGUF';

describe('Details from Hugging Face', () => {
  const hub = useHub({ models: 40 });
  const session = useSession();

  function fetchDetails(
    revision = 'main',
    { id = ID, http = session() }: { id?: string; http?: HttpSession } = {},
  ): Promise<ModelDetails> {
    const logger = collectingLogger();
    return fetchHuggingFaceDetails(new URL(hub().url), http, logger, id, revision, NOON);
  }

  const shaOf = (server: Hub): string =>
    String(parseDump(server.truth('hf:janhq')).find(({ id }) => id === ID)?.content['sha']);

  it('are the file tree with exact sizes and hashes, and the README', async () => {
    const { files, readme, readmeRefused, fetchedAt } = await fetchDetails(shaOf(hub()));
    const model = files.find(({ path }) => path.endsWith('.gguf'));
    assert.equal(model?.size.sureness, 'exact');
    assert.match(model.sha256!, /^[0-9a-f]{64}$/);
    assert.equal(files.find(({ path }) => path === 'README.md')?.sha256, undefined);
    assert.match(readme!, /^---\n/);
    assert.equal(readmeRefused, undefined);
    assert.equal(fetchedAt, NOON);
  });

  it('cost two questions and a redirect, and no download', async () => {
    const http = session();
    await fetchDetails('main', { http });
    assert.equal(http.requests, 3);
    assert.deepEqual(hub().stats().countedDownloads, {});
  });

  for (const status of [401, 403]) {
    it(`tell that the README was refused with ${status}`, async () => {
      hub().setFaults({ rules: [{ match: 'resolve', status }] });
      const { files, readme, readmeRefused } = await fetchDetails();
      assert.ok(files.length > 0);
      assert.equal(readme, undefined);
      assert.equal(readmeRefused, true);
    });
  }

  it('do without a README where there is none', async () => {
    hub().setFaults({ rules: [{ match: 'resolve', status: 404 }] });
    const details = await fetchDetails();
    assert.deepEqual([details.readme, details.readmeRefused], [undefined, undefined]);
  });

  it('fail as a whole where the README could be had another time', async () => {
    hub().setFaults({ rules: [{ match: 'resolve', status: 503 }] });
    await rejectsWith(fetchDetails(), 'server');
  });

  it('fail where there is no such model', async () => {
    await rejectsWith(
      fetchDetails('main', { id: 'janhq/nothing' }),
      'unauthorised',
      /check the name/,
    );
  });

  it('fail where a page comes in the place of the tree', async () => {
    hub().setFaults({ rules: [{ match: 'tree', wrongType: 'html' }] });
    await rejectsWith(fetchDetails(), 'badAnswer', /web page/);
  });
});
