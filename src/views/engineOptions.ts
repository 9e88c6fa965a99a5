import * as vscode from 'vscode';
import type { EngineOptions, EngineSettings } from '../sync/engine.ts';
import type { ModelId } from '../sync/model.ts';
import { readSettings } from './settings.ts';
import type { Tokens } from './tokens.ts';

/** What the engine is started with. */
export async function engineOptions(
  context: vscode.ExtensionContext,
  tokens: Tokens,
  kept: readonly ModelId[],
): Promise<EngineOptions> {
  const { version } = context.extension.packageJSON as { readonly version: string };
  return {
    storage: context.globalStorageUri.fsPath,
    seedFile: vscode.Uri.joinPath(context.extensionUri, 'media', 'seed.json').fsPath,
    userAgent: `model-hub/${version}`,
    settings: await engineSettings(tokens, kept),
  };
}

/** The settings and tokens of now, as the engine takes them. */
export async function engineSettings(
  tokens: Tokens,
  kept: readonly ModelId[],
): Promise<EngineSettings> {
  const settings = readSettings();
  const { sources, endpoints, cortexSources, backgroundBytesPerDay, network } = settings;
  return {
    ...{ sources, endpoints, cortexSources, network, kept },
    fetchesAhead: settings.fetchesAhead,
    ...(backgroundBytesPerDay !== undefined && { backgroundBytesPerDay }),
    tokens: await tokens.all(endpoints.huggingFace),
  };
}
