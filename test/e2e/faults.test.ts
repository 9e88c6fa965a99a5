import { HubControl } from '../support/hubControl.ts';
import type { Faults } from '../support/hubControl.ts';
import type { WorkbenchPage } from '../../scripts/vscode/workbenchPage.ts';
import { FEW_SOURCES, useWorkbench } from './workbench.ts';

/** What stands above the rows when the hub answers like this, and what the row itself tells. */
const CASES: readonly { name: string; faults: Faults; says: RegExp }[] = [
  {
    name: 'a web page instead of data',
    faults: { match: 'hf:janhq', wrongType: 'html' },
    says: /web page instead of data\. A proxy or a log-in page may be in the way/,
  },
  {
    name: 'an object instead of a list',
    faults: { match: 'hf:janhq', wrongType: 'object' },
    says: /not a list of models/,
  },
  {
    name: 'an answer that breaks off',
    faults: { match: 'hf:janhq', truncate: true },
    says: /broke off\. It is tried again later/,
  },
  {
    name: 'an author it does not show without a token',
    faults: { match: 'hf:janhq', status: 401 },
    says: /wants a token.*Set one with "Model Hub: Set Hugging Face Token…", or check the name/,
  },
  {
    name: 'an author it does not know',
    faults: { match: 'hf:janhq', status: 404 },
    says: /has nothing at .* Check the name/,
  },
  {
    name: 'too many requests',
    // To be asked again at once: a longer wish would be obeyed, also by the next refresh.
    faults: { match: 'hf:janhq', rateLimit: { headers: false, retryAfterSeconds: 0 } },
    says: /asks to slow down\. It is tried again later/,
  },
  {
    name: 'an error of its own',
    faults: { match: 'hf:janhq', status: 503 },
    says: /answered with error 503.* It is tried again later/,
  },
];

describe('When a source answers with', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });
  let hub: HubControl;

  before(async () => {
    hub = new HubControl(workbench().hub.url);
    const { window } = workbench();
    await window.openSidebar();
    await window.waitUntilChecked();
  });

  afterEach(() => hub.setFaults());

  for (const { name, faults, says } of CASES) {
    it(`${name}, the view says what to do and keeps the models`, async () => {
      const { window } = workbench();
      // ETags would spare the source the answer that is tested here.
      await hub.setFaults({ ...faults, etags: 'none' });
      await window.runCommand('Model Hub: Refresh Models');
      await window.treeMessage.filter({ hasText: says }).waitFor();
      await window.treeItem(/^janhq.*not refreshed/).waitFor();
      await window.treeItem(/^cortexso.*7 models$/).waitFor();
      await janModel(window).waitFor();
      await recovered(window, hub);
    });
  }

  it('an entry that cannot be read, all other models stay and nobody is bothered', async () => {
    const { window } = workbench();
    await hub.setFaults({ bad: { source: 'hf:janhq', field: 'sha', value: 7 }, etags: 'none' });
    await window.refreshModels();
    await window.waitUntilChecked();
    await janModel(window).waitFor();
    await window.treeMessage.waitFor({ state: 'hidden' });
  });

  it('a rejection of the token, the view tells to set a new one', async () => {
    const { window } = workbench();
    await hub.setFaults({ rejectToken: true });
    await window.runCommand('Model Hub: Set Hugging Face Token…');
    await window.type('hf_rejected');
    await window.treeMessage
      .filter({
        hasText: /rejected the token.*Set a new one with "Model Hub: Set Hugging Face Token…"/,
      })
      .waitFor();
    await janModel(window).waitFor();
    await window.runCommand('Model Hub: Forget Hugging Face Token');
    await recovered(window, hub);
  });
});

const janModel = (window: WorkbenchPage) => window.treeItem('Jan-v1-4B-GGUF');

async function recovered(window: WorkbenchPage, hub: HubControl): Promise<void> {
  await hub.setFaults();
  await window.runCommand('Model Hub: Refresh Models');
  await window.treeMessage.waitFor({ state: 'hidden' });
}
