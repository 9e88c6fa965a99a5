/*
 * Elements that may be made anew while they have the focus or are open carry `data-key`, by which
 * they are found again. What holds several of them carries `data-group` and takes the focus if the
 * very one is gone: next to where the reader was, and on nothing that a key pressed twice could set off.
 */

/** Paints, and brings the focus and the open folds of what was painted anew back. */
export function keepPlace(root: HTMLElement, paint: () => void): void {
  const focused = focusedIn(root);
  const key = focused?.dataset['key'];
  const group = focused?.closest<HTMLElement>('[data-group]')?.dataset['group'];
  const open = new Set(folds(root, '[open]').map(({ dataset }) => dataset['key']));
  paint();
  for (const fold of folds(root, ':not([open])')) fold.open = open.has(fold.dataset['key']);
  if (focused === undefined || focused.isConnected) return;
  const target = find(root, 'key', key) ?? find(root, 'group', group);
  target?.focus({ preventScroll: true });
}

function focusedIn(root: HTMLElement): HTMLElement | undefined {
  const active = document.activeElement;
  return active instanceof HTMLElement && root.contains(active) ? active : undefined;
}

function folds(root: HTMLElement, which: string): HTMLDetailsElement[] {
  return [...root.querySelectorAll<HTMLDetailsElement>(`details[data-key]${which}`)];
}

function find(root: HTMLElement, name: string, value: string | undefined): HTMLElement | null {
  if (value === undefined) return null;
  return root.querySelector(`[data-${name}="${CSS.escape(value)}"]`);
}
