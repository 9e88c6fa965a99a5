import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { DownloadPlan } from '../../../src/download/model.ts';
import { bytesOf, planned, planOf, sha256 } from './support.ts';
import type { LocalServer } from '../support/localServer.ts';
import { startLocalServer } from '../support/localServer.ts';

const SLICE = 32 * 1024;

/** A mirror of the Hub that has certain files, and can be slow, closed or broken. */
export class ByteServer {
  readonly files = new Map<string, Buffer>();
  /** Bytes that were sent, by path. */
  readonly sent = new Map<string, number>();
  /** Paths in the order in which they were first asked for. */
  readonly asked: string[] = [];
  /** A status for all answers but the bytes, if there is one. */
  status: number | undefined;
  /** Who does not send it is refused. */
  token: string | undefined;
  /** Bytes that are sent of all files until somebody lets more flow. */
  #allowed = Infinity;
  #waiting: (() => void)[] = [];
  #server: LocalServer | undefined;

  get url(): string {
    return this.#server?.url ?? '';
  }

  /** A plan of files that are there from now on. */
  publish(name: string, sizes: readonly number[], model: string): DownloadPlan {
    const files = sizes.map((size, index) => {
      const path = sizes.length === 1 ? `${name}.gguf` : `${name}-${index}.gguf`;
      const bytes = bytesOf(`${model} ${path}`, size);
      this.files.set(path, bytes);
      return planned(path, bytes);
    });
    return planOf(files, { model, variant: name });
  }

  /** Fails unless a folder of models has all files of a plan, and nothing half-done beside them. */
  assertInstalled({ model, files }: DownloadPlan, models: string): void {
    const folder = join(models, ...model.split('/'));
    for (const { path } of files) {
      assert.ok(readFileSync(join(folder, path)).equals(this.files.get(path)!), path);
    }
    const names = readdirSync(folder, { recursive: true }).map(String);
    assert.deepEqual(
      names.filter((name) => name.includes('.partial')),
      [],
    );
  }

  async start(): Promise<void> {
    this.#server = await startLocalServer();
    this.#server.answer((request, response) => void this.#answer(request, response));
  }

  async close(): Promise<void> {
    this.allow(Infinity);
    await this.#server?.close();
  }

  /** Lets so many more bytes flow, and then none. */
  allow(bytes: number): void {
    this.#allowed = bytes;
    for (const go of this.#waiting.splice(0)) go();
  }

  get sentBytes(): number {
    return [...this.sent.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(/\/resolve\/[^/]+\/(.*)$/.exec(request.url ?? '')?.[1] ?? '');
    if (!this.asked.includes(path)) this.asked.push(path);
    const bytes = this.files.get(path);
    if (this.status !== undefined) return void response.writeHead(this.status).end();
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`) {
      return void response.writeHead(401).end();
    }
    if (bytes === undefined) return void response.writeHead(404).end();
    const [, from = '0', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const begin = Number(from);
    const end = to === '' ? bytes.length : Math.min(bytes.length, Number(to) + 1);
    response.writeHead(request.headers.range === undefined ? 200 : 206, {
      'Content-Length': end - begin,
      ...(request.headers.range !== undefined && {
        'Content-Range': `bytes ${begin}-${end - 1}/${bytes.length}`,
      }),
      ETag: `"${sha256(bytes)}"`,
      'Accept-Ranges': 'bytes',
    });
    // Each wait listens for the end too, and there are many.
    response.setMaxListeners(0);
    for (let at = begin; at < end && isOpen(response); at += SLICE) {
      while (this.#allowed <= 0 && isOpen(response)) await this.#turn(response);
      const slice = bytes.subarray(at, Math.min(end, at + SLICE));
      this.#allowed -= slice.length;
      this.sent.set(path, (this.sent.get(path) ?? 0) + slice.length);
      if (!response.write(slice)) await this.#drained(response);
    }
    response.end();
  }

  #turn(response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      response.once('close', resolve);
    });
  }

  #drained(response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      response.once('drain', resolve);
      response.once('close', resolve);
    });
  }
}

function isOpen(response: ServerResponse): boolean {
  return !response.destroyed;
}

/** A mirror for each test of a `describe`. */
export function useByteServer(): () => ByteServer {
  let server: ByteServer;
  beforeEach(async () => {
    server = new ByteServer();
    await server.start();
  });
  afterEach(() => server.close());
  return () => server;
}
