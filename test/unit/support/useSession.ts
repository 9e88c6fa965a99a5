import { HttpClient } from '../../../src/sync/http/httpClient.ts';
import type { HttpSession, Priority } from '../../../src/sync/http/httpClient.ts';
import { undiciTransport } from '../../../src/sync/http/undiciTransport.ts';
import { collectingLogger } from './collectingLogger.ts';
import { FakeClock } from './fakeClock.ts';

/**
 * Sessions of the real HTTP client, for the tests of a `describe`.
 * @param tokens by origin, or what tells the one for an origin
 */
export function useSession(
  tokens: Readonly<Record<string, string>> | ((origin: string) => string | undefined) = {},
): (signal?: AbortSignal, priority?: Priority) => HttpSession {
  let pool: ReturnType<typeof undiciTransport> | undefined;
  let client: HttpClient | undefined;
  before(() => {
    pool = undiciTransport();
    client = new HttpClient({
      transport: pool.transport,
      tokenFor: typeof tokens === 'function' ? tokens : (origin) => tokens[origin],
      userAgent: 'model-hub/test',
      clock: new FakeClock(),
      logger: collectingLogger(),
    });
  });
  after(() => pool?.close());
  return (signal = new AbortController().signal, priority = 'foreground') => {
    if (client === undefined) throw new Error('no test is running');
    return client.session(signal, priority);
  };
}
