/**
 * In the browser: ends when a progress bar below an element, which need not be there yet, has begun
 * to move and has come to rest, however short that was.
 */
export function watchProgress(element: Element): { readonly rests: Promise<void> } {
  const isBar = (node: Node): node is Element =>
    node instanceof Element && node.classList.contains('monaco-progress-container');
  const rests = new Promise<void>((resolve) => {
    let moved = false;
    new MutationObserver((changes, observer) => {
      // What moved and rests again by now has left its trace.
      const bars = changes.filter(({ target }) => isBar(target));
      moved ||= bars.some(({ oldValue }) => / active\b/.test(oldValue ?? ''));
      const isMoving = element.querySelector('.monaco-progress-container.active') !== null;
      moved ||= isMoving;
      if (!moved || isMoving) return;
      observer.disconnect();
      resolve();
    }).observe(element, {
      ...{ subtree: true, childList: true },
      ...{ attributeFilter: ['class'], attributeOldValue: true },
    });
  });
  return { rests };
}
