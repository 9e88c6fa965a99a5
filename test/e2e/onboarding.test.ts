import assert from 'node:assert/strict';
import { FEW_SOURCES, useWorkbench } from './workbench.ts';

const CHECKED = 'codicon-getting-started-step-checked';

describe('Beginning with Model Hub', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  before(async () => {
    const { window } = workbench();
    // There is room for the pictures beside the steps.
    await window.page.setViewportSize({ width: 1_800, height: 1_000 });
    await window.openSidebar();
    await window.waitUntilIdle();
  });

  it('goes by a walkthrough, whose steps are done when they are', async () => {
    const { window } = workbench();
    await window.runCommand('Model Hub: Get Started');
    const step = (title: string) =>
      window.page.locator('.getting-started-step').filter({ hasText: title });
    for (const title of ['See What There Is', 'Download It', 'Use It']) {
      await step(title).waitFor();
    }
    const see = step('See What There Is');
    await see.click();
    await see.getByText('Show the Catalogue', { exact: true }).click();
    await see.locator(`.${CHECKED}`).waitFor();
    const search = step('Find a Model for This Machine');
    assert.equal(await search.locator(`.${CHECKED}`).count(), 0);
    await search.click();
    const picture = window.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
    // What the editor forbids a picture, such as styles, leaves it black.
    const frame = picture.locator('svg > rect').first();
    const fill = await frame.evaluate((rect) => getComputedStyle(rect).fill);
    assert.notEqual(fill, 'rgb(0, 0, 0)');
    await search.locator('code', { hasText: '@fits' }).waitFor();
    await search.getByText('Search Models', { exact: true }).click();
    const input = window.quickInput.locator('input[type=text]');
    await window.page.waitForFunction(
      (box) => (box as HTMLInputElement).value === '@fits ',
      await input.elementHandle(),
    );
    await window.page.keyboard.press('Escape');
    await search.locator(`.${CHECKED}`).waitFor();
  });

  it('tells where models live, and how much room there is', async () => {
    const { window } = workbench();
    await window.runCommand('Model Hub: Where Do Models Live?');
    const own = window.quickInput.getByRole('option', { name: 'Folder of Model Hub' });
    await own.filter({ hasText: /[GT]B free · downloads go here/ }).waitFor();
    await own.filter({ hasText: '.model-hub/models' }).waitFor();
    const input = window.quickInput.locator('input[type=text]');
    assert.equal(
      await input.getAttribute('placeholder'),
      'Models are on the server that this page comes from.',
    );
    // In a browser there is no other side to keep them on.
    assert.equal(await window.quickInput.getByText('instead').count(), 0);
    await window.page.keyboard.press('Escape');
  });
});
