import * as vscode from 'vscode';
import type { Model, ModelId } from '../../sync/model.ts';
import type { EngineClient } from '../../sync/worker/engineClient.ts';
import { messageOf } from '../commands/telling.ts';
import type { Notifier } from '../notifier.ts';
import type { LiveModels } from './liveModels.ts';

export interface LookUpOptions {
  readonly engine: Pick<EngineClient, 'lookUp'>;
  readonly live: LiveModels;
  readonly notifier: Pick<Notifier, 'warn'>;
}

/** Looks models up that no source lists, one at a time: the one that was asked for last. */
export class LookUp implements vscode.Disposable {
  readonly #options: LookUpOptions;
  #asking: AbortController | undefined;

  constructor(options: LookUpOptions) {
    this.#options = options;
  }

  /**
   * Asks the Hub, while the status bar says so; what it does not tell is said in words.
   * @returns undefined if there is nothing to show, or another one was asked for meanwhile
   */
  async find(id: ModelId): Promise<Model | undefined> {
    const { engine, live, notifier } = this.#options;
    this.#asking?.abort();
    const { signal } = (this.#asking = new AbortController());
    const { t } = vscode.l10n;
    const location = vscode.ProgressLocation.Window;
    try {
      const model = await vscode.window.withProgress(
        { location, title: t('Looking for {0}…', id) },
        () => engine.lookUp(id, signal),
      );
      if (signal.aborted) return undefined;
      if (model !== undefined) live.add(model);
      else {
        await notifier.warn(
          t(
            'Hugging Face shows no model {0}. Check how it is spelt, or set a token if it is private.',
            id,
          ),
        );
      }
      return model;
    } catch (error) {
      if (!signal.aborted) await notifier.warn(messageOf(error));
      return undefined;
    }
  }

  dispose(): void {
    this.#asking?.abort();
  }
}
