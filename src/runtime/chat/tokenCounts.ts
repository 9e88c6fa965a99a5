import { z } from 'zod';
import type { Clock } from '../../sync/clock.ts';
import { describeError } from '../../sync/errors.ts';
import type { HttpSession } from '../../sync/http/httpClient.ts';
import type { Logger } from '../../sync/logger.ts';
import { ANSWER_TIME, inTime } from '../server/inTime.ts';
import type { ChatModel } from './chatClient.ts';
import type { TokenCount } from './conversation.ts';
import { estimateTokens } from './estimateTokens.ts';

/** For so long a server that could not count is not asked again, in ms. */
const BELIEVED = 10 * 60_000;

const countedSchema = z.object({ tokens: z.array(z.unknown()) });

export interface TokenCountsOptions {
  /** Requests with the user's tokens. */
  readonly session: (signal: AbortSignal) => HttpSession;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Counts tokens: by the runtime, as llama.cpp does at `/tokenize`, else by the length of the text. */
export class TokenCounts {
  readonly #options: TokenCountsOptions;
  /** Until when a server is not asked, by its API. */
  readonly #mute = new Map<string, number>();

  constructor(options: TokenCountsOptions) {
    this.#options = options;
  }

  /** @throws RuntimeError, SyncError `cancelled` only */
  async count(model: ChatModel, text: string, signal: AbortSignal): Promise<TokenCount> {
    const { clock, logger } = this.#options;
    if (clock.now() < (this.#mute.get(model.api) ?? 0)) return estimateTokens(text);
    try {
      return { tokens: await this.#ask(model, text, signal), sureness: 'exact' };
    } catch (error) {
      if (signal.aborted) throw error;
      logger.debug(`${model.server} does not count tokens: ${describeError(error)}`);
      this.#mute.set(model.api, clock.now() + BELIEVED);
      return estimateTokens(text);
    }
  }

  async #ask({ api, id }: ChatModel, content: string, signal: AbortSignal): Promise<number> {
    const { session, clock } = this.#options;
    const url = new URL('tokenize', api);
    const ask = async (inside: AbortSignal): Promise<unknown> =>
      (await session(inside).sendJson('POST', url, { model: id, content })).json;
    const json = await inTime(ask, { host: url.host, limit: ANSWER_TIME, clock, signal });
    return countedSchema.parse(json).tokens.length;
  }
}
