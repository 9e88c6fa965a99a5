import { listModels } from '@huggingface/hub';
import { Agent, fetch as undiciFetch } from 'undici';
import type { HubUnderTest } from './hubUnderTest.ts';

/** All that our rows keep of a model, besides what `listModels` always asks for. */
const FIELDS = [
  ...['sha', 'disabled', 'author', 'createdAt', 'library_name', 'tags', 'filePaths'],
  // The API knows these two, the client's types do not; our rows keep them.
  ...['gguf', 'trendingScore'],
] as 'sha'[];

/** A peer with connections of its own, which it keeps until it is closed. */
export class Peer {
  readonly #hub: HubUnderTest;
  /** HTTP/2 on one connection, as cheap as it gets. */
  readonly #agent = new Agent({ allowH2: true, connections: 1, pipelining: 100 });

  constructor(hub: HubUnderTest) {
    this.#hub = hub;
  }

  /**
   * The official client's list of every one of these authors.
   * @returns how many models they have
   */
  async listModels(authors: readonly string[]): Promise<number> {
    const counts = await Promise.all(authors.map((author) => this.#list(author)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /**
   * Jan's way: the newest catalogue file that is there, whole.
   * @returns its models
   */
  async catalogue(): Promise<number> {
    for (const name of ['model_catalog_v2.json', 'model_catalog.json']) {
      const url = new URL(`/janhq/model-catalog/main/${name}`, this.#hub.tlsUrl);
      const answer = await this.#fetch(url);
      if (answer.ok) return ((await answer.json()) as unknown[]).length;
      await answer.arrayBuffer();
    }
    throw new Error('The hub has no catalogue file.');
  }

  close(): Promise<void> {
    return this.#agent.close();
  }

  readonly #fetch = ((url: string | URL, init: object = {}) =>
    undiciFetch(url, { ...init, dispatcher: this.#agent })) as unknown as typeof fetch;

  async #list(owner: string): Promise<number> {
    let count = 0;
    const models = listModels({
      hubUrl: this.#hub.tlsUrl,
      search: { owner },
      additionalFields: FIELDS,
      fetch: this.#fetch,
    });
    for await (const { name } of models) count += Number(name !== '');
    return count;
  }
}
