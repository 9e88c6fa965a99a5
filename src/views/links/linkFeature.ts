import * as vscode from 'vscode';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { Model, ModelId } from '../../sync/model.ts';
import type { Catalogue } from '../catalogue.ts';
import { modelIdOf } from '../commands/modelIdOf.ts';
import type { Command } from '../commands/telling.ts';
import { messageOf } from '../commands/telling.ts';
import { variantLabel } from '../details/variantRows.ts';
import { formatSize } from '../format.ts';
import type { Notifier } from '../notifier.ts';
import type { LookUp } from '../search/lookUp.ts';
import type { LinkAddress } from './modelLink.ts';
import { modelLink, parseModelLink, shownAddress } from './modelLink.ts';

export interface LinkFeatureOptions {
  /** The id of this extension, `publisher.name`. */
  readonly extension: string;
  readonly catalogue: Pick<Catalogue, 'model' | 'ready'>;
  readonly lookUp: Pick<LookUp, 'find'>;
  readonly showDetails: (id: ModelId) => void;
  readonly notifier: Pick<Notifier, 'warn' | 'confirm'>;
  readonly logger: Logger;
}

/** Links that open a model, and how to make them. Whoever wrote a link is not to be trusted. */
export class LinkFeature implements vscode.UriHandler {
  readonly #options: LinkFeatureOptions;

  constructor(options: LinkFeatureOptions) {
    this.#options = options;
  }

  /** The commands of this feature, by their names. */
  get commands(): Record<string, Command> {
    return {
      copyLink: async (argument) => {
        const id = modelIdOf(argument);
        if (id === undefined) return;
        const link = modelLink(vscode.env.uriScheme, this.#options.extension, id);
        await vscode.env.clipboard.writeText(link);
      },
    };
  }

  /** Opens the model of a link; what is none is told in words. Never rejects. */
  async handleUri(address: LinkAddress): Promise<void> {
    const { logger, notifier } = this.#options;
    try {
      await this.#open(address);
    } catch (error) {
      logger.error(`The link ${shownAddress(address)} was not opened: ${describeError(error)}`);
      await notifier.warn(messageOf(error));
    }
  }

  async #open(address: LinkAddress): Promise<void> {
    const { catalogue, lookUp, showDetails, notifier, logger } = this.#options;
    const linked = parseModelLink(address);
    if (linked === undefined) {
      logger.warn(`A link was refused: ${shownAddress(address)}`);
      await notifier.warn(
        vscode.l10n.t(
          'This link names no model: {0}. Links to models end in /model/owner/name.',
          shownAddress(address),
        ),
      );
      return;
    }
    await catalogue.ready();
    const model = catalogue.model(linked.id) ?? (await lookUp.find(linked.id));
    if (model === undefined) return;
    showDetails(model.id);
    if (linked.variant !== undefined) await this.#offer(model, linked.variant);
  }

  /** A link never downloads: it has the user asked. */
  async #offer(model: Model, wanted: string): Promise<void> {
    const { logger, notifier } = this.#options;
    const variant = model.variants?.find(({ name, quantisation }) =>
      [name, quantisation].some((one) => one?.toLowerCase() === wanted.toLowerCase()),
    );
    if (variant === undefined) {
      logger.info(`A link named a variant of ${model.id} that is not known.`);
      return;
    }
    const { t } = vscode.l10n;
    const isWanted = await notifier.confirm(
      t('Download {0} of {1}?', variantLabel(variant), model.id),
      t('A link asks for it. Size: {0}', formatSize(variant.size)),
      t('Download'),
    );
    if (!isWanted) return;
    const argument = { model: model.id, variant: variant.name };
    await vscode.commands.executeCommand('modelHub.download', argument);
  }
}
