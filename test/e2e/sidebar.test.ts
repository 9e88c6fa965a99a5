import { useWorkbench } from './workbench.ts';

describe('The sidebar', () => {
  const workbench = useWorkbench();

  it('opens from the activity bar and shows sources', async () => {
    const { window } = workbench();
    await window.openSidebar();
    await window.treeItemsAtLevel(1).first().waitFor();
  });

  it('shows the models of a source and the variants of a model', async () => {
    const { window } = workbench();
    await window.openSidebar();
    await window.expand(window.treeItemsAtLevel(1).first());
    const model = window.treeItemsAtLevel(2).first();
    await window.expand(model);
    await window.treeItemsAtLevel(3).first().waitFor();
  });

  it('says what of a model fits this machine, once that is known', async () => {
    const { window } = workbench();
    await window.openSidebar();
    await window.treeItem(/ [KMG]B · (?:≈ )?(?:Full speed|Fits|Tight|Too big)$/).waitFor();
  });
});
