import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { ThrottleOptions } from '../../support/throttle.ts';
import { Throttle } from '../../support/throttle.ts';
import { assertBytes } from '../../support/bytes.ts';

const MEGABYTE_A_SECOND = 8_000_000;

describe('A slow line', () => {
  let server: Server;
  let onConnection: (socket: Socket) => void;
  before(async () => {
    server = createServer({ allowHalfOpen: true }, (socket) => onConnection(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  const open = (line: Omit<ThrottleOptions, 'targetPort'>): Promise<Throttle> =>
    Throttle.open({ ...line, targetPort: (server.address() as AddressInfo).port });
  const client = (throttle: Throttle): Socket => connect(throttle.port, '127.0.0.1');

  it('passes on all that comes, and its end, and counts it', async () => {
    const [question, answer] = [randomBytes(100_000), randomBytes(700_000)];
    let asked = Buffer.alloc(0);
    onConnection = (socket) => {
      socket.on('data', (bytes) => {
        asked = Buffer.concat([asked, bytes]);
        if (asked.length === question.length) socket.end(answer);
      });
    };
    await using throttle = await open({ bitsPerSecond: 100 * MEGABYTE_A_SECOND, delayMs: 1 });
    const socket = client(throttle);
    socket.write(question);
    assertBytes(await buffer(socket), answer);
    assert.deepEqual(asked, question);
    assert.deepEqual(throttle.carried, [{ up: question.length, down: answer.length }]);
    assert.equal(throttle.bytesDown, answer.length);
  });

  it('is shared by all connections, each of which gets its part', async () => {
    const size = 150_000;
    onConnection = (socket) => void socket.end(randomBytes(size));
    await using throttle = await open({ bitsPerSecond: MEGABYTE_A_SECOND, delayMs: 0 });
    const started = performance.now();
    const first = client(throttle);
    const second = client(throttle);
    const ended: number[] = [];
    const all = [first, second].map(async (socket) => {
      assert.equal((await buffer(socket)).length, size);
      ended.push(performance.now() - started);
    });
    await Promise.all(all);
    const [sooner = 0, later = 0] = ended;
    // A quarter less than the line takes: timers are never early, but a connection begins late.
    assert.ok(later >= 280, `2 x 150 kB at 1 MB/s took ${later} ms`);
    assert.ok(sooner >= 0.75 * later, `one was done after ${sooner} ms, the other ${later} ms`);
  });

  it('takes its time in each direction', async () => {
    onConnection = (socket) => void socket.pipe(socket);
    await using throttle = await open({ bitsPerSecond: MEGABYTE_A_SECOND, delayMs: 40 });
    const socket = client(throttle);
    const started = performance.now();
    socket.write('ping');
    await once(socket, 'data');
    assert.ok(performance.now() - started >= 79);
    socket.destroy();
  });

  it('does not save up while it is idle', async () => {
    onConnection = (socket) => void socket.pipe(socket);
    await using throttle = await open({ bitsPerSecond: MEGABYTE_A_SECOND / 10, delayMs: 0 });
    const socket = client(throttle);
    socket.write('first');
    await once(socket, 'data');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const started = performance.now();
    socket.end(randomBytes(20_000));
    await buffer(socket);
    assert.ok(performance.now() - started >= 195);
  });

  it('breaks off at the server what the client breaks off', async () => {
    const closed = Promise.withResolvers<undefined>();
    onConnection = (socket) => {
      socket.on('error', () => undefined).on('close', () => closed.resolve(undefined));
      socket.write(randomBytes(1_000_000));
    };
    await using throttle = await open({ bitsPerSecond: MEGABYTE_A_SECOND, delayMs: 5 });
    const socket = client(throttle);
    await once(socket, 'data');
    socket.destroy();
    await closed.promise;
    assert.ok(throttle.bytesDown < 1_000_000);
  });
});
