import { cp } from 'node:fs/promises';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { root } from '../../scripts/lib/paths.ts';
import type { Settings } from '../../scripts/vscode/settings.ts';
import type { WorkbenchPage } from '../../scripts/vscode/workbenchPage.ts';
import type { WorkbenchOptions } from './workbench.ts';
import { FEW_SOURCES } from './workbench.ts';

/** Where the extension is that passes on what is said to `@local`; no other answers without one. */
const ASKER = path.join(root, 'test', 'e2e', 'extensions', 'asker');

/** As an agent, the chat lists only models that take tools. */
const CHAT_ONLY = { 'chat.disableAIFeatures': false, 'chat.agent.enabled': false };

/** A workbench with a chat whose questions reach the model that is chosen. */
export function withChat(settings: Settings = {}): WorkbenchOptions {
  return {
    session: {
      settings: { ...FEW_SOURCES, ...CHAT_ONLY, ...settings },
      prepare: async (_installation, folder) => {
        const place = path.join(folder, 'extensions', 'model-hub-test.asker-1.0.0');
        await cp(ASKER, place, { recursive: true });
      },
    },
  };
}

/** The chat of the editor, in the words of somebody who uses it. */
export class ChatView {
  readonly #window: WorkbenchPage;

  private constructor(window: WorkbenchPage) {
    this.#window = window;
  }

  /** Opens it beside whatever is open. */
  static async open(window: WorkbenchPage): Promise<ChatView> {
    await window.runCommand('Chat: Open Chat');
    const view = new ChatView(window);
    await view.#input.waitFor();
    return view;
  }

  /** The model that a question goes to, once it is this one. */
  model(name: string): Locator {
    return this.#page.locator('.model-picker-name').filter({ hasText: name });
  }

  /** The last answer, as far as it has come. */
  get answer(): Locator {
    return this.#page.locator('.interactive-response').last();
  }

  /** Says something to the model that is chosen, and waits until it is said. */
  async ask(text: string): Promise<void> {
    await this.#input.click();
    // In one go: what is typed letter by letter has suggestions, of which one would take the Enter.
    await this.#page.keyboard.insertText(`@local ${text}`);
    await this.#input.filter({ hasText: text }).waitFor();
    await this.#page.keyboard.press('Enter');
    await this.#page.locator('.interactive-request').filter({ hasText: text }).last().waitFor();
  }

  /** Stops the answer that is coming. */
  async stop(): Promise<void> {
    const bar = this.#page.locator('.chat-execute-toolbar');
    await bar.getByRole('button', { name: /^(?:cancel|stop)/i }).click();
  }

  /** The names of the models that can be chosen. */
  async offered(): Promise<string[]> {
    await this.#page.locator('.model-picker-name').click();
    const rows = this.#page.locator('.action-widget .monaco-list-row');
    await rows.first().waitFor();
    const names = await rows.allInnerTexts();
    await this.#page.keyboard.press('Escape');
    await rows.first().waitFor({ state: 'detached' });
    return names;
  }

  get #page(): Page {
    return this.#window.page;
  }

  get #input(): Locator {
    return this.#page.locator('.interactive-input-editor');
  }
}
