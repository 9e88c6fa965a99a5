import { setTimeout as wait } from 'node:timers/promises';
import type { EngineSettings } from '../../../src/sync/engine.ts';
import type { SourceKey } from '../../../src/sync/model.ts';
import type { FaultSet } from '../../hub/faults.ts';
import type { RouteStats } from '../../hub/stats.ts';

/** Where a hub is, as its own command says. */
export interface HubAddress {
  readonly url: string;
  /** The way to its TLS port that is measured: perhaps through a slow link. */
  readonly tlsUrl: string;
}

/** How long a closed connection may take to be seen as such at the hub, in ms. */
const SETTLING = 20;

/** A hub in another process, by its controls. They are not counted. */
export class HubUnderTest {
  readonly url: string;
  readonly tlsUrl: string;

  constructor({ url, tlsUrl }: HubAddress) {
    this.url = url;
    this.tlsUrl = tlsUrl;
  }

  /** Over TLS, where HTTP/2 is offered. */
  get endpoints(): Required<EngineSettings['endpoints']> {
    return {
      huggingFace: this.tlsUrl,
      janCatalogue: `${this.tlsUrl}/janhq/model-catalog/main`,
      cortex: `${this.tlsUrl}/cortex`,
    };
  }

  /** Publishes the next version; false after the last. */
  async advance(): Promise<boolean> {
    const answer = await fetch(new URL('/__hub/advance', this.url), { method: 'POST' });
    await answer.arrayBuffer();
    if (answer.status !== 200 && answer.status !== 409)
      throw new Error(`advance: ${answer.status}`);
    return answer.status === 200;
  }

  /** Whether the version that is published now has none after it. */
  async isAtLast(): Promise<boolean> {
    const answer = await fetch(new URL('/__hub/sources', this.url));
    const { state } = (await answer.json()) as { state: { last: boolean } };
    return state.last;
  }

  async setFaults(faults: FaultSet): Promise<void> {
    const message = { method: 'POST', body: JSON.stringify(faults) };
    const answer = await fetch(new URL('/__hub/faults', this.url), message);
    if (!answer.ok) throw new Error(await answer.text());
    await answer.arrayBuffer();
  }

  /** What a correct client holds: content as canonical JSON by id, by source. */
  async truth(): Promise<Map<SourceKey, Map<string, string>>> {
    const answer = await fetch(new URL('/__hub/truth', this.url));
    const sources = new Map<SourceKey, Map<string, string>>();
    for (const line of (await answer.text()).split('\n').filter(Boolean)) {
      const { source, id } = JSON.parse(line) as { source: string; id: string };
      const models = sources.get(source) ?? new Map<string, string>();
      const content = line.slice(line.indexOf(',"content":') + ',"content":'.length, -1);
      sources.set(source, models.set(id, content));
    }
    return sources;
  }

  /** What the clients have cost since the last time this was asked, at the socket. */
  async take(): Promise<RouteStats> {
    let before = await this.#total();
    for (;;) {
      await wait(SETTLING);
      const now = await this.#total();
      if (now.bytesIn + now.bytesOut === before.bytesIn + before.bytesOut) break;
      before = now;
    }
    const answer = await fetch(new URL('/__hub/stats', this.url), { method: 'DELETE' });
    await answer.arrayBuffer();
    return before;
  }

  async #total(): Promise<RouteStats> {
    const answer = await fetch(new URL('/__hub/stats', this.url));
    return ((await answer.json()) as { total: RouteStats }).total;
  }
}

/** Bytes in both directions. */
export function bytesOf({ bytesIn, bytesOut }: RouteStats): number {
  return bytesIn + bytesOut;
}
