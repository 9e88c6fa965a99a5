import { z } from 'zod';
import type { Clock } from '../../sync/clock.ts';
import { SyncError, describeError } from '../../sync/errors.ts';
import type { HttpSession } from '../../sync/http/httpClient.ts';
import type { Logger } from '../../sync/logger.ts';
import { ANSWER_TIME, inTime } from '../server/inTime.ts';

/** Where Jan's local server listens unless the user has moved it. */
export const DEFAULT_JAN_URL = 'http://127.0.0.1:1337/';
const MAX_BYTES = 4 * 1024 * 1024;

const openApiSchema = z.object({ info: z.object({ title: z.string().regex(/^Jan\b/) }) });
const loadedSchema = z.object({ data: z.array(z.object({ id: z.string() })) });

/** What Jan's server says. */
export interface JanServerState {
  /** Ends in `/v1`. */
  readonly api: string;
  /** Ids of the models that are loaded; absent if it wants a key to tell. */
  readonly loaded?: ReadonlySet<string>;
}

export interface JanServerOptions {
  /** Requests with the user's tokens. */
  readonly session: (signal: AbortSignal) => HttpSession;
  /** Address of the server; ends in a slash. */
  readonly address: URL;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Whether what an address gives as `/openapi.json` is Jan's; it gives that without a key. */
export function isJanOpenApi(json: unknown): boolean {
  return openApiSchema.safeParse(json).success;
}

/** Asks Jan's server; undefined if it does not answer, or another program does. */
export async function askJanServer(
  options: JanServerOptions,
  signal: AbortSignal,
): Promise<JanServerState | undefined> {
  const { session, address, clock, logger } = options;
  const ask = async (inside: AbortSignal): Promise<JanServerState | undefined> => {
    const http = session(inside);
    const openApi = await http.getJson(new URL('openapi.json', address), { maxBytes: MAX_BYTES });
    if (openApi.unchanged || !isJanOpenApi(openApi.json)) return undefined;
    const api = new URL('v1', address).href;
    const loaded = await loadedModels(http, address);
    return { api, ...(loaded !== undefined && { loaded }) };
  };
  try {
    return await inTime(ask, { host: address.host, limit: ANSWER_TIME, clock, signal });
  } catch (error) {
    if (!signal.aborted) logger.debug(`Jan: its server tells nothing: ${describeError(error)}`);
    return undefined;
  }
}

/** It lists what is loaded, not what is installed. Undefined if it wants a key, or another one. */
async function loadedModels(
  http: HttpSession,
  address: URL,
): Promise<ReadonlySet<string> | undefined> {
  try {
    const answer = await http.getJson(new URL('v1/models', address), { maxBytes: MAX_BYTES });
    const models = loadedSchema.safeParse(answer.unchanged ? undefined : answer.json).data?.data;
    return models === undefined ? undefined : new Set(models.map(({ id }) => id));
  } catch (error) {
    if (SyncError.is(error, 'unauthorised') || SyncError.is(error, 'forbidden')) return undefined;
    throw error;
  }
}
