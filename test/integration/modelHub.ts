import assert from 'node:assert/strict';
import * as vscode from 'vscode';

import type { ModelHubApi } from '../../src/extension.ts';
import type { Notifier } from '../../src/views/notifier.ts';
import { HubControl } from '../support/hubControl.ts';

/** The sources that these tests follow, few enough to be quick. */
export const SOURCES = ['hf:cortexso', 'hf:janhq', 'jan:v2', 'cortex'];

/** The hub that the runner started. */
export const hub = new HubControl(process.env['MODEL_HUB_TEST_HUB'] ?? '');

/** The running extension. */
export async function modelHub(): Promise<ModelHubApi> {
  const extension = vscode.extensions.getExtension<ModelHubApi>('model-hub.model-hub');
  assert.ok(extension);
  return await extension.activate();
}

/** What would have been shown to the user so far, oldest first. */
export function messages(api: ModelHubApi): string[] {
  return (api.notifier as Notifier & { readonly messages: string[] }).messages;
}

/** The running extension, with the catalogue of these sources as the hub has it. */
export async function modelHubOf(sources: readonly string[]): Promise<ModelHubApi> {
  const api = await modelHub();
  await hub.setFaults();
  await follow(sources);
  await vscode.commands.executeCommand('modelHub.refresh');
  return api;
}

/** Follows these sources, in the user settings. */
export async function follow(sources: readonly string[]): Promise<void> {
  await vscode.workspace
    .getConfiguration('modelHub')
    .update('sources', sources, vscode.ConfigurationTarget.Global);
}

/** A model of the Hub that no followed source lists. */
export async function stranger({ catalogue }: ModelHubApi): Promise<string> {
  const ids = await hub.ids('hf:bartowski');
  const found = ids.find((id) => catalogue.listed(id) === undefined);
  assert.ok(found !== undefined, 'every model of the Hub is listed');
  return found;
}
