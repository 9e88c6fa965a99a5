import type * as vscode from 'vscode';

const KEY_PREFIX = 'token:';
const CACHE_PREFIX = 'sharedCache:';
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

  /** What a shared cache is told of who we are, as `Authorization` says it. */
  async forSharedCache(url: string): Promise<string | undefined> {
    return await this.#secrets.get(CACHE_PREFIX + new URL(url).origin);
  }

  /** Keeps a user name and password for a shared cache (RFC 7617); without a name, a token. */
  async setForSharedCache(url: string, user: string, password: string): Promise<void> {
    const basic = Buffer.from(`${user}:${password}`, 'utf8').toString('base64');
    const authorization = user === '' ? `Bearer ${password}` : `Basic ${basic}`;
    await this.#secrets.store(CACHE_PREFIX + new URL(url).origin, authorization);
  }

  async clearForSharedCache(url: string): Promise<void> {
    await this.#secrets.delete(CACHE_PREFIX + new URL(url).origin);
  }

  async set(endpoint: string, token: string): Promise<void> {
    await this.#secrets.store(KEY_PREFIX + new URL(endpoint).origin, token);
  }

  async clear(endpoint: string): Promise<void> {
    await this.#secrets.delete(KEY_PREFIX + new URL(endpoint).origin);
  }
}
