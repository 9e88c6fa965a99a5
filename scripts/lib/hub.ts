import { hubScript } from './paths.ts';
import { freePortNear } from './ports.ts';
import { Started } from './processes.ts';

const START_LIMIT_MS = 30_000;

/** What the hub says about itself when it listens. */
export interface HubSources {
  readonly hf?: readonly string[];
  readonly jan?: readonly string[];
  readonly cortex?: string;
}

export interface HubOptions {
  /** A free one if left out. */
  readonly port?: number;
  readonly models?: number;
}

/** The embedded hub, running in a process of its own. */
export class Hub implements AsyncDisposable {
  readonly url: string;
  readonly sources: HubSources;
  readonly #options: HubOptions;
  #process: Started;

  private constructor(
    { url, sources }: Pick<Hub, 'url' | 'sources'>,
    process: Started,
    options: HubOptions,
  ) {
    this.url = url;
    this.sources = sources;
    this.#process = process;
    this.#options = options;
  }

  static async start(options: HubOptions = {}): Promise<Hub> {
    const [said, process] = await launch(options);
    return new Hub(said, process, options);
  }

  /** Starts it at the wanted port if that is free. */
  static async startNear(port: number): Promise<Hub> {
    return Hub.start({ port: await freePortNear(port) });
  }

  /** Nobody answers at its address until it is started again. */
  async stop(): Promise<void> {
    await this.#process.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Starts it again at the same address, with the same models. */
  async startAgain(): Promise<void> {
    const port = Number(new URL(this.url).port);
    [, this.#process] = await launch({ ...this.#options, port });
  }
}

async function launch(
  options: HubOptions,
): Promise<[said: Pick<Hub, 'url' | 'sources'>, process: Started]> {
  const { port = 0, models = 300 } = options;
  const args = [hubScript, '--port', String(port), '--models', String(models)];
  const started = new Started(process.execPath, args);
  try {
    const line = /^\{.*"url".*\}$/m;
    const [said] = await started.waitForOutput(line, START_LIMIT_MS);
    return [JSON.parse(said) as Pick<Hub, 'url' | 'sources'>, started];
  } catch (error) {
    await started.stop();
    throw error;
  }
}

/** The settings that point the extension at a hub. */
export function hubSettings(hub: Hub): Record<string, unknown> {
  return {
    'modelHub.huggingFace.endpoint': hub.url,
    'modelHub.jan.catalogueUrl': `${hub.url}/janhq/model-catalog/main/`,
    ...(hub.sources.cortex === undefined ? {} : { 'modelHub.cortex.url': hub.sources.cortex }),
  };
}

/** Authors that show well what a catalogue holds: many variants, small and large models. */
const shownAuthors = ['cortexso', 'janhq', 'bartowski'];

/** A value of `modelHub.sources` that shows every kind of source, not all that the hub serves. */
export function hubSourceIds({ sources }: Hub): string[] {
  const authors = sources.hf ?? [];
  const shown = shownAuthors.filter((author) => authors.includes(author));
  const jan = sources.jan?.at(-1);
  return [
    ...(shown.length > 0 ? shown : authors.slice(0, 3)).map((author) => `hf:${author}`),
    ...(jan === undefined ? [] : [`jan:${jan}`]),
    ...(sources.cortex === undefined ? [] : ['cortex']),
  ];
}
