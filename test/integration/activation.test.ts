import assert from 'node:assert/strict';
import * as vscode from 'vscode';

const ID = 'model-hub.model-hub';

/** The commands that package.json promises. */
function contributedCommands(extension: vscode.Extension<unknown>): string[] {
  const manifest = extension.packageJSON as {
    contributes?: { commands?: { command: string }[] };
  };
  return (manifest.contributes?.commands ?? []).map(({ command }) => command);
}

describe('Activation', () => {
  it('activates without an error', async () => {
    const extension = vscode.extensions.getExtension(ID);
    assert.ok(extension, `${ID} is not there`);
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  it('registers every command that package.json contributes', async () => {
    const extension = vscode.extensions.getExtension(ID)!;
    await extension.activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    const missing = contributedCommands(extension).filter((command) => !registered.has(command));
    assert.deepEqual(missing, []);
  });

  it('is pointed at the hub of the test run by user settings of application scope', () => {
    const endpoint = vscode.workspace.getConfiguration('modelHub').get('huggingFace.endpoint');
    assert.equal(endpoint, process.env['MODEL_HUB_TEST_HUB']);
    const inspected = vscode.workspace.getConfiguration('modelHub').inspect('huggingFace.endpoint');
    assert.equal(inspected?.globalValue, endpoint);
  });
});
