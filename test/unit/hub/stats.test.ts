import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Stats } from '../../hub/stats.ts';
import { useSharedHub } from '../support/useHub.ts';

describe('Statistics', () => {
  const hub = useSharedHub({ models: 60 });
  const request = (path: string, close: boolean) =>
    `GET ${path} HTTP/1.1\r\nHost: hub\r\n${close ? 'Connection: close\r\n' : ''}\r\n`;

  it('count what went through the socket, request by request', async () => {
    const url = new URL(hub().url);
    const socket = connect(Number(url.port), url.hostname);
    const first = request('/api/models?limit=3', false);
    const second = request('/cortex/healthz', true);
    socket.write(first);
    await once(socket, 'data');
    const afterFirst = socket.bytesRead;
    socket.write(second);
    socket.resume();
    await once(socket, 'close');
    const { routes, total } = hub().stats();
    assert.deepEqual(total, {
      requests: 2,
      connections: 1,
      bytesIn: first.length + second.length,
      bytesOut: socket.bytesRead,
    });
    assert.deepEqual(routes['models'], {
      requests: 1,
      connections: 1,
      bytesIn: first.length,
      bytesOut: afterFirst,
    });
    assert.deepEqual(routes['cortex-healthz'], {
      requests: 1,
      connections: 1,
      bytesIn: second.length,
      bytesOut: socket.bytesRead - afterFirst,
    });
  });

  it('count a body that the client left in the middle', async () => {
    const url = new URL(
      (
        await fetch(
          `${hub().url}/cortexso/tinyllama/resolve/main/tinyllama-1.1b-chat-v1.0-q8_0.gguf`,
          { redirect: 'manual' },
        )
      ).headers.get('location') ?? '',
    );
    hub().resetStats();
    const socket = connect(Number(url.port), url.hostname);
    socket.write(request(url.pathname + url.search, false));
    await once(socket, 'data');
    socket.destroy();
    await once(socket, 'close');
    // The hub learns of the end a moment later: its own answer is the sign.
    let report = hub().stats();
    while (report.routes['cdn'] === undefined || report.routes['cdn'].bytesOut === 0) {
      await fetch(`${hub().url}/__hub/stats`);
      report = hub().stats();
    }
    assert.ok(report.routes['cdn'].bytesOut >= socket.bytesRead);
    assert.ok(report.routes['cdn'].bytesOut < 100_000_000);
  });

  it('leave out the controls, and start anew when told', async () => {
    await (await fetch(`${hub().url}/__hub/sources`)).text();
    assert.deepEqual(hub().stats().routes, {});
    assert.deepEqual(hub().stats().total, { requests: 0, connections: 0, bytesIn: 0, bytesOut: 0 });
    for (const [method, path] of [
      ['DELETE', 'stats'],
      ['POST', 'stats/reset'],
    ] as const) {
      await (await fetch(`${hub().url}/api/models?limit=1`)).text();
      const report = (await (await fetch(`${hub().url}/__hub/stats`)).json()) as Stats;
      assert.equal(report.total.requests, 1);
      assert.equal(report.routes['models']?.requests, 1);
      await fetch(`${hub().url}/__hub/${path}`, { method });
      assert.equal(hub().stats().total.requests, 0);
    }
  });
});
