import { z } from 'zod';
import { t } from '@vscode/l10n';
import { countSchema } from '../../sync/gateway/repository.ts';
import { RuntimeError } from '../errors.ts';
import type { ChatEnd, ChatPart, ToolCall } from './conversation.ts';

/** The event with which an answer ends. */
const DONE = '[DONE]';

const callSchema = z.object({
  index: countSchema.nullish(),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});
const choiceSchema = z.object({
  delta: z
    .object({ content: z.string().nullish(), tool_calls: z.array(callSchema).nullish() })
    .nullish(),
  finish_reason: z.string().nullish(),
});
const chunkSchema = z.object({
  // The last one, with what it cost, has none.
  choices: z.array(choiceSchema),
  usage: z
    .object({ prompt_tokens: countSchema, completion_tokens: countSchema })
    .nullish()
    .catch(undefined),
});
const failureSchema = z.object({
  error: z.union([z.string(), z.object({ message: z.string() }).transform((it) => it.message)]),
});

/** A call as far as it has been told. */
interface PartialCall {
  /** Several may have the same: not every server counts them. */
  readonly index: number;
  id: string;
  name: string;
  arguments: string;
}

/** Puts an answer together from the events of a stream of chat completions. */
export class Answer {
  /** Who answers, for messages. */
  readonly #server: string;
  /** Ids that calls of this conversation have. */
  readonly #ids: Set<string>;
  readonly #calls: PartialCall[] = [];
  #reason: string | undefined;
  #usage: ChatEnd['usage'];
  #isDone = false;

  /** @param ids of the calls that the conversation has had */
  constructor(server: string, ids: Iterable<string>) {
    this.#server = server;
    this.#ids = new Set(ids);
  }

  /** Nothing more is to come. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /**
   * Takes the next event.
   * @returns the text in it
   * @throws RuntimeError `refused` if the runtime gave up, `badAnswer` for anything else
   */
  add(data: string): ChatPart[] {
    if (data === DONE) {
      this.#isDone = true;
      return [];
    }
    const json = this.#parse(data);
    const failure = failureSchema.safeParse(json).data?.error;
    if (failure !== undefined) throw gaveUp(this.#server, failure);
    const chunk = chunkSchema.safeParse(json).data;
    if (chunk === undefined) throw makesNoSense(this.#server);
    if (chunk.usage) {
      const { prompt_tokens: prompt, completion_tokens: answer } = chunk.usage;
      this.#usage = { prompt, answer };
    }
    // One answer was asked for.
    const [choice] = chunk.choices;
    if (choice === undefined) return [];
    this.#reason = choice.finish_reason ?? this.#reason;
    for (const call of choice.delta?.tool_calls ?? []) this.#addToCall(call);
    const text = choice.delta?.content ?? '';
    return text === '' ? [] : [{ type: 'text', text }];
  }

  /**
   * The body has ended: the calls that the model wants, and how it ended.
   * @throws RuntimeError `badAnswer` if it was not complete, or a call cannot be read; `doesNotFit` if
   *   it was cut within a call
   */
  end(): { readonly calls: readonly ToolCall[]; readonly end: ChatEnd } {
    if (!this.#isDone && this.#reason === undefined) throw brokeOff(this.#server);
    if (this.#reason === 'length' && this.#calls.length > 0) throw cutInCall();
    const calls = this.#calls.toSorted((a, b) => a.index - b.index);
    return {
      calls: calls.map((call) => this.#whole(call)),
      end: {
        ...(this.#reason !== undefined && { reason: this.#reason }),
        ...(this.#usage !== undefined && { usage: this.#usage }),
      },
    };
  }

  #parse(data: string): unknown {
    try {
      return JSON.parse(data);
    } catch (error) {
      throw makesNoSense(this.#server, error);
    }
  }

  #addToCall({ index, id, function: told }: z.infer<typeof callSchema>): void {
    const at = index ?? (id ? this.#calls.length : (this.#calls.at(-1)?.index ?? 0));
    let call = this.#calls.findLast((one) => one.index === at);
    if (call === undefined || (id && call.id && id !== call.id)) {
      call = { index: at, id: '', name: '', arguments: '' };
      this.#calls.push(call);
    }
    call.id ||= id ?? '';
    call.name ||= told?.name ?? '';
    call.arguments += told?.arguments ?? '';
  }

  #whole(call: PartialCall): ToolCall {
    const input = objectIn(call.arguments.trim() || '{}');
    if (call.name === '' || input === undefined) {
      throw new RuntimeError(
        'badAnswer',
        t(
          'The model wanted to use a tool, but wrote that down in a way that makes no sense. Ask again; small models often cannot use tools.',
        ),
      );
    }
    return { id: this.#unique(call.id), name: call.name, input };
  }

  /** What tools come to is told by these ids, which some servers leave out. */
  #unique(told: string): string {
    let id = told;
    for (let count = 1; id === '' || this.#ids.has(id); count++) id = `${told || 'call'}-${count}`;
    this.#ids.add(id);
    return id;
  }
}

function cutInCall(): RuntimeError {
  return new RuntimeError(
    'doesNotFit',
    t(
      'The answer was cut while the model wrote down how to use a tool: its context is full, or answers may be no longer. Begin a new conversation, or start the model with a larger context.',
    ),
  );
}

/** The body ended, or the connection was lost, before the answer was complete. */
export function brokeOff(server: string, cause?: unknown): RuntimeError {
  const message = t(
    'The answer of {0} broke off before it was complete. Ask again; if that happens often, the log of {0} tells why.',
    server,
  );
  return new RuntimeError('badAnswer', message, { cause });
}

/** What it sends is not the stream of an answer. */
export function makesNoSense(server: string, cause?: unknown): RuntimeError {
  const message = t(
    '{0} answers in a way that makes no sense. Check that it is the program it is taken for, and up to date.',
    server,
  );
  return new RuntimeError('badAnswer', message, { cause });
}

/** It says itself why there is no answer. */
export function gaveUp(server: string, reason: string): RuntimeError {
  return new RuntimeError(
    'refused',
    t(
      '{0} did not answer: {1}. Check that the model is started, and that the conversation is not too long for it.',
      ...[
        server,
        reason
          .replace(/[\p{C}\s]+/gu, ' ')
          .trim()
          .replace(/\.$/, '')
          .slice(0, 300),
      ],
    ),
  );
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    // Told to the user in words by who asked for it.
    return undefined;
  }
}
