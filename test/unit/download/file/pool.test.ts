import assert from 'node:assert/strict';
import { undiciTransport } from '../../../../src/sync/http/undiciTransport.ts';
import { useSharedHub } from '../../support/useHub.ts';

describe('A pool for files', () => {
  const hub = useSharedHub({ models: 20 });

  it('opens as many connections as it may, without HTTP/2', async () => {
    const pool = undiciTransport({
      ...{ allowH2: false, connections: 6 },
      systemCertificates: () => [hub().caCertificate],
    });
    const { signal } = new AbortController();
    await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const url = new URL(`${hub().tlsUrl}/api/models?limit=${index + 1}`);
        const { status, body } = await pool.transport({ method: 'GET', url, headers: {}, signal });
        assert.equal(status, 200);
        for await (const piece of body) assert.ok(piece.length > 0);
      }),
    );
    await pool.close();
    assert.equal(hub().stats().total.connections, 6);
  });
});
