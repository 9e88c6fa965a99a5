import type { Stats } from '../hub/stats.ts';
import type { CommittedFile } from '../hub/store.ts';

/** What can be wrong with the hub: see "Faults" in test/hub/README.md. */
export type Faults = Readonly<Record<string, unknown>>;

/** The controls of a running hub, over HTTP: tests inside VS Code have no other way to it. */
export class HubControl {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Replaces all faults; none by default. */
  async setFaults(faults: Faults = {}): Promise<void> {
    await this.#post('/__hub/faults', faults);
  }

  /** Publishes the next version of the catalogue. */
  async advance(): Promise<void> {
    await this.#post('/__hub/advance', {});
  }

  /** Adds files to a repository, as one more commit. */
  async addFiles(
    repository: string,
    files: readonly { readonly path: string; readonly size: number }[],
  ): Promise<void> {
    await this.#post('/__hub/files', { repository, files });
  }

  /** Makes one more commit, by default with other bytes in these files. */
  async commit(repository: string, files: readonly CommittedFile[]): Promise<void> {
    await this.#post('/__hub/commit', { repository, files });
  }

  /** What a correct client holds, as `GET /__hub/truth` says it. */
  async truth(): Promise<string> {
    const answer = await fetch(new URL('/__hub/truth', this.#url));
    return await answer.text();
  }

  /** The ids that a correct client holds of a source. */
  async ids(source: string): Promise<string[]> {
    const answer = await fetch(new URL(`/__hub/truth?source=${source}`, this.#url));
    const lines = (await answer.text()).split('\n').filter(Boolean);
    return lines.map((line) => (JSON.parse(line) as { id: string }).id);
  }

  /** Requests by route since the hub started or was reset. */
  async requests(): Promise<Record<string, number>> {
    const { routes } = await this.#stats();
    return Object.fromEntries(
      Object.entries(routes).map(([name, { requests }]) => [name, requests]),
    );
  }

  /** Bytes that were sent, by route, since the hub started or was reset. */
  async sentBytes(): Promise<Record<string, number>> {
    const { routes } = await this.#stats();
    return Object.fromEntries(
      Object.entries(routes).map(([name, { bytesOut }]) => [name, bytesOut]),
    );
  }

  async resetStats(): Promise<void> {
    await this.#post('/__hub/stats/reset', {});
  }

  async #stats(): Promise<Pick<Stats, 'routes'>> {
    const answer = await fetch(new URL('/__hub/stats', this.#url));
    return (await answer.json()) as Stats;
  }

  async #post(path: string, body: unknown): Promise<void> {
    const answer = await fetch(new URL(path, this.#url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }
}
