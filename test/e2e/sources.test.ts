import { FEW_SOURCES, useWorkbench } from './workbench.ts';

describe('Sources', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('are added from the view and fetched at once', async () => {
    const { window } = workbench();
    await window.openSidebar();
    await window.treeItem(/^cortexso/).waitFor();
    await window.runCommand('Model Hub: Add Source…');
    await window.pick(/Hugging Face author/);
    await window.type('ggml-org');
    await window.treeItem(/^ggml-org.*Hugging Face · [1-9]/).waitFor();
  });

  it('are no longer shown once they are removed', async () => {
    const { window } = workbench();
    await window.runCommand('Model Hub: Remove Source…');
    await window.pick(/^cortexso/);
    await window.treeItem(/^cortexso/).waitFor({ state: 'detached' });
    await window.treeItem(/^janhq/).waitFor();
  });

  it('are offered where none is left', async () => {
    const { window } = workbench();
    for (const name of [/^janhq/, /^ggml-org/]) {
      await window.runCommand('Model Hub: Remove Source…');
      await window.pick(name);
      await window.treeItem(name).waitFor({ state: 'detached' });
    }
    await window.page.getByRole('button', { name: 'Add Source' }).first().waitFor();
  });
});

describe('The status bar', () => {
  const workbench = useWorkbench({ session: { settings: FEW_SOURCES } });

  it('offers refresh, the log and the settings on a click', async () => {
    const { window } = workbench();
    await window.statusBarItem.filter({ hasText: 'models' }).waitFor();
    await window.statusBarItem.click();
    for (const name of ['Refresh Models', 'Show Log', 'Open Settings']) {
      await window.quickInput.getByRole('option', { name }).waitFor();
    }
    await window.pick(/Show Log/);
    await window.page.locator('.panel .composite.title', { hasText: /output/i }).waitFor();
  });
});
