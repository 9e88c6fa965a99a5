import assert from 'node:assert/strict';
import { rejectsWith } from '../../support/assertSyncError.ts';
import { useSharedHub } from '../../support/useHub.ts';
import { useSession } from '../../support/useSession.ts';

describe('An answer of the hub', () => {
  const hub = useSharedHub({ models: 80 });
  const session = useSession();
  const ask = () => {
    const run = session();
    const address = `${hub().url}/api/models?expand=siblings`;
    return { run, answer: run.getJson(address) };
  };

  for (const encoding of ['gzip', 'br', 'zstd'] as const) {
    it(`in ${encoding} is what it is without, and costs less`, async () => {
      const plain = await (await fetch(`${hub().url}/api/models?expand=siblings`)).text();
      hub().setFaults({ encoding });
      const { run, answer } = ask();
      const { unchanged, ...rest } = await answer;
      assert.ok(!unchanged && 'json' in rest);
      assert.deepEqual(rest.json, JSON.parse(plain));
      assert.ok(run.bytesReceived < plain.length / 2, `${run.bytesReceived} of ${plain.length}`);
    });
  }

  it('that is a bomb is a bad answer, not the end of the memory', async () => {
    hub().setFaults({ encoding: 'bomb' });
    const before = process.memoryUsage().rss;
    await rejectsWith(ask().answer, 'badAnswer', /longer than/);
    const grown = process.memoryUsage().rss - before;
    // The hub makes 128 MiB in the same process; the engine holds 64 MiB at most.
    assert.ok(grown < 300 * 1024 * 1024, `${grown} bytes`);
  });
});
