import { TextDecoder } from 'node:util';

/** No event of an answer is nearly as long, in characters. */
const MAX_LENGTH = 4 * 1024 * 1024;
/** A CR at the end may be the first half of a CRLF. */
const LINE_END = /\r\n|\n|\r(?=[^])/;

/** The body is no stream of events, or of ones that nobody sends. */
export class EventStreamError extends Error {
  constructor(flaw: 'tooLong' | 'noText', options?: ErrorOptions) {
    super(flaw, options);
    this.name = 'EventStreamError';
  }
}

/**
 * The data of each event of a `text/event-stream`, as the WHATWG's standard for server-sent events
 * reads it. An event that the body breaks off in is none.
 * @throws EventStreamError; what reading the body throws
 */
export async function* eventData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const lines = new Lines();
  let data: string[] = [];
  for await (const chunk of body) {
    for (const line of lines.add(decoded(decoder, chunk))) {
      if (line !== '') {
        const value = dataOf(line);
        if (value !== undefined) data.push(value);
      } else if (data.length > 0) {
        yield data.join('\n');
        data = [];
      }
    }
    const length = data.reduce((sum, value) => sum + value.length, lines.restLength);
    if (length > MAX_LENGTH) throw new EventStreamError('tooLong');
  }
}

/** Text that arrives in pieces, as lines. */
class Lines {
  #rest = '';
  /** The rest ends in what may be the first half of a line end. Looking at the rest costs a copy of it. */
  #isHalf = false;

  get restLength(): number {
    return this.#rest.length;
  }

  /** The lines that are whole by now. */
  add(text: string): string[] {
    // What has no end yet is not read again with each piece that comes.
    if (!/[\r\n]/.test(text) && !this.#isHalf) {
      this.#rest += text;
      return [];
    }
    const lines = (this.#rest + text).split(LINE_END);
    this.#rest = lines.pop() ?? '';
    this.#isHalf = this.#rest.endsWith('\r');
    return lines;
  }
}

function decoded(decoder: TextDecoder, chunk: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: true });
  } catch (error) {
    throw new EventStreamError('noText', { cause: error });
  }
}

/** Undefined for comments and for fields of no meaning here. */
function dataOf(line: string): string | undefined {
  if (line === 'data') return '';
  return line.startsWith('data:') ? line.slice('data:'.length).replace(/^ /, '') : undefined;
}
