import * as vscode from 'vscode';
import type { LinkLimits, LinkState, LinkStatus } from '../sync/http/linkQuality.ts';

/** How good the way to the network is, as the engine last told it; nothing before it runs. */
export class LinkView implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  #status: LinkStatus | undefined;
  readonly onDidChange = this.#changed.event;

  get state(): LinkState | undefined {
    return this.#status?.state;
  }

  get limits(): LinkLimits | undefined {
    return this.#status?.limits;
  }

  set(status: LinkStatus): void {
    this.#status = status;
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
