import * as vscode from 'vscode';
import type { LocalClient } from '../../local/localClient.ts';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { Catalogue } from '../catalogue.ts';
import type { Command } from '../commands/telling.ts';
import { hostWording } from '../details/hostWording.ts';
import { isInstalledNode } from '../installed/installedNodes.ts';
import type { LocalMachine } from '../installed/localMachine.ts';
import type { ModelStarter } from '../installed/modelStarter.ts';
import type { MarkedIds } from '../markedIds.ts';
import type { Notifier } from '../notifier.ts';
import type { CurrentSettings } from '../settings.ts';
import { offerInChat } from '../settings.ts';
import { ChatProvider } from './chatProvider.ts';
import type { OfferedModel } from './offeredModels.ts';
import { offeredModels } from './offeredModels.ts';

/** As package.json names the provider. */
const VENDOR = 'model-hub';
/** What runs is not asked for more often than this because somebody looks at the list, in ms. */
const LOOK_INTERVAL = 15_000;

export interface ChatFeatureOptions {
  readonly client: Pick<LocalClient, 'chat' | 'countTokens' | 'recheck' | 'rescan'>;
  readonly starter: ModelStarter;
  readonly machine: Pick<LocalMachine, 'installed' | 'look' | 'onDidChange'>;
  readonly catalogue: Pick<Catalogue, 'model' | 'ready' | 'onDidChange'>;
  /** Keys of the entries that the user offers. */
  readonly offered: MarkedIds;
  readonly settings: CurrentSettings;
  readonly notifier: Pick<Notifier, 'confirm'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/** Installed models in the chat of the editor: those that the user offers, if the settings say so. */
export class ChatFeature implements Disposable {
  readonly #options: ChatFeatureOptions;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: Disposable[];
  #lastLook = -Infinity;
  #told = '';

  constructor(options: ChatFeatureOptions) {
    this.#options = options;
    const { client, starter, machine, catalogue, offered, settings, logger } = options;
    const provider = new ChatProvider({
      ...{ client, starter, logger },
      models: () => this.#models(),
      onDidChange: this.#changed.event,
      patience: () => settings.value.chat.patience,
    });
    const update = (): void => this.#update();
    this.#subscriptions = [
      this.#changed,
      vscode.lm.registerLanguageModelChatProvider(VENDOR, provider),
      machine.onDidChange(update),
      catalogue.onDidChange(update),
      offered.onDidChange(update),
      settings.onDidChange(update),
    ];
  }

  /** The commands of this feature, by their names. */
  get commands(): Record<string, Command> {
    const { offered } = this.#options;
    return {
      offerInChat: (argument) => withKey(argument, (key) => this.#offer(key)),
      withdrawFromChat: (argument) => withKey(argument, (key) => offered.set(key, false)),
    };
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  async #offer(key: string): Promise<void> {
    const { offered, settings, notifier } = this.#options;
    if (!settings.value.chat.enabled) {
      const isSure = await notifier.confirm(
        vscode.l10n.t('Offer models to the chat?'),
        vscode.l10n.t(
          'The chat of VS Code, and extensions that you allow to, can then talk with the models that you offer. It can be turned off in the settings.',
        ),
        vscode.l10n.t('Offer'),
      );
      if (!isSure) return;
      await offerInChat();
    }
    await offered.set(key, true);
  }

  /** Starts nothing and asks nobody while nothing is offered. */
  async #models(): Promise<OfferedModel[]> {
    const { machine, catalogue } = this.#options;
    if (this.#keys.length === 0) return [];
    await Promise.all([machine.look(), catalogue.ready()]);
    this.#lookAgain();
    return this.#list();
  }

  get #keys(): readonly string[] {
    const { offered, settings } = this.#options;
    return settings.value.chat.enabled ? offered.ids : [];
  }

  #list(): OfferedModel[] {
    const { machine, catalogue } = this.#options;
    return offeredModels(machine.installed, this.#keys, (id) => catalogue.model(id), hostWording);
  }

  /** Tells the editor if its list would be another now. */
  #update(): void {
    const now = JSON.stringify(this.#keys.length === 0 ? [] : this.#list());
    if (now === this.#told) return;
    this.#told = now;
    this.#changed.fire();
  }

  /** Nobody tells that a server was stopped, or runs another model now. */
  #lookAgain(): void {
    const { machine, client, clock, logger } = this.#options;
    if (clock.now() - this.#lastLook < LOOK_INTERVAL) return;
    this.#lastLook = clock.now();
    const keys = new Set(this.#keys);
    const entries = (machine.installed?.entries ?? []).filter(({ key }) => keys.has(key));
    const ofRuntimes = new Map(entries.map((one) => [one.runtime.kind, one])).values();
    // Of one that is not listed any more it is not known whose it was.
    const looks =
      entries.length < keys.size
        ? [client.rescan()]
        : [...ofRuntimes].map(({ key }) => client.recheck(key));
    for (const look of looks) {
      look.catch((error: unknown) => {
        logger.debug(`What is offered to the chat cannot be looked at: ${describeError(error)}`);
      });
    }
  }
}

function withKey(
  argument: unknown,
  use: (key: string) => Promise<void>,
): Promise<void> | undefined {
  const isEntry = isInstalledNode(argument) && argument.type === 'entry';
  return isEntry ? use(argument.entry.key) : undefined;
}
