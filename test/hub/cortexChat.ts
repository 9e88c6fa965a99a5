import { isObject } from './canonical.ts';
import type { Exchange, Reply } from './exchange.ts';
import { plain, textReply } from './exchange.ts';
import type { HubState } from './state.ts';

/**
 * `POST /v1/chat/completions`: a model that runs says back what it was asked last, word by word as
 * events; of one that does not run it says so.
 */
export async function chatCompletion(state: HubState, exchange: Exchange): Promise<Reply> {
  const { model, messages } = read((await exchange.body()).toString());
  if (!state.cortexDisk.running.has(model)) {
    return plain(409, {
      message: 'Model has not been loaded, please load model into cortex.llamacpp',
    });
  }
  const words = `You said: ${lastSaid(messages)}`.split(/(?<= )/);
  const chunks = [
    ...words.map((content) => chunk({ content })),
    chunk({}, 'stop'),
    { choices: [], usage: { prompt_tokens: 1, completion_tokens: words.length } },
  ];
  const events = [...chunks.map((one) => JSON.stringify(one)), '[DONE]'];
  return textReply(200, 'text/event-stream', events.map((data) => `data: ${data}\n\n`).join(''));
}

function read(text: string): { readonly model: string; readonly messages: readonly unknown[] } {
  const body: unknown = JSON.parse(text);
  const { model, messages } = isObject(body) ? body : {};
  return {
    model: typeof model === 'string' ? model : '',
    messages: Array.isArray(messages) ? messages : [],
  };
}

function lastSaid(messages: readonly unknown[]): string {
  const last = messages.at(-1);
  const content = isObject(last) ? last['content'] : undefined;
  return typeof content === 'string' ? content : '';
}

function chunk(delta: object, reason: string | null = null): object {
  return { choices: [{ index: 0, delta, finish_reason: reason }] };
}
