import assert from 'node:assert/strict';

import { HubControl } from '../support/hubControl.ts';
import { FEW_SOURCES, useWorkbench } from './workbench.ts';

describe('The details page', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });
  const violations: string[] = [];

  before(async () => {
    const { window } = workbench();
    window.page.on('console', (message) => {
      const text = message.text();
      if (/Content Security Policy/i.test(text)) violations.push(text);
    });
    await window.openSidebar();
    await window.waitUntilChecked();
    await window.openModel('Jan-v1-4B-GGUF');
  });

  it('opens for the selected model, with its facts', async () => {
    const { details } = workbench().window;
    await details.getByRole('heading', { level: 1, name: 'Jan-v1-4B-GGUF' }).waitFor();
    await details.locator('#facts').filter({ hasText: 'apache-2.0' }).waitFor();
  });

  it('shows every variant with its exact size and checksum', async () => {
    const { details } = workbench().window;
    await details.locator('#variants').filter({ hasText: 'exact sizes' }).waitFor();
    for (const name of ['Q4_K_M', 'Q5_K_M', 'Q6_K', 'Q8_0']) {
      const row = details.locator('#variants').getByRole('row').filter({ hasText: name });
      assert.match(await row.innerText(), /\d(?:\.\d)? GB[^]*[0-9a-f]{12}/);
    }
    assert.doesNotMatch(await details.locator('#variants').innerText(), /≈|unknown/);
  });

  it('renders the README without anything that could run', async () => {
    const { details } = workbench().window;
    const readme = details.locator('#readme .markdown');
    await readme.getByRole('heading').first().waitFor();
    assert.equal(await readme.locator('script, iframe, style, [onclick], [onerror]').count(), 0);
    assert.equal(await readme.locator('a[href^="javascript:"], a[href^="command:"]').count(), 0);
    assert.equal(
      await readme.locator('img').count(),
      0,
      'remote images wait until they are asked for',
    );
  });

  it('never touches the bytes of a model file, which the Hub would count as a download', async () => {
    const requests = await new HubControl(workbench().hub.url).requests();
    assert.equal(requests['cdn'] ?? 0, 0);
    assert.ok((requests['tree'] ?? 0) > 0);
  });

  it('is reused for the next model', async () => {
    const { window } = workbench();
    await window.openModel('tinyllama');
    await window.details.getByRole('heading', { level: 1, name: 'tinyllama' }).waitFor();
    assert.equal(await window.page.locator('.tabs-container .tab').count(), 1);
  });

  it('shows again, from the disk, what it has shown once when the hub is gone', async () => {
    const { hub, window } = workbench();
    await hub.stop();
    await window.openModel('Jan-v1-4B-GGUF');
    await window.details.getByRole('heading', { level: 1, name: 'Jan-v1-4B-GGUF' }).waitFor();
    await window.details.locator('#variants').filter({ hasText: 'exact sizes' }).waitFor();
    await window.details.locator('#readme .markdown').getByRole('heading').first().waitFor();
  });

  it('says why it cannot show more of a model that was never opened, and what to do', async () => {
    const { hub, window } = workbench();
    await window.openModel('Jan-v1-edge-gguf');
    await window.details
      .locator('#notices')
      .filter({ hasText: /cannot be reached/ })
      .waitFor();
    await window.details.getByRole('row').filter({ hasText: 'Q4_K_M' }).first().waitFor();
    await hub.startAgain();
    await window.details.getByRole('button', { name: 'Retry' }).click();
    await window.details.locator('#variants').filter({ hasText: 'exact sizes' }).waitFor();
  });

  it('obeys a strict content security policy, but for the one style of the toolkit', () => {
    const unknown = violations.filter((text) => !/style-src/.test(text));
    assert.deepEqual(unknown, []);
  });
});
