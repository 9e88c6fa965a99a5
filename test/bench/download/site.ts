import { hubScript } from '../../../scripts/lib/paths.ts';
import { Started } from '../../../scripts/lib/processes.ts';
import type { Stats } from '../../hub/stats.ts';
import type { CommittedFile } from '../../hub/store.ts';
import type { Packing } from '../../hub/xet/cas.ts';
import type { Uploaded } from '../../hub/xet/upload.ts';
import { Throttle } from '../../support/throttle.ts';

const START_LIMIT_MS = 30_000;
const MODEL = 'cortexso/tinyllama';
const PATH = 'bench/model.gguf';

/** One file of a hub, and the way to it. */
export interface SiteFile {
  /** The hub, or a slow line in front of it. */
  readonly endpoint: string;
  readonly model: string;
  readonly revision: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
  /** Its address on the hub, which redirects to the content network. */
  readonly url: string;
}

/** A file that was committed, and what of it was new to the storage. */
export interface CommittedSiteFile extends SiteFile {
  /** Bytes; undefined if it is not in Xet storage. */
  readonly newBytes: number | undefined;
}

export interface Line {
  readonly bitsPerSecond: number;
  /** One way, in ms. */
  readonly delayMs: number;
}

/** A slow line to a site; counts what it carries. */
export interface ShapedSite extends AsyncDisposable {
  readonly file: SiteFile;
  /** A file of the site as it is asked for over this line. */
  readonly at: (file: SiteFile) => SiteFile;
  /** Bytes of the content network that went to clients so far. */
  readonly bytesDown: () => number;
}

/** A hub in a process of its own, with one big file of random bytes. */
export class Site implements AsyncDisposable {
  readonly file: SiteFile;
  readonly #hub: Started;

  private constructor(hub: Started, file: SiteFile) {
    this.#hub = hub;
    this.file = file;
  }

  static async open(size: number): Promise<Site> {
    const hub = new Started(process.execPath, [hubScript, '--models', '20']);
    try {
      const [said] = await hub.waitForOutput(/^\{.*"url".*\}$/m, START_LIMIT_MS);
      const { url } = JSON.parse(said) as { url: string };
      return new Site(hub, await publish(url, size));
    } catch (error) {
      await hub.stop();
      throw error;
    }
  }

  /** Both the hub and the content network behind a slow line. */
  async over(line: Line): Promise<ShapedSite> {
    const content = await fetch(this.file.url, { method: 'HEAD', redirect: 'manual' });
    const portOf = (address: string): number => Number(new URL(address).port);
    const contentPort = portOf(content.headers.get('location') ?? '');
    const hub = await Throttle.open({ ...line, targetPort: portOf(this.file.endpoint) });
    const network = await Throttle.open({ ...line, targetPort: contentPort });
    await setFaults(this.file.endpoint, { cdnOrigin: `http://127.0.0.1:${network.port}` });
    const at = (file: SiteFile): SiteFile => fileAt(`http://127.0.0.1:${hub.port}`, file);
    return {
      ...{ file: at(this.file), at },
      bytesDown: () => network.bytesDown,
      [Symbol.asyncDispose]: async () => {
        await setFaults(this.file.endpoint, {});
        await hub[Symbol.asyncDispose]();
        await network[Symbol.asyncDispose]();
      },
    };
  }

  /** Commits a file that is made to order. */
  async commit(file: CommittedFile, packing: Packing = {}): Promise<CommittedSiteFile> {
    const { endpoint } = this.file;
    const { sha, xet } = await post<{ sha: string; xet?: Readonly<Record<string, Uploaded>> }>(
      endpoint,
      'commit',
      { repository: MODEL, files: [file], packing },
    );
    const newBytes = xet?.[file.path]?.newBytes;
    return { ...(await published(endpoint, sha, file.path)), newBytes };
  }

  /** Bytes of all answers since it was asked last, heads of HTTP included. */
  async bytesSent(): Promise<number> {
    const { endpoint } = this.file;
    const stats = (await (await fetch(new URL('/__hub/stats', endpoint))).json()) as Stats;
    await post(endpoint, 'stats/reset', {});
    return stats.total.bytesOut;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hub.stop();
  }
}

async function publish(endpoint: string, size: number): Promise<SiteFile> {
  const files = [{ path: PATH, size }];
  const { sha } = await post<{ sha: string }>(endpoint, 'files', { repository: MODEL, files });
  return await published(endpoint, sha, PATH);
}

async function published(endpoint: string, revision: string, path: string): Promise<SiteFile> {
  const address = new URL(`/api/models/${MODEL}/tree/${revision}?recursive=true`, endpoint);
  const entries = (await (await fetch(address)).json()) as {
    readonly path: string;
    readonly size: number;
    readonly lfs?: { readonly oid: string };
  }[];
  const { size = 0, lfs } = entries.find((entry) => entry.path === path) ?? {};
  return fileAt(endpoint, { model: MODEL, revision, path, size, sha256: lfs?.oid ?? '' });
}

function fileAt(endpoint: string, file: Omit<SiteFile, 'endpoint' | 'url'>): SiteFile {
  const url = `${endpoint}/${file.model}/resolve/${file.revision}/${file.path}`;
  return { ...file, endpoint, url };
}

async function setFaults(endpoint: string, faults: Readonly<Record<string, unknown>>) {
  await post(endpoint, 'faults', faults);
}

async function post<T>(endpoint: string, word: string, body: unknown): Promise<T> {
  const message = { method: 'POST', body: JSON.stringify(body) };
  const answer = await fetch(new URL(`/__hub/${word}`, endpoint), message);
  if (!answer.ok) throw new Error(`${word}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
