import assert from 'node:assert/strict';
import * as vscode from 'vscode';

import { readSettings } from '../../src/views/settings.ts';

const NETWORK = ['proxy', 'noProxy', 'proxyStrictSSL', 'proxyAuthorization', 'systemCertificates'];

/** The runner opens a folder whose settings want to change all that the extension goes by. */
describe('A hostile workspace', () => {
  let hostile: Record<string, unknown>;

  before(async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder !== undefined, 'no workspace is open');
    const file = vscode.Uri.joinPath(folder.uri, '.vscode', 'settings.json');
    const text = Buffer.from(await vscode.workspace.fs.readFile(file)).toString('utf8');
    hostile = JSON.parse(text) as Record<string, unknown>;
    const { tabSize } = vscode.workspace.getConfiguration('editor') as unknown as {
      readonly tabSize: number;
    };
    assert.equal(tabSize, hostile['editor.tabSize'], 'its settings are not read');
  });

  it('sets none of the settings', () => {
    const manifest = vscode.extensions.getExtension('model-hub.model-hub')?.packageJSON as {
      contributes: { configuration: { properties: Record<string, unknown> } };
    };
    const names = Object.keys(manifest.contributes.configuration.properties);
    assert.ok(names.length > 0);
    for (const name of names) assertNotSet(name);
  });

  it('says nothing about the way to the network', () => {
    for (const name of NETWORK) assertNotSet(`http.${name}`);
  });

  it('is not heard in what the extension goes by', () => {
    assert.doesNotMatch(JSON.stringify(readSettings()), /hostile|aG9zdGlsZQ/);
  });

  function assertNotSet(name: string): void {
    assert.ok(hostile[name] !== undefined, `${name} is not tried`);
    const configuration = vscode.workspace.getConfiguration();
    assert.notDeepEqual(configuration.get(name), hostile[name], name);
    assert.equal(configuration.inspect(name)?.workspaceValue, undefined, name);
  }
});
