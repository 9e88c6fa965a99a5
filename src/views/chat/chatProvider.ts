import * as vscode from 'vscode';
import type { LocalClient } from '../../local/localClient.ts';
import { estimateTokens } from '../../runtime/chat/estimateTokens.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import { messageOf } from '../commands/telling.ts';
import type { ModelStarter } from '../installed/modelStarter.ts';
import { untilCancelled } from '../untilCancelled.ts';
import { chatMessages, chatOptions, responsePart, textOf } from './chatParts.ts';
import type { OfferedModel } from './offeredModels.ts';

type Provider = vscode.LanguageModelChatProvider<OfferedModel>;
type Parameters<Method extends keyof Provider> = Provider[Method] extends (
  ...given: infer Given
) => unknown
  ? Given
  : never;

export interface ChatProviderOptions {
  readonly client: Pick<LocalClient, 'chat' | 'countTokens' | 'recheck'>;
  readonly starter: Pick<ModelStarter, 'ready'>;
  /** The models that are offered by now. */
  readonly models: () => Promise<OfferedModel[]>;
  readonly onDidChange: vscode.Event<void>;
  /** How long a model may think before it says anything, in ms. */
  readonly patience: () => number;
  readonly logger: Logger;
}

/** Lets the chat of the editor, and other extensions, talk with models that are installed here. */
export class ChatProvider implements Provider {
  readonly #options: ChatProviderOptions;
  readonly onDidChangeLanguageModelChatInformation: vscode.Event<void>;

  constructor(options: ChatProviderOptions) {
    this.#options = options;
    this.onDidChangeLanguageModelChatInformation = options.onDidChange;
  }

  provideLanguageModelChatInformation(): Promise<OfferedModel[]> {
    return this.#options.models();
  }

  async provideLanguageModelChatResponse(
    ...[model, messages, options, progress, token]: Parameters<'provideLanguageModelChatResponse'>
  ): Promise<void> {
    const { client, starter, patience, logger } = this.#options;
    await untilCancelled(token, async (signal) => {
      try {
        await starter.ready(model.id, showStart, signal);
        const request = {
          messages: chatMessages(messages),
          ...chatOptions(options),
          patience: patience(),
        };
        await client.chat(model.id, request, (part) => progress.report(responsePart(part)), signal);
      } catch (error) {
        if (signal.aborted) throw new vscode.CancellationError();
        logger.warn(`${model.name} did not answer: ${describeError(error)}`);
        // It may have been stopped: then the list of models is another.
        this.#recheck(model);
        throw new Error(messageOf(error), { cause: error });
      }
    });
  }

  async provideTokenCount(
    ...[model, given, token]: Parameters<'provideTokenCount'>
  ): Promise<number> {
    const { client, logger } = this.#options;
    const text = typeof given === 'string' ? given : textOf(given);
    return await untilCancelled(token, async (signal) => {
      try {
        return (await client.countTokens(model.id, text, signal)).tokens;
      } catch (error) {
        if (signal.aborted) throw new vscode.CancellationError();
        logger.debug(`The tokens for ${model.name} are estimated: ${describeError(error)}`);
        return estimateTokens(text).tokens;
      }
    });
  }

  #recheck({ id, name }: OfferedModel): void {
    const { client, logger } = this.#options;
    client.recheck(id).catch((error: unknown) => {
      logger.debug(`${name} cannot be looked at: ${describeError(error)}`);
    });
  }
}

/** In the status bar, where it disturbs nobody; the row of the model shows it, too. */
function showStart({ name }: { readonly name: string }, start: Promise<void>): void {
  const title = vscode.l10n.t('Starting {0}…', name);
  const ended = start.catch(() => undefined);
  void vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () => ended);
}
