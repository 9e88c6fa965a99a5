import assert from 'node:assert/strict';
import { hostFetch } from '../../../../src/sync/worker/hostFetch.ts';

const MEGABYTE = 1024 * 1024;

describe("A request to the editor's network", () => {
  const signal = new AbortController().signal;
  const request = { method: 'GET', url: 'https://hub.example/', headers: {} } as const;
  const answering =
    (response: Response): typeof fetch =>
    () =>
      Promise.resolve(response);

  it('brings status, headers and the whole body', async () => {
    const body = new Blob(['one, ', 'two']).stream();
    const response = new Response(body, { status: 404, headers: { etag: '"a"' } });
    const answer = await hostFetch(answering(response), request, signal);
    assert.deepEqual([answer.status, answer.headers['etag']], [404, '"a"']);
    assert.equal(Buffer.from(answer.body).toString(), 'one, two');
  });

  it('brings an answer without a body', async () => {
    const response = new Response(null, { status: 304 });
    assert.equal((await hostFetch(answering(response), request, signal)).body.length, 0);
  });

  it('does not hold a body that swells without end', async () => {
    let sent = 0;
    const left = Promise.withResolvers<undefined>();
    const body = new ReadableStream({
      pull: (controller) => {
        sent += MEGABYTE;
        controller.enqueue(new Uint8Array(MEGABYTE));
        if (sent > 100 * MEGABYTE) controller.close();
      },
      cancel: () => left.resolve(undefined),
    });
    const response = new Response(body, { headers: { 'content-length': '1000' } });
    await assert.rejects(hostFetch(answering(response), request, signal), /longer than/);
    await left.promise;
    assert.ok(sent < 70 * MEGABYTE, `${sent} bytes`);
  });
});
