import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server says to the next question, in this order; without an end it says nothing more. */
export type Step =
  /** A piece of text, as it is. */
  | { readonly say: string }
  /** A piece of a call of a tool. */
  | { readonly call: { id?: string; name?: string; arguments?: string; index?: number } }
  /** Bytes as they are. */
  | { readonly send: string }
  /** Goes on when the promise is kept. */
  | { readonly wait: Promise<unknown> }
  /** The proper end, with what it cost. */
  | { readonly finish: string }
  /** The body ends, be the answer complete or not. */
  | { readonly end: true }
  /** The connection is lost. */
  | { readonly breakOff: true }
  /** An error instead of an answer; only as the first step. */
  | { readonly refuse: number; readonly message: string };

/** A question as the server got it. */
export interface Asked {
  readonly body: {
    readonly model: string;
    readonly messages: readonly { readonly role: string; readonly content: unknown }[];
    readonly tools?: readonly unknown[];
    readonly tool_choice?: string;
    readonly [name: string]: unknown;
  };
  readonly headers: IncomingMessage['headers'];
  /** Resolves when the asker has closed the connection before the answer was complete. */
  readonly givenUp: Promise<void>;
}

/**
 * A server in the manner of llama.cpp with one model: it lists it, counts its tokens (one a word),
 * and answers as it was told to.
 */
export class ModelServer implements AsyncDisposable {
  readonly asked: Asked[] = [];
  readonly #model: string;
  readonly #told: (readonly Step[])[] = [];
  readonly #waiting: ((asked: Asked) => void)[] = [];
  readonly #server = createServer((request, response) => {
    this.#receive(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  /** Tokens of its context. */
  contextLength = 4_096;
  /** Whether it counts tokens. */
  counts = true;

  private constructor(model: string) {
    this.#model = model;
  }

  static async start(model: string, port = 0): Promise<ModelServer> {
    const server = new ModelServer(model);
    await new Promise<void>((resolve) => server.#server.listen(port, '127.0.0.1', resolve));
    return server;
  }

  /** Without a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Says this to the next question that nothing was told for yet. */
  answer(...steps: Step[]): void {
    this.#told.push(steps);
  }

  /** The next question that comes. */
  next(): Promise<Asked> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.url);
    if (pathname === '/v1/chat/completions') await this.#chat(request, response);
    else if (pathname === '/tokenize' && this.counts) {
      const { content } = (await readJson(request)) as { readonly content: string };
      sendJson(response, 200, { tokens: content.split(/\s+/).map((_word, index) => index) });
    } else if (pathname === '/props') {
      sendJson(response, 200, {
        default_generation_settings: { n_ctx: this.contextLength },
        modalities: { vision: true, audio: false },
        chat_template_caps: { supports_tools: true },
      });
    } else if (pathname === '/v1/models') {
      const row = { id: this.#model, object: 'model', created: 1, owned_by: 'llamacpp' };
      sendJson(response, 200, { object: 'list', data: [row] });
    } else sendJson(response, 404, { error: { code: 404, message: 'File Not Found' } });
  }

  async #chat(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await readJson(request)) as Asked['body'];
    const givenUp = new Promise<void>((resolve) => {
      response.on('close', () => {
        if (!response.writableFinished) resolve();
      });
    });
    const asked = { body, headers: request.headers, givenUp };
    this.asked.push(asked);
    const steps = this.#told.shift() ?? [{ say: 'I heard you.' }, { finish: 'stop' }];
    for (const waiting of this.#waiting.splice(0)) waiting(asked);
    await answer(response, steps);
  }
}

async function answer(response: ServerResponse, steps: readonly Step[]): Promise<void> {
  const [first] = steps;
  if (first !== undefined && 'refuse' in first) {
    sendJson(response, first.refuse, {
      error: { code: first.refuse, message: first.message, type: 'invalid_request_error' },
    });
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  for (const step of steps) {
    if ('say' in step) await send(response, choice({ content: step.say }));
    else if ('call' in step) await send(response, choice({ tool_calls: [toolCall(step.call)] }));
    else if ('send' in step) await write(response, step.send);
    else if ('wait' in step) await step.wait;
    else if ('end' in step) response.end();
    else if ('breakOff' in step) response.destroy();
    else if ('finish' in step) {
      await send(response, choice({}, step.finish));
      await send(response, { choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } });
      response.end('data: [DONE]\n\n');
    }
  }
}

async function send(response: ServerResponse, chunk: object): Promise<void> {
  const event = { object: 'chat.completion.chunk', ...chunk };
  await write(response, `data: ${JSON.stringify(event)}\n\n`);
}

/** Ends when it is on its way: what is only buffered would be lost with the connection. */
async function write(response: ServerResponse, text: string): Promise<void> {
  await new Promise<void>((resolve) => response.write(text, () => resolve()));
}

function choice(delta: object, reason: string | null = null): object {
  return { choices: [{ index: 0, delta, finish_reason: reason }] };
}

function toolCall({
  id,
  name,
  arguments: text,
  index = 0,
}: Extract<Step, { call: object }>['call']) {
  return { index, id, type: 'function', function: { name, arguments: text } };
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return JSON.parse(Buffer.concat(pieces).toString());
}
