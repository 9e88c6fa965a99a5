import * as vscode from 'vscode';
import type { LocalOptions, LocalSettings } from '../local/localApi.ts';
import { withoutUndefined } from '../sync/withoutUndefined.ts';
import { readSettings } from './settings.ts';
import type { Tokens } from './tokens.ts';

/** What the thread that looks after this machine is started with. */
export async function localOptions(
  context: vscode.ExtensionContext,
  tokens: Tokens,
): Promise<LocalOptions> {
  const { version } = context.extension.packageJSON as { readonly version: string };
  return {
    storage: context.globalStorageUri.fsPath,
    userAgent: `model-hub/${version}`,
    hashProgram: programOf(context, 'hashWorker'),
    settings: await localSettings(tokens),
  };
}

/** The settings and tokens of now, as this machine's part takes them. */
export async function localSettings(tokens: Tokens): Promise<LocalSettings> {
  const { folder, target, download, servers, endpoints, network, sharedCache } = readSettings();
  const authorization = sharedCache && (await tokens.forSharedCache(sharedCache.url));
  const { huggingFace, cortex } = endpoints;
  return {
    ...{ folder, target, download, servers, huggingFace, network },
    ...withoutUndefined({ cortex }),
    ...(sharedCache && { sharedCache: withoutUndefined({ ...sharedCache, authorization }) }),
    tokens: await tokens.all(huggingFace),
  };
}

/** The file of a program that runs in a thread of its own. */
export function programOf(context: vscode.ExtensionContext, name: string): string {
  return vscode.Uri.joinPath(context.extensionUri, 'dist', `${name}.cjs`).fsPath;
}
