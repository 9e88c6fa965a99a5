import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type Axe from 'axe-core';
import type { Frame } from 'playwright-core';

import { root } from '../../scripts/lib/paths.ts';
import type { WorkbenchPage } from '../../scripts/vscode/workbenchPage.ts';
import { doUntil } from '../../scripts/vscode/doUntil.ts';
import { HubControl } from '../support/hubControl.ts';
import { FEW_SOURCES, useWorkbench } from './workbench.ts';

const THEMES = [
  'Dark Modern',
  'Light Modern',
  'Dark High Contrast',
  'Light High Contrast',
] as const;
/** The extension host starts anew, and then the page. */
const RELOAD_LIMIT_MS = 60_000;
/** What VS Code says of the theme to a page. */
const KINDS = ['vscode-dark', 'vscode-light', 'vscode-high-contrast', 'vscode-high-contrast-light'];

/** The frame of the dashboard, to run something in it. */
async function frameOf({ page, details }: WorkbenchPage): Promise<Frame> {
  const handle = await details.locator('#dashboard').elementHandle();
  const frame = await handle.ownerFrame();
  assert.ok(frame, `no dashboard in ${page.url()}`);
  return frame;
}

/** What axe-core finds wrong that is serious or critical, with the contrast of the theme's colours. */
async function seriousBarriers(frame: Frame): Promise<string[]> {
  await frame.evaluate(
    await readFile(path.join(root, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8'),
  );
  return frame.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof Axe };
    const { violations } = await axe.run(document);
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}

describe('The sync dashboard in the workbench', () => {
  const workbench = useWorkbench({
    session: { settings: { ...FEW_SOURCES, 'window.autoDetectColorScheme': false } },
  });
  const complaints: string[] = [];

  before(async () => {
    const { window } = workbench();
    window.page.on('console', (message) => complaints.push(message.text()));
    await window.openSidebar();
    await window.waitUntilChecked();
  });

  it('shows what refreshes cost, and follows what happens while it is open', async () => {
    const { hub, window } = workbench();
    await window.runCommand('Model Hub: Show Sync Dashboard');
    const { details } = window;
    await details.getByRole('heading', { name: 'Sync Dashboard' }).waitFor();
    await doUntil(details.locator('#runs details[open]'), () =>
      details.locator('#runs summary').click(),
    );
    const runs = details.locator('#runs tbody tr');
    await runs.filter({ hasText: 'first start' }).first().waitFor();
    await details.locator('#sources tbody tr').filter({ hasText: 'janhq' }).waitFor();

    await window.leaveSidebar();
    const grown = [{ path: 'more-Q8_0.gguf', size: 4_000 }];
    await new HubControl(hub.url).addFiles('janhq/Jan-v1-4B-GGUF', grown);
    await details.getByRole('button', { name: 'Refresh Models' }).click();
    await runs
      .filter({ hasText: /asked for[^]*1 updated[^]*≈/ })
      .first()
      .waitFor();
    assert.equal(await details.locator('#runs details[open]').count(), 1);
  });

  it('says what failed and what to do, there and in the status item', async () => {
    const { hub, window } = workbench();
    const control = new HubControl(hub.url);
    await control.setFaults({ match: 'hf:janhq', status: 401 });
    await window.runCommand('Model Hub: Refresh Models');
    const error = window.details.locator('#errors li.lasting').filter({ hasText: 'janhq' });
    await error.getByText(/wants a token/).waitFor();
    await error.getByRole('button', { name: 'Set Token…: janhq' }).waitFor();
    await window.statusBarItem.filter({ hasText: 'janhq: set a token' }).waitFor();
    const tooltip = window.page.locator('.monaco-hover:visible', { hasText: 'cortexso' });
    await doUntil(tooltip.getByText(/wants a token/), () => window.statusBarItem.hover());
    await tooltip.getByText(/This week: .* received, ≈ .* saved/).waitFor();
    await tooltip.getByRole('link', { name: 'Set Token…' }).waitFor();
    await window.leaveHover();
  });

  it('has no serious barrier in four themes, and breaks no rule of its policy', async () => {
    const { window } = workbench();
    for (const [at, theme] of THEMES.entries()) {
      await window.runCommand('Preferences: Color Theme');
      await window.pick(theme);
      await window.details.locator(`body.${KINDS[at]}`).waitFor();
      assert.deepEqual(await seriousBarriers(await frameOf(window)), [], theme);
    }
    const refused = complaints.filter((text) => /Content Security Policy/.test(text));
    // The widgets add a style sheet to the document, as they do in the details page.
    assert.deepEqual(
      refused.filter((text) => !/style-src/.test(text)),
      [],
    );
  });

  it('is there again after a reload, and no error once the source answers', async () => {
    const { hub, window } = workbench();
    await new HubControl(hub.url).setFaults();
    await window.reload();
    const { details } = window;
    const heading = details.getByRole('heading', { name: 'Sync Dashboard' });
    await heading.waitFor({ timeout: RELOAD_LIMIT_MS });
    await details.locator('#runs details[open]').waitFor();
    await window.runCommand('Model Hub: Refresh Models');
    await details.locator('#errors li:not(.lasting)').filter({ hasText: 'janhq' }).waitFor();
    assert.equal(await details.locator('#errors li.lasting').count(), 0);
  });
});

describe('A sync that takes its time', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('is counted in the status item, source by source', async () => {
    const { hub, window } = workbench();
    await window.openSidebar();
    await window.waitUntilChecked();
    const control = new HubControl(hub.url);
    await control.setFaults({ match: 'hf:janhq', hold: true });
    await window.runCommand('Model Hub: Refresh Models');
    await window.statusBarItem.filter({ hasText: /models · syncing 2 of 2/ }).waitFor();
    await control.setFaults();
    await window.statusBarItem.filter({ hasText: 'just now' }).waitFor();
  });
});
