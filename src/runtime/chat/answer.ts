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
  id: string;
  name: string;
  arguments: string;
}

/** Puts an answer together from the events of a stream of chat completions. */
export class Answer {
  /** Who answers, for messages. */
  readonly #server: string;
  readonly #calls = new Map<number, PartialCall>();
  #reason: string | undefined;
  #usage: ChatEnd['usage'];
  #isDone = false;

  constructor(server: string) {
    this.#server = server;
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
   * @throws RuntimeError `badAnswer` if it was not complete, or a call cannot be read
   */
  end(): { readonly calls: readonly ToolCall[]; readonly end: ChatEnd } {
    if (!this.#isDone && this.#reason === undefined) throw brokeOff(this.#server);
    const calls = [...this.#calls].sort(([a], [b]) => a - b).map(([, call]) => this.#whole(call));
    return {
      calls,
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
    const at = index ?? (id ? this.#calls.size : Math.max(0, this.#calls.size - 1));
    const call = this.#calls.get(at) ?? { id: '', name: '', arguments: '' };
    call.id ||= id ?? '';
    call.name ||= told?.name ?? '';
    call.arguments += told?.arguments ?? '';
    this.#calls.set(at, call);
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
    return { id: call.id || `call-${call.name}`, name: call.name, input };
  }
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
