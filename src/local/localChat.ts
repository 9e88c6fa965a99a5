import { t } from '@vscode/l10n';
import { apiName } from '../runtime/apiName.ts';
import type { ChatModel, ChatServices } from '../runtime/chat/chatClient.ts';
import { chat } from '../runtime/chat/chatClient.ts';
import type { ChatEnd, ChatPart, ChatRequest, TokenCount } from '../runtime/chat/conversation.ts';
import type { TokenCountsOptions } from '../runtime/chat/tokenCounts.ts';
import { TokenCounts } from '../runtime/chat/tokenCounts.ts';
import { RuntimeError } from '../runtime/errors.ts';
import type { InstalledEntry } from '../runtime/installed.ts';

export interface LocalChatOptions extends ChatServices, TokenCountsOptions {
  /** What is known of an entry by its key. @throws RuntimeError */
  readonly entry: (key: string) => Promise<InstalledEntry>;
}

/** Talk with what is installed and runs. */
export class LocalChat {
  readonly #options: LocalChatOptions;
  readonly #counts: TokenCounts;

  constructor(options: LocalChatOptions) {
    this.#options = options;
    this.#counts = new TokenCounts(options);
  }

  /** See LocalApi.chat. */
  async chat(
    key: string,
    request: ChatRequest,
    onPart: (part: ChatPart) => void,
    signal: AbortSignal,
  ): Promise<ChatEnd> {
    return await chat(await this.#model(key), request, onPart, this.#options, signal);
  }

  /** See LocalApi.countTokens. */
  async count(key: string, text: string, signal: AbortSignal): Promise<TokenCount> {
    return await this.#counts.count(await this.#model(key), text, signal);
  }

  /** @throws RuntimeError if its runtime does not answer */
  async #model(key: string): Promise<ChatModel> {
    const entry = await this.#options.entry(key);
    const { api, name } = entry.runtime;
    if (api !== undefined) return { server: name, api, id: apiName(entry) };
    throw new RuntimeError('offline', t('{0} does not run. Start it, then ask again.', name));
  }
}
