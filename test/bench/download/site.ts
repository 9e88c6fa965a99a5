import { hubScript } from '../../../scripts/lib/paths.ts';
import { Started } from '../../../scripts/lib/processes.ts';
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

export interface Line {
  readonly bitsPerSecond: number;
  /** One way, in ms. */
  readonly delayMs: number;
}

/** A slow line to a site; counts what it carries. */
export interface ShapedSite extends AsyncDisposable {
  readonly file: SiteFile;
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
    return {
      file: fileAt(`http://127.0.0.1:${hub.port}`, this.file),
      bytesDown: () => network.bytesDown,
      [Symbol.asyncDispose]: async () => {
        await setFaults(this.file.endpoint, {});
        await hub[Symbol.asyncDispose]();
        await network[Symbol.asyncDispose]();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hub.stop();
  }
}

async function publish(endpoint: string, size: number): Promise<SiteFile> {
  const files = [{ path: PATH, size }];
  const { sha } = await post<{ sha: string }>(endpoint, 'files', { repository: MODEL, files });
  const listed = await fetch(new URL(`/api/models/${MODEL}/tree/${sha}?recursive=true`, endpoint));
  const entries = (await listed.json()) as { path: string; lfs?: { oid: string } }[];
  const sha256 = entries.find(({ path }) => path === PATH)?.lfs?.oid ?? '';
  return fileAt(endpoint, { model: MODEL, revision: sha, path: PATH, size, sha256 });
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
