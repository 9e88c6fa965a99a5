import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

export interface ThrottleOptions {
  readonly targetPort: number;
  /** Each way, shared by all connections. */
  readonly bitsPerSecond: number;
  /** One way, in ms. */
  readonly delayMs: number;
}

/** What a connection has moved, in bytes; counted when they go onto the line. */
export interface Carried {
  up: number;
  down: number;
}

/** The line is looked after as often, in ms: the shortest time a timer knows. */
const TICK = 1;
/** Bytes of a connection that wait for the line before its sender has to wait. */
const WINDOW = 256 * 1024;
/** Bytes that a receiver may leave unread before nothing more is sent to it. */
const UNREAD = 4 * 1024 * 1024;

/** One direction of one connection. */
interface Flow {
  readonly from: Socket;
  readonly to: Socket;
  readonly onSent: (bytes: number) => void;
  readonly waiting: Buffer[];
  waitingBytes: number;
  hasEnded: boolean;
}

/** What is on the line; without bytes it is the end of its flow. */
interface Parcel {
  readonly flow: Flow;
  readonly bytes: readonly Buffer[] | undefined;
  readonly dueAt: number;
}

/** One direction of a slow line: bytes wait for it to be free, then for the delay. */
class Lane {
  readonly #bytesPerMs: number;
  readonly #delayMs: number;
  readonly #flows = new Set<Flow>();
  #onTheLine: Parcel[] = [];
  /** Bytes that the line could have carried since it was looked after last. */
  #credit = 0;
  #lookedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ bitsPerSecond, delayMs }: ThrottleOptions) {
    this.#bytesPerMs = bitsPerSecond / 8_000;
    this.#delayMs = delayMs;
  }

  /** Passes on what comes, in its order, as slowly as the line is. */
  pass(from: Socket, to: Socket, onSent: (bytes: number) => void): void {
    const flow: Flow = { from, to, onSent, waiting: [], waitingBytes: 0, hasEnded: false };
    this.#flows.add(flow);
    from.on('data', (chunk: Buffer) => {
      flow.waiting.push(chunk);
      flow.waitingBytes += chunk.length;
      if (flow.waitingBytes >= WINDOW) from.pause();
      this.#wake();
    });
    from.on('end', () => {
      flow.hasEnded = true;
      this.#wake();
    });
    to.on('close', () => this.#flows.delete(flow));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#flows.clear();
  }

  #wake(): void {
    if (this.#timer !== undefined) return;
    this.#credit = 0;
    this.#lookedAt = performance.now();
    this.#timer = setTimeout(() => this.#tick(), TICK);
  }

  #tick(): void {
    const now = performance.now();
    this.#credit += (now - this.#lookedAt) * this.#bytesPerMs;
    this.#lookedAt = now;
    this.#send(now + this.#delayMs);
    this.#deliver(now);
    const isBusy = this.#onTheLine.length > 0 || this.#ready().length > 0;
    this.#timer = isBusy ? setTimeout(() => this.#tick(), TICK) : undefined;
  }

  /** Puts onto the line what it can carry, the same of each flow as long as they have as much. */
  #send(dueAt: number): void {
    let ready = this.#ready();
    while (ready.length > 0 && this.#credit >= 1) {
      const share = Math.ceil(this.#credit / ready.length);
      for (const flow of ready) {
        const bytes = take(flow, Math.min(share, Math.floor(this.#credit)));
        this.#credit -= lengthOf(bytes);
        if (bytes.length > 0) this.#onTheLine.push({ flow, bytes, dueAt });
        if (flow.waitingBytes === 0 && flow.hasEnded) {
          this.#flows.delete(flow);
          this.#onTheLine.push({ flow, bytes: undefined, dueAt });
        }
      }
      ready = this.#ready();
    }
    // A line that has nothing to carry does not save up.
    if (ready.length === 0) this.#credit = 0;
  }

  #ready(): Flow[] {
    return [...this.#flows].filter(
      ({ to, waitingBytes, hasEnded }) =>
        (waitingBytes > 0 || hasEnded) && to.writableLength < UNREAD,
    );
  }

  #deliver(now: number): void {
    const isOnItsWay = this.#onTheLine.findIndex(({ dueAt }) => dueAt > now);
    const due = isOnItsWay < 0 ? this.#onTheLine.length : isOnItsWay;
    for (const { flow, bytes } of this.#onTheLine.splice(0, due)) {
      flow.to.cork();
      for (const piece of bytes ?? []) flow.to.write(piece);
      flow.to.uncork();
      if (bytes === undefined) flow.to.end();
    }
  }
}

/** Takes at most so many bytes from what waits. */
function take(flow: Flow, most: number): Buffer[] {
  const taken: Buffer[] = [];
  let left = most;
  for (let [first] = flow.waiting; first !== undefined && left > 0; [first] = flow.waiting) {
    const piece = first.subarray(0, left);
    if (piece.length === first.length) flow.waiting.shift();
    else flow.waiting[0] = first.subarray(left);
    taken.push(piece);
    left -= piece.length;
  }
  const length = most - left;
  flow.waitingBytes -= length;
  flow.onSent(length);
  if (flow.waitingBytes < WINDOW / 2) flow.from.resume();
  return taken;
}

function lengthOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/**
 * A slow line in front of a server: a TCP proxy on loopback, in real time. Its connections have the
 * whole of it from their first byte: there is no handshake and no slow start.
 */
export class Throttle implements AsyncDisposable {
  /** Of all connections, in the order they were made. */
  readonly carried: Carried[] = [];
  readonly #server: Server;
  readonly #lanes: readonly Lane[];
  readonly #sockets = new Set<Socket>();

  private constructor(options: ThrottleOptions) {
    const [up, down] = [new Lane(options), new Lane(options)];
    this.#lanes = [up, down];
    // An end travels like bytes: who has asked all may still be answered.
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      const { targetPort: port } = options;
      const server = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      const pairs = [
        [client, server],
        [server, client],
      ] as const;
      for (const [socket, other] of pairs) {
        this.#sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('error', () => other.destroy());
        socket.on('close', () => this.#sockets.delete(socket));
      }
      const carried: Carried = { up: 0, down: 0 };
      this.carried.push(carried);
      up.pass(client, server, (bytes) => (carried.up += bytes));
      down.pass(server, client, (bytes) => (carried.down += bytes));
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

  /** Bytes that went to clients so far. */
  get bytesDown(): number {
    return this.carried.reduce((sum, { down }) => sum + down, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const lane of this.#lanes) lane.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
