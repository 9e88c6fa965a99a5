import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Answer } from '../../../src/runtime/chat/answer.ts';
import { eventData, EventStreamError } from '../../../src/runtime/chat/eventStream.ts';
import { orTypedError } from '../holds.ts';
import { text } from '../inputs/hub.ts';
import type { JsonBody } from '../inputs/json.ts';
import { jsonBody, membersOf } from '../inputs/json.ts';
import { damagedText } from '../inputs/text.ts';
import { target } from '../target.ts';

const event = fc.oneof(
  fc
    .tuple(fc.constantFrom('data: ', 'data:', 'data', ': ', 'event: x', ''), text)
    .map((it) => it.join('')),
  fc.constantFrom('data: [DONE]', '', '', '\ufeffdata: x'),
);
const stream = fc
  .tuple(fc.array(event, { maxLength: 8 }), fc.constantFrom('\n', '\r\n', '\r', '\n\n', '\r\n\r\n'))
  .map(([lines, end]) => lines.map((line) => line + end).join(''));

interface StreamCase {
  readonly body: string;
  /** How many bytes come at once. */
  readonly piece: number;
}

/** Events of an answer, in whatever pieces they come. */
export const eventStream = target<StreamCase>({
  name: 'event-stream',
  reads: 'streams of events',
  inputs: fc.record({ body: damagedText(stream), piece: fc.constantFrom(1, 2, 3, 7, 100_000) }),
  size: ({ body }) => body.length,
  check: async ({ body, piece }) => {
    const whole = await eventsOf(body, 100_000);
    assert.deepEqual(await eventsOf(body, piece), whole, 'pieces make a difference');
    const sent = body.toWellFormed();
    for (const data of whole ?? []) assert.ok(sent.includes(data.split('\n')[0] ?? ''));
  },
});

/** Undefined if the body is refused. */
async function eventsOf(body: string, piece: number): Promise<string[] | undefined> {
  try {
    const events: string[] = [];
    for await (const data of eventData(inPieces(Buffer.from(body), piece))) events.push(data);
    return events;
  } catch (error) {
    assert.ok(error instanceof EventStreamError, String(error));
    return undefined;
  }
}

async function* inPieces(bytes: Buffer, length: number): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

const call = membersOf(
  {},
  {
    ...{ index: fc.option(fc.nat(3)), id: fc.option(text) },
    function: fc.option(
      membersOf({}, { name: text, arguments: fc.constantFrom('{', '}', '{"a":1}', '') }),
    ),
  },
);
const chunk = membersOf(
  {
    choices: fc.array(
      membersOf(
        {
          delta: fc.option(
            membersOf(
              {},
              { content: fc.option(text), tool_calls: fc.array(call, { maxLength: 3 }) },
            ),
          ),
        },
        { finish_reason: fc.option(fc.constantFrom('stop', 'length', 'tool_calls')) },
      ),
      { maxLength: 2 },
    ),
  },
  { usage: fc.record({ prompt_tokens: fc.nat(), completion_tokens: fc.nat() }), error: text },
);

/** What the events of an answer say. */
export const chatAnswer = target<readonly JsonBody[]>({
  name: 'chat-answer',
  reads: 'answers of running models',
  inputs: fc.array(jsonBody(chunk), { minLength: 1, maxLength: 4 }),
  size: (events) => events.reduce((sum, { bytes }) => sum + bytes.length, 0),
  check: async (events) => {
    const answer = new Answer('server', ['call-1']);
    await orTypedError(() => {
      for (const { bytes } of events)
        for (const part of answer.add(bytes.toString())) assert.equal(typeof part, 'object');
    });
    const ended = await orTypedError(() => answer.end());
    const ids = (ended?.calls ?? []).map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, 'two calls share an id');
    assert.ok(!ids.includes('') && !ids.includes('call-1'));
    for (const { name, input } of ended?.calls ?? []) {
      assert.ok(name.length > 0);
      assert.ok(typeof input === 'object' && !Array.isArray(input));
    }
  },
});
