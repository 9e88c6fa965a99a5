import assert from 'node:assert/strict';
import * as vscode from 'vscode';

import type { ModelHubApi } from '../../src/extension.ts';
import type { Notifier } from '../../src/views/notifier.ts';
import { follow, messages, modelHubOf, SOURCES, stranger } from './modelHub.ts';

const MODEL = 'cortexso/tinyllama';
const EXTENSION = 'model-hub.model-hub';

describe('A link to a model', () => {
  let api: ModelHubApi;

  before(async () => {
    api = await modelHubOf(['hf:cortexso', 'hf:janhq']);
  });

  after(() => follow(SOURCES));

  beforeEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  const linkTo = (rest: string): vscode.Uri =>
    vscode.Uri.parse(`${vscode.env.uriScheme}://${EXTENSION}${rest}`);
  const open = async (rest: string): Promise<void> => {
    await api.links.handleUri(linkTo(rest));
  };
  /** The titles of the pages that are open. */
  const titles = (): string[] =>
    vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
  const shows = async (title: string): Promise<void> => {
    while (!titles().includes(title)) {
      await new Promise<void>((resolve) => {
        const listener = vscode.window.tabGroups.onDidChangeTabs(() => {
          listener.dispose();
          resolve();
        });
      });
    }
  };

  it('opens it when the editor is told to open the link', async () => {
    await vscode.commands.executeCommand('vscode.open', linkTo(`/model/${MODEL}`));
    await shows('tinyllama');
  });

  it('opens it by its query too', async () => {
    await open(`/model?id=${MODEL}`);
    await shows('tinyllama');
  });

  it('opens a model that no source lists, as Hugging Face tells it', async () => {
    const id = await stranger(api);
    await open(`/model/${id}`);
    await shows(id.slice(id.indexOf('/') + 1));
  });

  it('says that Hugging Face knows no such model', async () => {
    await open('/model/nobody/nothing');
    assert.match(messages(api).at(-1) ?? '', /shows no model nobody\/nothing/);
    assert.deepEqual(titles(), []);
  });

  it('refuses what names no model, in words', async () => {
    const hostile = ['/model/../../etc/passwd', '/model/a', '/run?id=a/b', '/model/a/b/c'];
    for (const rest of [...hostile, `/model/a/${'b'.repeat(5_000)}`, '/model/<x>/%00']) {
      const before = messages(api).length;
      await open(rest);
      assert.equal(messages(api).length, before + 1, rest);
      assert.match(messages(api).at(-1) ?? '', /^This link names no model/);
    }
    assert.deepEqual(titles(), []);
  });

  it('downloads nothing unless the user says so', async () => {
    const notifier = api.notifier as Notifier & { confirms: boolean };
    const variant = api.catalogue.model(MODEL)?.variants?.[0]?.name ?? '';
    notifier.confirms = false;
    const before = api.machine.downloads.length;
    await open(`/model/${MODEL}?variant=${variant}`);
    notifier.confirms = true;
    assert.match(messages(api).at(-1) ?? '', /^Download .* of cortexso\/tinyllama\? A link asks/);
    assert.equal(api.machine.downloads.length, before);
  });

  it('does not ask about a variant that there is not', async () => {
    const before = messages(api).length;
    await open(`/model/${MODEL}?variant=Q99_X`);
    await shows('tinyllama');
    assert.equal(messages(api).length, before);
  });

  it('is copied by a command', async () => {
    await vscode.commands.executeCommand('modelHub.copyLink', MODEL);
    const copied = await vscode.env.clipboard.readText();
    assert.equal(copied, `${vscode.env.uriScheme}://${EXTENSION}/model/${MODEL}`);
  });
});
