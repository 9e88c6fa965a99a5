import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { doUntil } from '../../scripts/vscode/doUntil.ts';
import { noteLanguagePack } from '../../scripts/vscode/languagePack.ts';
import { FEW_SOURCES, useWorkbench } from './workbench.ts';

const CHINESE = /\p{Script=Han}/u;

describe('In Chinese', () => {
  const workbench = useWorkbench({
    session: {
      settings: FEW_SOURCES,
      locale: 'zh-cn',
      prepare: (_installation, folder) => noteLanguagePack(folder, 'zh-cn'),
    },
  });

  const pane = (name: string): Locator =>
    workbench().window.page.locator(`.sidebar .pane-header[aria-label^="${name}"]`);
  const rows = (): Locator => workbench().window.page.locator('.sidebar').getByRole('treeitem');

  before(async () => {
    const { window } = workbench();
    await window.activityIcon.waitFor();
    await window.runCommand('模型目录');
  });

  it('the views, their rows and the status bar speak Chinese', async () => {
    const { window } = workbench();
    await pane('模型目录').waitFor();
    await pane('已安装').waitFor();
    await rows().filter({ hasText: 'cortexso' }).filter({ hasText: '个模型' }).first().waitFor();
    await window.statusBarItem.filter({ hasText: '刚刚' }).waitFor();
    const label = await window.statusBarItem.locator('a').first().getAttribute('aria-label');
    assert.match(label ?? '', CHINESE);
  });

  it('the titles of commands, the search and the details page speak Chinese', async () => {
    const { window } = workbench();
    await window.runCommand('Model Hub: 搜索模型…');
    const input = window.quickInput.locator('input[type=text]');
    await input.fill('tinyllama @fitz');
    await window.quickInput.getByText('无法理解 "@fitz"。是否是指 @fits?').waitFor();
    await input.fill('tinyllama');
    await window.quickInput.getByRole('option', { name: 'tinyllama' }).first().waitFor();
    await input.press('Enter');
    await window.details.getByRole('heading', { name: '在此处运行' }).waitFor();
    await window.details.getByRole('columnheader', { name: '适配' }).waitFor();
  });

  it('so does what the threads of the core have to say', async () => {
    const { hub, window } = workbench();
    await hub.stop();
    await window.runCommand('Model Hub: 刷新模型');
    const source = rows().filter({ hasText: 'cortexso' }).first();
    await source.filter({ hasText: '无法连接' }).waitFor();
    const hover = window.page
      .locator('.monaco-hover')
      .filter({ hasText: '请检查网络和设置中的地址' });
    await doUntil(hover, async () => {
      await window.leaveHover();
      await source.hover();
    });
    await hub.startAgain();
  });
});
