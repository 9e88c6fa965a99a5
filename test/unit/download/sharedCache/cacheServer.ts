import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LocalServer } from '../../support/localServer.ts';
import { startLocalServer } from '../../support/localServer.ts';

/** One request at a cache. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

/** A content-addressed cache as nginx serves it, in memory, with what may be wrong with one. */
export class CacheServer {
  readonly files = new Map<string, Buffer>();
  readonly asked: Asked[] = [];
  /** `Authorization` that it wants; absent: it lets everybody in. */
  password: string | undefined;
  ignoresRange = false;
  /** Does something else with a request; true if that is its answer. */
  instead: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  #server: LocalServer | undefined;

  get url(): string {
    return this.#server?.url ?? '';
  }

  async start(): Promise<void> {
    this.#server = await startLocalServer();
    this.#server.answer((request, response) => void this.#answer(request, response));
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }

  /** Has a file. @param bytes what is stored under the digest; absent: what it is of */
  put(file: Buffer, bytes = file): void {
    this.files.set(createHash('sha256').update(file).digest('hex'), bytes);
  }

  get methods(): readonly string[] {
    return this.asked.map(({ method }) => method);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    this.asked.push({ method, path, authorization: headers.authorization, range: headers.range });
    if (this.instead?.(request, response) === true) return;
    if (this.password !== undefined && headers.authorization !== this.password) {
      return void response.writeHead(401).end();
    }
    const name = /\/cas\/([0-9a-f]{64})$/.exec(path)?.[1] ?? '';
    if (method === 'PUT') {
      const pieces: Buffer[] = [];
      try {
        for await (const piece of request) pieces.push(piece as Buffer);
      } catch {
        // What was broken off is not kept.
        return;
      }
      this.files.set(name, Buffer.concat(pieces));
      return void response.writeHead(201).end();
    }
    const bytes = this.files.get(name);
    if (bytes === undefined) return void response.writeHead(404).end();
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
    if (method === 'HEAD' || from === undefined || to === undefined || this.ignoresRange) {
      response.writeHead(200, { 'content-length': bytes.length });
      return void response.end(method === 'HEAD' ? undefined : bytes);
    }
    const part = bytes.subarray(Number(from), Number(to) + 1);
    response.writeHead(206, {
      'content-length': part.length,
      'content-range': `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`,
    });
    response.end(part);
  }
}

/** A cache for each test of a `describe`. */
export function useCacheServer(): () => CacheServer {
  let server: CacheServer;
  beforeEach(async () => {
    server = new CacheServer();
    await server.start();
  });
  afterEach(() => server.close());
  return () => server;
}
