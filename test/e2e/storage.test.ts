import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { userDataFolder } from '../../scripts/vscode/server.ts';
import { useWorkbench } from './workbench.ts';

/** Where the extension of a server started in `folder` keeps its files. */
const globalStorage = (folder: string): string =>
  path.join(userDataFolder(folder), 'User', 'globalStorage', 'model-hub.model-hub');

describe('With a damaged catalogue', () => {
  const workbench = useWorkbench({
    session: {
      prepare: async (_installation, folder) => {
        await mkdir(globalStorage(folder), { recursive: true });
        const file = path.join(globalStorage(folder), 'catalogue.db');
        await writeFile(file, 'this is no database at all'.repeat(500));
      },
    },
  });

  it('sets it aside and shows a new one', async () => {
    const { window, session } = workbench();
    await window.openSidebar();
    await window.treeItem('tinyllama').waitFor();
    await window.statusBarItem.filter({ hasText: /models · just now/ }).waitFor();
    const files = await readdir(globalStorage(session.folder));
    assert.ok(
      files.some((file) => file.startsWith('catalogue.db.corrupt-')),
      files.join(' '),
    );
    assert.ok(files.includes('catalogue.db'));
  });
});

describe('With a catalogue of an older version', () => {
  let held: DatabaseSync | undefined;
  const workbench = useWorkbench({
    session: {
      prepare: async (_installation, folder) => {
        await mkdir(globalStorage(folder), { recursive: true });
        const file = path.join(globalStorage(folder), 'catalogue.db');
        held = new DatabaseSync(file);
        // Empty, and locked, so that bringing it to this version takes as long as the test wants.
        held.exec('PRAGMA journal_mode = WAL; PRAGMA user_version = 0; BEGIN IMMEDIATE');
      },
    },
  });
  after(() => held?.close());

  it('says that it is prepared, and then shows it', async () => {
    const { window } = workbench();
    await window.openSidebar();
    await window.treeMessage.filter({ hasText: 'Preparing the catalogue' }).waitFor();
    held?.exec('ROLLBACK');
    await window.treeItem('tinyllama').waitFor();
    await window.treeMessage.filter({ hasText: 'Preparing' }).waitFor({ state: 'detached' });
  });
});

describe('With a storage folder that cannot be written', () => {
  const workbench = useWorkbench({
    session: {
      prepare: async (_installation, folder) => {
        // A file in the place of the folder stops everybody, the superuser too.
        await mkdir(path.dirname(globalStorage(folder)), { recursive: true });
        await writeFile(globalStorage(folder), '');
      },
    },
  });

  it('shows the models and says that they cannot be saved, and what to do', async () => {
    const { window } = workbench();
    await window.openSidebar();
    await window.treeItem('tinyllama').waitFor();
    await window.treeMessage
      .filter({ hasText: /cannot be saved.*Free space or make the folder writable/ })
      .waitFor();
    await window.statusBarItem.filter({ hasText: /models · just now/ }).waitFor();
  });
});
