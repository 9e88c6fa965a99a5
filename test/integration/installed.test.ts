import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import * as vscode from 'vscode';

import type { ModelHubApi } from '../../src/extension.ts';
import type { InstalledEntry } from '../../src/runtime/installed.ts';
import type { Notifier } from '../../src/views/notifier.ts';
import { follow, hub, messages, modelHub, SOURCES } from './modelHub.ts';

const MODEL = 'cortexso/tinyllama';
const VARIANT = 'integration-Q8_0';
const SIZE = 300_000;

describe('What is installed', () => {
  let api: ModelHubApi;

  before(async () => {
    api = await modelHub();
    await follow(SOURCES);
    await hub.setFaults();
    await hub.addFiles(MODEL, [{ path: `${VARIANT}.gguf`, size: SIZE }]);
    await vscode.commands.executeCommand('modelHub.refresh');
  });

  after(() => hub.setFaults());

  /** As the row of a variant in the catalogue asks for it. */
  const download = async (variant: string): Promise<void> => {
    const model = api.catalogue.model(MODEL);
    await vscode.commands.executeCommand('modelHub.download', {
      ...{ type: 'variant', key: 'test', parent: { model }, variant: { name: variant } },
    });
  };
  const ofOwnFolder = (): InstalledEntry | undefined =>
    api.machine.installed?.entries.find(
      ({ runtime, from }) => runtime.kind === 'folder' && from?.variant === VARIANT,
    );
  /** As the row of an entry asks for something. */
  const act = async (command: string): Promise<void> => {
    const entry = await seen(ofOwnFolder);
    await vscode.commands.executeCommand(command, { type: 'entry', key: 'test', entry });
  };
  /** What the machine tells, as soon as it does. */
  const seen = async <T>(find: () => T | undefined): Promise<T> =>
    await new Promise((resolve) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        listener.dispose();
        resolve(found);
      };
      const listener = api.machine.onDidChange(look);
      look();
    });

  it('is downloaded from the hub, verified, and known for what it is', async () => {
    await download(VARIANT);
    const { identity, from, files, size } = await seen(ofOwnFolder);
    assert.deepEqual([identity, from?.model, size], ['proven', MODEL, SIZE]);
    assert.equal((await readFile(files[0]!.path)).length, SIZE);
  });

  it('is verified when asked to, and found damaged once somebody wrote to it', async () => {
    await act('modelHub.verifyInstalled');
    assert.match(messages(api).at(-1) ?? '', /every byte is as it was published/);
    const { path } = (await seen(ofOwnFolder)).files[0]!;
    await writeFile(path, Buffer.alloc(SIZE, 7));
    await vscode.commands.executeCommand('modelHub.rescan');
    await act('modelHub.verifyInstalled');
    assert.match(messages(api).at(-1) ?? '', /is damaged.*download it again/);
    await seen(() => (ofOwnFolder()?.identity === 'proven' ? undefined : true));
  });

  it('is served by Jan in a terminal on the side where Jan is', async () => {
    const entry = await seen(ofOwnFolder);
    const runtime = { ...entry.runtime, kind: 'jan' };
    const janEntry = { ...entry, id: 'tiny/model', runtime };
    const row = { type: 'entry', key: 'test', entry: janEntry };
    await vscode.commands.executeCommand('modelHub.serveWithJan', row);
    const terminal = vscode.window.terminals.find(({ name }) => name === 'jan serve tiny/model');
    const { cwd } = (terminal?.creationOptions ?? {}) as vscode.TerminalOptions;
    terminal?.dispose();
    assert.equal(typeof cwd === 'object' && cwd.fsPath, homedir());
  });

  it('says that nothing was done with a row that the editor forgot while it drew it anew', async () => {
    for (const name of ['verifyInstalled', 'deleteInstalled', 'pauseDownload', 'addFavourite']) {
      const before = messages(api).length;
      await vscode.commands.executeCommand(`modelHub.${name}`);
      assert.match(messages(api).at(-1) ?? '', /^The list changed in that moment/, name);
      assert.equal(messages(api).length, before + 1, name);
    }
  });

  it('is deleted only if the user is sure', async () => {
    const notifier = api.notifier as Notifier & { confirms: boolean };
    const { path } = (await seen(ofOwnFolder)).files[0]!;
    notifier.confirms = false;
    await act('modelHub.deleteInstalled');
    assert.match(messages(api).at(-1) ?? '', /^Delete .* from Model Hub\? This frees 293 KB/);
    assert.ok(existsSync(path));
    notifier.confirms = true;
    await act('modelHub.deleteInstalled');
    assert.ok(!existsSync(path));
    await seen(() => (ofOwnFolder() === undefined ? true : undefined));
  });

  it('is not downloaded without a token where one is needed, which is said', async () => {
    await hub.setFaults({ repositories: { [MODEL]: { gated: 'manual' } } });
    await vscode.commands.executeCommand('modelHub.refresh');
    await download(VARIANT);
    assert.match(messages(api).at(-1) ?? '', /ask its author for access.*set your token/);
    assert.equal(api.machine.downloads.filter(({ state }) => state !== 'done').length, 0);
    await hub.setFaults();
  });

  it('is not looked for by rows of other things', async () => {
    const before = messages(api).length;
    for (const argument of ['text', { type: 'source', key: 'x' }]) {
      await vscode.commands.executeCommand('modelHub.download', argument);
      await vscode.commands.executeCommand('modelHub.deleteInstalled', argument);
    }
    assert.equal(messages(api).length, before);
  });
});
