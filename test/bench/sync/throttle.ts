import { createServer, connect } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';

export interface ThrottleOptions {
  readonly targetPort: number;
  /** Each way, shared by all connections. */
  readonly bitsPerSecond: number;
  /** One way, in ms. */
  readonly delayMs: number;
}

/** Bytes that are passed on at once: a packet. */
const PIECE = 1_460;

/** One direction of a slow line: pieces wait for the line to be free, then for the delay. */
class Lane {
  readonly #bytesPerMs: number;
  readonly #delayMs: number;
  #freeAt = 0;

  constructor({ bitsPerSecond, delayMs }: ThrottleOptions) {
    this.#bytesPerMs = bitsPerSecond / 8_000;
    this.#delayMs = delayMs;
  }

  /** Passes on what comes, in its order, as slowly as the line is. */
  async pass(from: Socket, to: Socket): Promise<void> {
    // What is on its way does not hold up what comes behind it.
    let last: Promise<void> = Promise.resolve();
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.length; at += PIECE) {
        const piece = chunk.subarray(at, at + PIECE);
        const sent = Math.max(this.#freeAt, performance.now()) + piece.length / this.#bytesPerMs;
        this.#freeAt = sent;
        last = deliver(piece, to, sent + this.#delayMs, last);
        // No more is taken in than the line can carry: the rest waits at the sender.
        await wait(Math.max(0, sent - performance.now()));
      }
    }
    await last;
    to.end();
  }
}

/** A slow line in front of a server: a TCP proxy on loopback, in real time. */
export class Throttle implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(options: ThrottleOptions) {
    const up = new Lane(options);
    const down = new Lane(options);
    this.#server = createServer((client) => {
      const server = connect(options.targetPort, '127.0.0.1');
      for (const socket of [client, server]) {
        this.#sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => this.#sockets.delete(socket));
      }
      const broken = (): void => {
        client.destroy();
        server.destroy();
      };
      up.pass(client, server).catch(broken);
      down.pass(server, client).catch(broken);
    });
  }

  static async open(options: ThrottleOptions): Promise<Throttle> {
    const throttle = new Throttle(options);
    throttle.#server.listen(0, '127.0.0.1');
    await once(throttle.#server, 'listening');
    return throttle;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

async function deliver(piece: Buffer, to: Socket, at: number, after: Promise<void>): Promise<void> {
  await wait(Math.max(0, at - performance.now()));
  await after;
  to.write(piece);
}
