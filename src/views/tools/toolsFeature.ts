import * as vscode from 'vscode';
import { budgetOf } from '../../device/hardware.ts';
import { describeError, SyncError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { EngineClient } from '../../sync/worker/engineClient.ts';
import type { Catalogue } from '../catalogue.ts';
import { hostWording } from '../details/hostWording.ts';
import type { Favourites } from '../favourites.ts';
import type { Marks } from '../marks.ts';
import type { HardwareView } from '../hardware.ts';
import type { LocalMachine } from '../installed/localMachine.ts';
import { installedModels } from '../search/installedModels.ts';
import { untilCancelled } from '../untilCancelled.ts';
import type { RecommendToolServices } from './recommendTool.ts';
import { recommendVariant } from './recommendTool.ts';
import type { SearchToolServices } from './searchTool.ts';
import { searchModels } from './searchTool.ts';
import type * as Inputs from './toolInputs.ts';

export interface ToolsOptions {
  readonly catalogue: Pick<Catalogue, 'search' | 'model' | 'ready'>;
  readonly engine: Pick<EngineClient, 'search' | 'lookUp' | 'files'>;
  readonly machine: Pick<LocalMachine, 'installed' | 'look' | 'problem'>;
  readonly hardware: Pick<HardwareView, 'hardware' | 'look'>;
  readonly favourites: Pick<Favourites, 'ids'>;
  readonly hidden: Pick<Marks, 'ids'>;
  readonly huggingFace: () => string;
  readonly logger: Logger;
}

/** Answers a checked question; what it throws is told to the language model in words. */
type Answer = (input: unknown, signal: AbortSignal) => Promise<object>;

/** Registers what language models may ask of the hub: the same that the user can ask. */
export function registerTools(options: ToolsOptions): vscode.Disposable {
  const services = servicesOf(options);
  const { t } = vscode.l10n;
  const register = (
    name: string,
    message: (input: unknown) => string,
    run: Answer,
  ): vscode.Disposable =>
    vscode.lm.registerTool(name, {
      prepareInvocation: ({ input }) => ({ invocationMessage: message(input) }),
      invoke: ({ input }, token) => answer(options, token, input, run),
    });
  return vscode.Disposable.from(
    register(
      'modelHub_search',
      (input) => t('Searching models: {0}', textIn(input, 'query')),
      async (input, signal) =>
        await searchModels((await readers()).readSearchInput(input), services, signal),
    ),
    register(
      'modelHub_recommend',
      (input) => t('Choosing a variant of {0} for this machine', textIn(input, 'id')),
      async (input, signal) =>
        await recommendVariant((await readers()).readRecommendInput(input), services, signal),
    ),
  );
}

/** Loaded when a tool is first used, so that activation does not pay for the schemas. */
const readers = async (): Promise<typeof Inputs> => await import('./toolInputs.lazy.ts');

function servicesOf({
  catalogue,
  engine,
  machine,
  hardware,
  favourites,
  hidden,
  huggingFace,
}: ToolsOptions): SearchToolServices & RecommendToolServices {
  const measured: RecommendToolServices['hardware'] = async () => {
    if (hardware.hardware === undefined) await hardware.look();
    return hardware.hardware;
  };
  return {
    search: (query) => catalogue.search(query),
    searchHub: (question, signal) => engine.search(question, signal),
    model: (id) => catalogue.model(id),
    lookUp: (id, signal) => engine.lookUp(id, signal),
    files: async (id, revision, signal) => (await engine.files(id, revision, signal)).value.files,
    hardware: measured,
    budget: async () => {
      const found = await measured();
      return found && budgetOf(found);
    },
    installed: async () => {
      await machine.look();
      return installedModels(machine, false);
    },
    favourites: () => favourites.ids,
    hidden: () => hidden.ids,
    huggingFace,
    wording: hostWording,
  };
}

/** @throws Error in words */
async function answer(
  { catalogue, logger }: ToolsOptions,
  token: vscode.CancellationToken,
  input: unknown,
  run: Answer,
): Promise<vscode.LanguageModelToolResult> {
  return await untilCancelled(token, async (signal) => {
    try {
      await catalogue.ready();
      const result = await run(input, signal);
      return new vscode.LanguageModelToolResult([
        new vscode.LanguageModelTextPart(JSON.stringify(result)),
      ]);
    } catch (error) {
      if (signal.aborted) throw new vscode.CancellationError();
      if (error instanceof Error && error.name === 'ToolInputError') throw error;
      logger.warn(`A tool could not answer: ${describeError(error)}`);
      throw new Error(SyncError.from(error).message, { cause: error });
    }
  });
}

/** For a message: what a language model writes may be anything. */
function textIn(input: unknown, field: string): string {
  const value = (input as Readonly<Record<string, unknown>> | null)?.[field];
  return typeof value === 'string' ? value.slice(0, 100) : '';
}
