import type {
  Transport,
  TransportRequest,
  TransportResponse,
} from '../../../src/sync/http/transport.ts';

/** Addresses that made-up names lead to are not remembered without end. */
const MOST_ANSWERS = 300;

interface Canned {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The true answers of a hub, kept after the first time, and what a test makes of them. */
export class CannedTransport {
  /** Changes the body of the n-th answer since `begin`. */
  #alter: (body: Buffer, index: number) => Buffer = (body) => body;
  #served = 0;
  readonly #hub: string;
  readonly #answers = new Map<string, Promise<Canned>>();

  constructor(hub: string) {
    this.#hub = hub;
  }

  /** From now on answers are changed by this. */
  begin(alter: (body: Buffer, index: number) => Buffer): void {
    this.#alter = alter;
    this.#served = 0;
  }

  readonly transport: Transport = async (request): Promise<TransportResponse> => {
    const { status, headers, body } = await this.#truth(request);
    const altered = status === 200 ? this.#alter(body, this.#served++) : body;
    return { status, headers, body: single(altered), decoded: true };
  };

  #truth({ method, url, body }: TransportRequest): Promise<Canned> {
    // A commit of its own for each run finds nothing that an earlier one has left in a cache.
    const path = url.pathname.replace(/\/(tree|resolve)\/[0-9a-f]{40}(?=\/|$)/, '/$1/main');
    const key = `${method} ${path}${url.search} ${body ?? ''}`;
    if (this.#answers.size > MOST_ANSWERS) this.#answers.clear();
    const address = new URL(path + url.search, this.#hub);
    // A connection that has idled for minutes may be closed under the first request.
    const asked =
      this.#answers.get(key) ??
      this.#ask(method, address, body).catch(() => this.#ask(method, address, body));
    this.#answers.set(key, asked);
    return asked;
  }

  async #ask(method: string, url: URL, body: string | undefined): Promise<Canned> {
    const answer = await fetch(url, {
      method,
      redirect: 'follow',
      ...(body !== undefined && { body }),
    });
    // Without an ETag every run gets the whole answer.
    const kept = ['content-type', 'link'];
    return {
      status: answer.status,
      headers: Object.fromEntries([...answer.headers].filter(([name]) => kept.includes(name))),
      body: Buffer.from(await answer.arrayBuffer()),
    };
  }
}

async function* single(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(body);
}
