import type * as Toolkit from '@vscode/webview-ui-toolkit';

/*
 * The only module that knows of the widgets. They come from a file of their own that may fail to
 * load; whatever is made before or without them is plain HTML that does the same.
 */

/** Longest wait for the widgets before the page goes on without them, in ms. */
const PATIENCE = 1000;

/**
 * Registers the widgets that the page uses; resolves also if they cannot be had. The document names
 * the same file as a script of its own, because it takes the colours of the theme when the document
 * has loaded: an import alone may come too late for that.
 */
export async function loadToolkit(address: string | undefined): Promise<void> {
  if (address === undefined) return;
  const timeout = new Promise<void>((resolve) => setTimeout(resolve, PATIENCE));
  await Promise.race([register(address), timeout]);
}

async function register(address: string): Promise<void> {
  try {
    const toolkit = (await import(address)) as typeof Toolkit;
    const { provideVSCodeDesignSystem, vsCodeButton, vsCodeProgressRing } = toolkit;
    provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeProgressRing());
  } catch (error) {
    console.warn('The page goes on without its widgets.', error);
  }
}

/** A button that calls back when it is pressed. */
export function button(
  label: string,
  onPress: () => void,
  appearance: 'primary' | 'secondary' = 'secondary',
): HTMLElement {
  const made: HTMLElement = create('vscode-button', 'button');
  if (made instanceof HTMLButtonElement) {
    made.type = 'button';
    made.className = `button ${appearance}`;
  } else {
    made.setAttribute('appearance', appearance satisfies Toolkit.Button['appearance']);
  }
  made.textContent = label;
  made.addEventListener('click', onPress);
  return made;
}

/** A sign that something is on its way. The words for it are beside it. */
export function progressRing(): HTMLElement {
  const made = create('vscode-progress-ring', 'span');
  made.className = 'ring';
  made.setAttribute('aria-hidden', 'true');
  return made;
}

function create(widget: string, plain: 'button' | 'span'): HTMLElement {
  return document.createElement(customElements.get(widget) === undefined ? plain : widget);
}
