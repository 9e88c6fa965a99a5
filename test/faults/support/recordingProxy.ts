import { createServer, request as forward } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SourceKey } from '../../../src/sync/model.ts';

/** One request of one client, by the order in which they arrived. */
export interface Seen {
  readonly client: number;
  readonly source: SourceKey;
  /** ms of `performance.now()`. */
  readonly at: number;
}

/** Lets clients reach a hub, each by a port of its own, and notes who asked for which source when. */
export class RecordingProxy {
  readonly seen: Seen[] = [];
  readonly #target: URL;
  readonly #servers: ReturnType<typeof createServer>[] = [];

  constructor(target: string) {
    this.#target = new URL(target);
  }

  /** @returns the address of the hub for this client */
  async open(client: number): Promise<string> {
    const server = createServer((request, response) => this.#pass(client, request, response));
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#servers.map(async (server) => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }),
    );
  }

  #pass(client: number, request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.#target);
    const source = sourceOf(url);
    if (source !== undefined) this.seen.push({ client, source, at: performance.now() });
    const { method, headers } = request;
    const passed = forward(url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  }
}

/** The source for which a client asks this; undefined for what belongs to none. */
function sourceOf(url: URL): SourceKey | undefined {
  const author =
    url.searchParams.get('author') ?? /^\/api\/models\/([^/]+)\//.exec(url.pathname)?.[1];
  if (url.pathname.startsWith('/cortex/')) return 'cortex';
  if (author !== undefined) return `hf:${author}`;
  if (url.pathname.endsWith('/model_catalog.json')) return 'jan:v1';
  return url.pathname.endsWith('/model_catalog_v2.json') ? 'jan:v2' : undefined;
}
