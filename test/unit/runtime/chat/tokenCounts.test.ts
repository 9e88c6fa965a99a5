import assert from 'node:assert/strict';
import { estimateTokens } from '../../../../src/runtime/chat/estimateTokens.ts';
import { TokenCounts } from '../../../../src/runtime/chat/tokenCounts.ts';
import { ModelServer } from '../../../support/modelServer.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { FakeClock } from '../../support/fakeClock.ts';
import { useSession } from '../../support/useSession.ts';

const never = new AbortController().signal;

describe('Counting tokens', () => {
  const session = useSession();
  let server: ModelServer;
  let clock: FakeClock;
  let counts: TokenCounts;

  beforeEach(async () => {
    server = await ModelServer.start('tiny');
    clock = new FakeClock();
    counts = new TokenCounts({ session, clock, logger: collectingLogger() });
  });
  afterEach(() => server[Symbol.asyncDispose]());

  const count = (text: string, signal = never) =>
    counts.count({ server: 'llama.cpp', api: `${server.url}/v1`, id: 'tiny' }, text, signal);

  it('is exact where the runtime does it', async () => {
    assert.deepEqual(await count('one two three'), { tokens: 3, sureness: 'exact' });
  });

  it('is an estimate where it does not, which is believed for some minutes', async () => {
    server.counts = false;
    const estimated = { tokens: 5, sureness: 'estimated' };
    assert.deepEqual(await count('one two three'), estimated);
    server.counts = true;
    assert.deepEqual(await count('one two three'), estimated);
    clock.advance(10 * 60_000);
    assert.deepEqual(await count('one two three'), { tokens: 3, sureness: 'exact' });
  });

  it('estimates a language by its bytes', () => {
    assert.equal(estimateTokens('').tokens, 0);
    assert.equal(estimateTokens('模型').tokens, 2);
    assert.equal(estimateTokens('three letters a token').tokens, 7);
  });

  it('ends when it is cancelled', async () => {
    await assert.rejects(count('x', AbortSignal.abort()));
  });
});
