import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { RemoteBytes } from '../../../../src/download/differential/remoteBytes.ts';
import type { Range } from '../../../../src/download/file/ranges.ts';
import { failsWith } from '../file/rig.ts';
import { seededBytes } from './support.ts';

const SIZE = 100_000;
const bytes = seededBytes(1, SIZE);
const never = new AbortController().signal;

type Answered = (range: Range) => { readonly status?: number; readonly range: Range };

/** A server that answers each question with some range of the file. */
class Server {
  readonly signals: AbortSignal[] = [];
  readonly #answered: Answered;

  constructor(answered: Answered) {
    this.#answered = answered;
  }

  ask(asked: Range, signal: AbortSignal) {
    this.signals.push(signal);
    const { status = 206, range } = this.#answered(asked);
    const { start, end } = range;
    const headers = {
      'content-length': String(end - start),
      ...(status === 206 && { 'content-range': `bytes ${start}-${end - 1}/${SIZE}` }),
    };
    const body = Readable.from([bytes.subarray(start, end)]);
    const url = new URL('https://hub.example/file');
    return Promise.resolve({ url, response: { status, headers, body, decoded: false } });
  }
}

describe('Small parts of a published file', () => {
  it('are put together from short answers, and end with the file', async () => {
    const server = new Server(({ start, end }) => ({
      range: { start, end: Math.min(end, start + 700) },
    }));
    const read = await new RemoteBytes(server, SIZE).read(SIZE - 2_000, 5_000, never);
    assert.ok(bytes.subarray(SIZE - 2_000).equals(read.bytes));
  });

  it('are none of a server that sends whole files', async () => {
    const server = new Server(() => ({ status: 200, range: { start: 0, end: SIZE } }));
    await failsWith(new RemoteBytes(server, SIZE).read(10, 20, never), 'badAnswer', /whole file/);
  });

  it('leave no answer unread that cannot be used', async () => {
    const server = new Server(({ start, end }) => ({ range: { start: start + 1, end: end + 1 } }));
    await assert.rejects(new RemoteBytes(server, SIZE).read(10, 20, never));
    assert.deepEqual(
      server.signals.map(({ aborted }) => aborted),
      [true],
    );
    assert.equal(never.aborted, false);
  });
});
