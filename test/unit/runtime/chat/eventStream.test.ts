import assert from 'node:assert/strict';
import fc from 'fast-check';
import { eventData, EventStreamError } from '../../../../src/runtime/chat/eventStream.ts';

async function* chunks(...pieces: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield await Promise.resolve(Buffer.from(piece));
}

async function read(...pieces: (string | Uint8Array)[]): Promise<string[]> {
  return await Array.fromAsync(eventData(chunks(...pieces)));
}

describe('A stream of events', () => {
  it('is the data of its events', async () => {
    assert.deepEqual(await read('data: a\n\ndata:b\n\n'), ['a', 'b']);
  });

  it('may end its lines in any way, also where a chunk ends', async () => {
    assert.deepEqual(await read('data: a\r\n\r\ndata: b\r\rdata: c\n\n'), ['a', 'b', 'c']);
    assert.deepEqual(await read('data: a\r', '\n\r', '\ndata: b\r', '\r', 'data: c\n\n'), [
      ...['a', 'b', 'c'],
    ]);
  });

  it('joins the lines of one event', async () => {
    assert.deepEqual(await read('data: a\ndata\ndata:  b\n\n'), ['a\n\n b']);
  });

  it('says nothing by comments, by fields of other names, or by empty lines', async () => {
    const text = '\uFEFF: hello\n\n:\n\nevent: x\nid: 1\nretry: 5\ndatum: no\n\n\n\ndata: a\n\n';
    assert.deepEqual(await read(text), ['a']);
  });

  it('leaves out an event that it breaks off in', async () => {
    assert.deepEqual(await read('data: a\n\ndata: b\n'), ['a']);
    assert.deepEqual(await read('data: a\n\ndata: {"b"'), ['a']);
  });

  it('is the same however it is cut into chunks', async () => {
    const event = fc
      .array(fc.string({ unit: 'grapheme', maxLength: 12 }), { minLength: 1, maxLength: 3 })
      .map((lines) => lines.map((line) => line.replace(/[\r\n]/g, '')));
    const ends = fc.constantFrom('\n', '\r\n', '\r');
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 5 }),
        ends,
        fc.array(fc.nat(), { maxLength: 20 }),
        async (events, end, cuts) => {
          const text = events
            .map((lines) => lines.map((line) => `data: ${line}${end}`).join('') + end)
            .join('');
          // A CR at the very end could still become a CRLF.
          const bytes = Buffer.from(`${text}: the end\n`);
          const at = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length];
          at.sort((a, b) => a - b);
          const pieces = at.slice(1).map((stop, index) => bytes.subarray(at[index], stop));
          const expected = events.map((lines) => lines.join('\n'));
          assert.deepEqual(await read(...pieces), expected);
        },
      ),
    );
  });

  it('is refused if it is no text, or if an event has no end', async () => {
    await assert.rejects(read(Uint8Array.of(0x64, 0xff, 0xfe)), EventStreamError);
    const endless = Array.from({ length: 6 }, () => `data: ${'x'.repeat(1024 * 1024)}\n`);
    await assert.rejects(read(...endless), EventStreamError);
    await assert.rejects(read(...endless.map((line) => line.trim())), EventStreamError);
  });
});
