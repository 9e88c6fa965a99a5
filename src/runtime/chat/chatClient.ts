import { t } from '@vscode/l10n';
import type { Clock } from '../../sync/clock.ts';
import { cancelled, SyncError } from '../../sync/errors.ts';
import { readBody } from '../../sync/http/body.ts';
import { saidBy } from '../../sync/http/httpErrors.ts';
import type { Transport, TransportResponse } from '../../sync/http/transport.ts';
import { RuntimeError } from '../errors.ts';
import { Answer, brokeOff, gaveUp, makesNoSense } from './answer.ts';
import type { ChatEnd, ChatMessage, ChatPart, ChatRequest } from './conversation.ts';
import { eventData, EventStreamError } from './eventStream.ts';
import { requestBody } from './requestBody.ts';
import { Silence } from './silence.ts';

const EVENT_STREAM = 'text/event-stream';
/** As much of a refusal as is read, in bytes. */
const MAX_REFUSAL = 64 * 1024;

/** A model as a runtime answers for it. */
export interface ChatModel {
  /** Of the runtime, for messages. */
  readonly server: string;
  /** Base address of its API, ending in `/v1`. */
  readonly api: string;
  /** See apiName. */
  readonly id: string;
}

export interface ChatServices {
  readonly send: Transport;
  readonly tokenFor: (origin: string) => string | undefined;
  readonly userAgent: string;
  readonly clock: Clock;
}

/**
 * Has a model answer. An abort ends the request, and with it the work of the runtime.
 * @param onPart is told each piece as it arrives, tools last
 * @throws RuntimeError, also if the answer breaks off, stalls, or is cut for want of room
 */
export async function chat(
  model: ChatModel,
  request: ChatRequest,
  onPart: (part: ChatPart) => void,
  services: ChatServices,
  signal: AbortSignal,
): Promise<ChatEnd> {
  const silence = new Silence(services.clock, request.patience);
  try {
    const inside = AbortSignal.any([signal, silence.signal]);
    const response = await services.send(messageFor(model, request, services, inside));
    return await readAnswer(model, request, response, silence, onPart);
  } catch (error) {
    if (signal.aborted) throw RuntimeError.from(cancelled(error));
    if (silence.signal.aborted) throw tooSilent(model, silence.limit, error);
    throw explained(model, error);
  } finally {
    silence.dispose();
  }
}

function messageFor(
  { api, id }: ChatModel,
  request: ChatRequest,
  { tokenFor, userAgent }: ChatServices,
  signal: AbortSignal,
): Parameters<Transport>[0] {
  const url = new URL('chat/completions', `${api}/`);
  const token = tokenFor(url.origin);
  return {
    method: 'POST',
    url,
    headers: {
      'user-agent': userAgent,
      accept: EVENT_STREAM,
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(requestBody(id, request)),
    // How long it may be silent is decided here.
    headersTimeout: 0,
    bodyTimeout: 0,
    signal,
  };
}

async function readAnswer(
  model: ChatModel,
  request: ChatRequest,
  response: TransportResponse,
  silence: Silence,
  onPart: (part: ChatPart) => void,
): Promise<ChatEnd> {
  const { status, headers } = response;
  const body = silence.hear(response.body);
  if (status !== 200) throw await refusal(model, response, body);
  if (headers['content-type']?.startsWith(EVENT_STREAM) !== true) {
    // A body that nobody begins to read would keep its connection.
    await body.next();
    await body.return(undefined);
    throw makesNoSense(model.server);
  }
  const answer = new Answer(model.server, request.messages.flatMap(idsOf));
  for await (const data of eventData(body)) {
    for (const part of answer.add(data)) onPart(part);
    if (answer.isDone) break;
  }
  const { calls, end } = answer.end();
  if (end.reason === 'length' && request.sampling.maxTokens === undefined) throw wasCut();
  for (const call of calls) onPart({ type: 'call', call });
  return end;
}

function idsOf(message: ChatMessage): string[] {
  return message.role === 'assistant' ? message.calls.map(({ id }) => id) : [];
}

async function refusal(
  { server, api }: ChatModel,
  { status, headers }: TransportResponse,
  body: AsyncIterable<Uint8Array>,
): Promise<RuntimeError> {
  const read = await readBody(body, headers['content-encoding'], MAX_REFUSAL, () => undefined);
  if (status === 401 || status === 403) {
    return new RuntimeError(
      'unauthorised',
      t(
        '{0} at {1} wants an API key, or another one. Check its settings.',
        server,
        new URL(api).host,
      ),
    );
  }
  return gaveUp(server, saidBy({ headers, body: read }, undefined) ?? t('error {0}', status));
}

function tooSilent({ server }: ChatModel, limit: number, cause: unknown): RuntimeError {
  const message = t(
    '{0} has said nothing for {1} seconds, so that this was given up. Ask again; if it stays silent, stop the model and start it again. The setting modelHub.chat.patience gives a slow machine more time.',
    server,
    Math.round(limit / 1000),
  );
  return new RuntimeError('timeout', message, { cause });
}

function wasCut(): RuntimeError {
  return new RuntimeError(
    'doesNotFit',
    t(
      'The answer ends here, because the context of the model is full. Begin a new conversation, or start the model with a larger context.',
    ),
  );
}

function explained({ server, api }: ChatModel, error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error;
  if (error instanceof EventStreamError) return makesNoSense(server, error);
  if (SyncError.is(error, 'offline') || SyncError.is(error, 'timeout')) {
    const { host } = new URL(api);
    const message = t('{0} does not answer at {1}. Start it, then ask again.', server, host);
    return new RuntimeError('offline', message, { cause: error });
  }
  if (SyncError.is(error)) return RuntimeError.from(error);
  // The connection was lost.
  return brokeOff(server, error);
}
