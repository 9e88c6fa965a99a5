import assert from 'node:assert/strict';
import * as vscode from 'vscode';

import type { ModelHubApi } from '../../src/extension.ts';
import type { InstalledEntry } from '../../src/runtime/installed.ts';
import { eventually } from '../support/eventually.ts';
import { follow, hub, messages, modelHub, SOURCES } from './modelHub.ts';

const SELECTOR = { vendor: 'model-hub' };

describe('The chat of VS Code', () => {
  let api: ModelHubApi;
  let entry: InstalledEntry;

  const enable = (enabled: boolean | undefined): Thenable<void> =>
    vscode.workspace
      .getConfiguration('modelHub')
      .update('chat.enabled', enabled, vscode.ConfigurationTarget.Global);
  const act = (command: string): Thenable<unknown> =>
    vscode.commands.executeCommand(command, { type: 'entry', key: 'test', entry });
  /** The models of the hub, as soon as there are so many. */
  const models = async (count: number): Promise<vscode.LanguageModelChat[]> => {
    for (;;) {
      const changed = Promise.withResolvers<undefined>();
      const listener = vscode.lm.onDidChangeChatModels(() => changed.resolve(undefined));
      try {
        const found = await vscode.lm.selectChatModels(SELECTOR);
        if (found.length === count) return found;
        await changed.promise;
      } finally {
        listener.dispose();
      }
    }
  };

  before(async () => {
    api = await modelHub();
    await follow(SOURCES);
    await hub.setFaults();
    await api.machine.look();
    // A server that does not answer in a second and a half is not there, and asked again.
    await eventually(async () => {
      await vscode.commands.executeCommand('modelHub.rescan');
      const found = api.machine.installed?.entries.find(({ runtime }) => runtime.kind === 'cortex');
      entry = found ?? entry;
      return found !== undefined;
    });
  });

  after(() => enable(undefined));

  it('has no model before the user offers one', async () => {
    assert.deepEqual(await vscode.lm.selectChatModels(SELECTOR), []);
  });

  it('has a model that is offered, and with the first question it is started', async () => {
    await act('modelHub.offerInChat');
    assert.match(messages(api).at(-1) ?? '', /^Offer models to the chat\? /);
    const [model] = await models(1);
    assert.ok(model);
    assert.deepEqual([model.id, model.maxInputTokens], [entry.key, 3_072]);
    const question = vscode.LanguageModelChatMessage.User('Who are you?');
    const answer = await model.sendRequest([question]);
    const said = await Array.fromAsync(answer.text);
    assert.equal(said.join(''), 'You said: Who are you?');
    assert.ok(said.length > 1);
    assert.equal(await model.countTokens('123456789'), 3);
    await act('modelHub.stopInstalled');
  });

  it('has it only while the settings say so', async () => {
    await enable(false);
    await models(0);
    await enable(true);
    await models(1);
  });

  it('has it again once its runtime is back', async () => {
    await hub.setFaults({ offline: true });
    // One that is merely too slow for once is not taken for gone.
    await eventually(async () => {
      await vscode.commands.executeCommand('modelHub.rescan');
      return (await vscode.lm.selectChatModels(SELECTOR)).length === 0;
    });
    await hub.setFaults();
    // As often as somebody opens the list: the runtime is asked once in a while.
    await eventually(async () => (await vscode.lm.selectChatModels(SELECTOR)).length === 1);
  });

  it('has it no more once it is withdrawn', async () => {
    await act('modelHub.withdrawFromChat');
    await models(0);
  });
});
