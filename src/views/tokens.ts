import type * as vscode from 'vscode';

const KEY_PREFIX = 'token:';
const HUGGING_FACE = 'https://huggingface.co';

/** Tokens in SecretStorage, each for the one origin that the user gave it for. */
export class Tokens {
  readonly #secrets: vscode.SecretStorage;
  readonly onDidChange: vscode.Event<void>;

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
    this.onDidChange = (listener, thisArgument, disposables) =>
      secrets.onDidChange(() => void listener.call(thisArgument), undefined, disposables);
  }

  /**
   * The tokens to use, by origin. `HF_TOKEN` of the environment counts for huggingface.co alone: a
   * mirror gets a token only if the user entered it for that mirror.
   */
  async all(endpoint: string): Promise<Record<string, string>> {
    const environment = process.env['HF_TOKEN'];
    const { origin } = new URL(endpoint);
    const stored = await this.#secrets.get(KEY_PREFIX + origin);
    return {
      ...(environment !== undefined && environment !== '' && { [HUGGING_FACE]: environment }),
      ...(stored !== undefined && { [origin]: stored }),
    };
  }

  async set(endpoint: string, token: string): Promise<void> {
    await this.#secrets.store(KEY_PREFIX + new URL(endpoint).origin, token);
  }

  async clear(endpoint: string): Promise<void> {
    await this.#secrets.delete(KEY_PREFIX + new URL(endpoint).origin);
  }
}
