import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';

import { packageExtension } from '../../scripts/lib/packaging.ts';
import { outFolder } from '../../scripts/lib/paths.ts';
import { installExtension } from '../../scripts/vscode/server.ts';
import { PACKAGE, breaches } from '../budget/limits.ts';
import { useWorkbench } from './workbench.ts';

describe('The package', () => {
  let file = '';

  const workbench = useWorkbench({
    fromSources: false,
    session: {
      prepare: async (installation, folder) => {
        file = await packageExtension(path.join(outFolder, 'e2e'));
        await installExtension(installation, folder, file);
      },
    },
  });

  it('is smaller than 1 MB', async () => {
    const { size } = await stat(file);
    assert.deepEqual(breaches({ package: size }, { package: PACKAGE }), []);
  });

  it('is the same, byte for byte, when it is built again elsewhere and later', async () => {
    const before = { mask: process.umask(0o077), zone: process.env['TZ'] };
    process.env['TZ'] = 'Asia/Tokyo';
    try {
      const again = await packageExtension(path.join(outFolder, 'e2e', 'again'));
      assert.equal(await sha256(again), await sha256(file));
    } finally {
      process.umask(before.mask);
      if (before.zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before.zone;
    }
  });

  it('holds the licences of what is in it', () => {
    assert.ok(existsSync(path.join(outFolder, 'package', 'THIRD-PARTY-NOTICES')));
  });

  it('holds every language', () => {
    const languages = ['package.nls.zh-cn.json', 'l10n/bundle.l10n.zh-cn.json', 'README.zh-CN.md'];
    for (const name of languages) assert.ok(existsSync(path.join(outFolder, 'package', name)));
  });

  it('works in VS Code when it is installed', async () => {
    const { window } = workbench();
    await window.statusBarItem.waitFor();
    await window.openSidebar();
    await window.treeItemsAtLevel(1).first().waitFor();
  });
});

async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
