import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { JanFolder } from '../../../../src/runtime/jan/janFolder.ts';
import { findJanFolder } from '../../../../src/runtime/jan/janFolder.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';
import { machineIn, writeFiles } from './diskRig.ts';

describe("The search for Jan's data folder", () => {
  const home = useTemporaryFolder();
  const find = (
    platform: NodeJS.Platform = 'linux',
    environment: Record<string, string> = {},
  ): Promise<JanFolder | undefined> =>
    findJanFolder(machineIn(home(), { platform, environment }), collectingLogger());

  /** Settings that name a folder, which is made. */
  function settle(folder: string, data: string): string {
    const path = join(home(), data);
    writeFiles(home(), { [`${folder}/settings.json`]: JSON.stringify({ data_folder: path }) });
    mkdirSync(path, { recursive: true });
    return path;
  }

  it('finds nothing where Jan is not', async () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      assert.equal(await find(platform), undefined);
    }
  });

  const settings: [string, NodeJS.Platform, string][] = [
    ['of macOS', 'darwin', 'Library/Application Support/Jan'],
    ['of macOS, of an older version', 'darwin', 'Library/Application Support/jan.ai.app'],
    ['of Windows', 'win32', 'AppData/Roaming/Jan'],
    ['of Windows, of an older version', 'win32', 'AppData/Roaming/jan.ai.app'],
    ['of Linux', 'linux', '.local/share/Jan'],
    ['of Linux, of an older version', 'linux', '.config/Jan'],
  ];
  for (const [name, platform, folder] of settings) {
    it(`reads the settings ${name}`, async () => {
      const path = settle(folder, 'moved/data');
      assert.deepEqual(await find(platform), { path, isThere: true });
    });
  }

  it('knows where the data is if no settings say so', async () => {
    const usual: [NodeJS.Platform, string][] = [
      ['darwin', 'Library/Application Support/Jan/data'],
      ['win32', 'AppData/Roaming/Jan/data'],
      ['linux', '.local/share/Jan/data'],
    ];
    for (const [platform, folder] of usual) {
      const path = join(home(), folder);
      mkdirSync(path, { recursive: true });
      assert.deepEqual(await find(platform), { path, isThere: true });
    }
  });

  it('follows the folders that the environment names', async () => {
    const moved: [NodeJS.Platform, string, string][] = [
      ['win32', 'APPDATA', 'roaming'],
      ['linux', 'XDG_DATA_HOME', 'share'],
      ['linux', 'XDG_CONFIG_HOME', 'config'],
      ['darwin', 'JAN_DATA_ROOT', 'root'],
    ];
    for (const [platform, variable, folder] of moved) {
      const path = settle(`${folder}/Jan`, `data of ${variable}`);
      const environment = { [variable]: join(home(), folder) };
      assert.deepEqual(await find(platform, environment), { path, isThere: true });
    }
  });

  it('prefers the variable for the data folder itself, if that is there', async () => {
    const path = settle('.local/share/Jan', 'moved');
    const named = join(home(), 'named');
    assert.deepEqual(await find('linux', { JAN_DATA_FOLDER: named }), { path, isThere: true });
    mkdirSync(named);
    const found = await find('linux', { JAN_DATA_FOLDER: named });
    assert.deepEqual(found, { path: named, isThere: true });
  });

  it('prefers the settings of today to older ones', async () => {
    settle('.config/Jan', 'older');
    const path = settle('.local/share/Jan', 'newer');
    assert.deepEqual(await find(), { path, isThere: true });
  });

  it('passes over settings that are of no use', async () => {
    const path = settle('.config/Jan', 'good');
    for (const text of ['', '{', 'null', '{"data_folder":7}', '{"data_folder":"./data"}']) {
      writeFiles(home(), { '.local/share/Jan/settings.json': text });
      assert.deepEqual(await find(), { path, isThere: true });
    }
  });

  it('takes no folder whose place nobody knows', async () => {
    writeFiles(home(), { '.local/share/Jan/settings.json': '{"data_folder":"./data"}' });
    assert.equal(await find(), undefined);
  });

  it('says which folder is not there', async () => {
    const path = join(home(), 'unplugged');
    const text = JSON.stringify({ data_folder: path });
    writeFiles(home(), { '.local/share/Jan/settings.json': text });
    assert.deepEqual(await find(), { path, isThere: false });
  });
});
