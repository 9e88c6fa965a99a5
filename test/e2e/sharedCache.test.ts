import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { eventually } from '../support/eventually.ts';
import { HubControl } from '../support/hubControl.ts';
import { CacheServer } from '../unit/download/sharedCache/cacheServer.ts';
import { downloadSmall, installSmall, placeOfSmall, publishSmall } from './smallModel.ts';
import { FEW_SOURCES, useWorkbench } from './workbench.ts';

const SIZE = 6_000_000;
/** VS Code takes a window for idle 40 to 70 s after the last key or click. */
const IDLE_LIMIT_MS = 180_000;
const PASSWORD = `Basic ${Buffer.from('ada:of the team').toString('base64')}`;
/** The settings have to name it before the servers of VS Code are there. */
const cache = new CacheServer();
await cache.start();

const SETTINGS = {
  ...FEW_SOURCES,
  'modelHub.sharedCache.url': cache.url,
  'modelHub.sharedCache.access': 'readWrite',
};

after(() => cache.close());

describe('The first machine of a team', () => {
  const workbench = useWorkbench({ session: { settings: SETTINGS } });

  it('has a model from the Hub, and hands it to the shared cache once nobody works', async function () {
    this.timeout(IDLE_LIMIT_MS + 120_000);
    await installSmall(workbench(), SIZE);
    assert.deepEqual(cache.methods, ['GET']);
    await eventually(() => cache.files.size === 1);
    const [[sha256, bytes] = []] = cache.files;
    assert.ok(bytes);
    assert.ok(bytes.equals(await readFile(placeOfSmall(workbench()))));
    assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256);
  });
});

describe('The second machine of a team', () => {
  const workbench = useWorkbench({ session: { settings: SETTINGS } });

  it('has it from the shared cache, and says so', async () => {
    const { hub, window } = workbench();
    await publishSmall(workbench(), SIZE);
    const published = await fetch(
      new URL('/cortexso/tinyllama/resolve/main/tiny-Q8_0.gguf', hub.url),
    );
    cache.put(Buffer.from(await published.arrayBuffer()));
    await new HubControl(hub.url).setFaults({
      match: ['resolve', 'resolve-cache', 'cdn'],
      status: 404,
    });
    await downloadSmall(window);
    await window.installedItem(/^Q8_0.*Model Hub/).waitFor();
    await window.openModel('tinyllama');
    await window.details.getByText('5.7 MB from the shared cache').first().waitFor();
    await window.runCommand('Model Hub: Show Sync Dashboard');
    await window.details.getByText(/^Shared cache .*: 5\.7 MB received, 0 B given$/).waitFor();
  });
});

describe('A machine that says the wrong password', () => {
  const workbench = useWorkbench({ session: { settings: SETTINGS } });

  before(() => {
    cache.password = PASSWORD;
  });
  after(() => {
    cache.password = undefined;
  });

  it('has its models all the same, is told what to do, and then has them from the cache', async () => {
    const { hub, window } = workbench();
    await installSmall(workbench(), SIZE);
    await window.runCommand('Model Hub: Show Sync Dashboard');
    const refusal = window.details.getByText(
      /wants a user name and a password .*"Model Hub: Set Shared Cache Password…"/,
    );
    await refusal.waitFor();

    await window.runCommand('Model Hub: Set Shared Cache Password…');
    await window.type('ada');
    await window.quickInput.locator('input[type=password]').waitFor();
    await window.type('of the team');
    await refusal.waitFor({ state: 'detached' });
    const file = { path: 'tiny-Q6_K.gguf', size: SIZE };
    const control = new HubControl(hub.url);
    await control.addFiles('cortexso/tinyllama', [file]);
    const published = await fetch(
      new URL(`/cortexso/tinyllama/resolve/main/${file.path}`, hub.url),
    );
    cache.put(Buffer.from(await published.arrayBuffer()));
    await window.runCommand('Model Hub: Refresh Models');
    await window.spokenItem(/^tinyllama.*, 5 variants$/).waitFor();
    await window.clickInRow(window.treeItem(/^Q6_K/), 'Download', window.installedItem('Q6_K'));
    await window.installedItem(/^Q6_K.*Model Hub/).waitFor();
    await window.details.getByText(/^Shared cache .*: 5\.7 MB received/).waitFor();
    assert.equal(cache.asked.at(-1)?.authorization, PASSWORD);
  });
});
