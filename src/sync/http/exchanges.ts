import { LRUCache } from 'lru-cache';
import { t } from '@vscode/l10n';
import type { Clock } from '../clock.ts';
import { cancelled, SyncError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { SharedJobs } from '../sharedJobs.ts';
import { encodingOf, readBody, readUnused } from './body.ts';
import type { Priority, Ticket } from './limiter.ts';
import { Limiter } from './limiter.ts';
import { LinkMeter } from './linkMeter.ts';
import { isLoopback } from './network.ts';
import type { QuotaStatus } from './quota.ts';
import { Quotas } from './quota.ts';
import type { TransportRequest, TransportResponse } from './transport.ts';
import type { WaysOptions } from './ways.ts';
import { Ways } from './ways.ts';

const REMEMBERED_SIZES = 2_000;

/** What exchanges cost. Bytes of bodies are exact, those of headers as HTTP/1.1 writes them. */
export interface Cost {
  requests: number;
  bytesSent: number;
  bytesReceived: number;
  bytesSaved: number;
}

/** Who wants an exchange, for how long, and who pays for it if it is the one who begins it. */
export interface Asker {
  readonly cost: Cost;
  readonly priority: Priority;
  readonly signal: AbortSignal;
}

/** One request without its redirects. */
export interface Question extends Omit<TransportRequest, 'signal'> {
  readonly token: string | undefined;
  /** A longer body of a success is refused with `badAnswer`. */
  readonly maxBytes: number;
}

/** An answer that has arrived. Several askers may share it, so its body is not to be changed. */
export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded; of an answer that is no success as much as was worth reading. */
  readonly body: Buffer;
}

interface Job {
  readonly cost: Cost;
  readonly ticket: Ticket;
}

/**
 * The path of a request: those who ask the same share one exchange, which waits for its place,
 * takes its part of the quota, and is sent.
 */
export class Exchanges {
  readonly link: LinkMeter;
  readonly #logger: Logger;
  readonly #shared = new SharedJobs<string, Job, Received>();
  readonly #limiter: Limiter;
  readonly #quotas: Quotas;
  readonly #ways: Ways;
  /** Encoded bytes of the last full answer, by address. */
  readonly #sizes = new LRUCache<string, number>({ max: REMEMBERED_SIZES });

  constructor({ clock, ...options }: WaysOptions & { readonly clock: Clock }) {
    this.#logger = options.logger;
    this.link = new LinkMeter(clock);
    this.#limiter = new Limiter(() => this.link.limits.concurrency);
    this.#quotas = new Quotas(clock);
    this.#ways = new Ways(options);
  }

  /** See Quotas.list. */
  quotas(): QuotaStatus[] {
    return this.#quotas.list();
  }

  /** What was learnt of the network does not hold any more. */
  networkChanged(): void {
    this.#ways.forget();
    this.link.reset();
  }

  /**
   * Asks, or shares the exchange of somebody who has asked the same and has no answer yet.
   * @throws SyncError
   */
  async ask(question: Question, { cost, priority, signal }: Asker): Promise<Received> {
    const job: Job = { cost, ticket: { priority } };
    if (question.method !== 'GET') return await this.#exchange(question, job, signal);
    return await this.#shared.join(
      keyOf(question),
      () => job,
      (running) => this.#limiter.hurry(running.ticket, priority),
      (begun, whileWanted) => this.#exchange(question, begun, whileWanted),
      signal,
    );
  }

  async #exchange(question: Question, job: Job, signal: AbortSignal): Promise<Received> {
    const { url, token } = question;
    // Talk with this machine takes no place on the link, and tells nothing about it.
    const isRemote = !isLoopback(url.hostname);
    const leave = isRemote ? await this.#limiter.enter(job.ticket, signal) : undefined;
    try {
      this.#quotas.take(url, token, job.ticket.priority);
      return await this.#send(question, job.cost, signal, isRemote ? this.link : undefined);
    } finally {
      leave?.();
    }
  }

  async #send(
    question: Question,
    cost: Cost,
    signal: AbortSignal,
    link: LinkMeter | undefined,
  ): Promise<Received> {
    const { maxBytes, token, ...request } = question;
    const { url } = request;
    cost.requests++;
    cost.bytesSent += sizeOf(request.headers) + Buffer.byteLength(request.body ?? '');
    const response = await this.#answerOf({ ...request, signal }, link);
    const { status, headers } = response;
    this.#quotas.learn(url, token, status, headers);
    cost.bytesReceived += sizeOf(headers);
    if (status === 304) cost.bytesSaved += this.#sizes.get(url.href) ?? 0;
    if (status < 200 || status >= 300) {
      const body = await readUnused(response, signal, this.#logger, (bytes) => {
        cost.bytesReceived += bytes;
      });
      return { status, headers, body };
    }
    const arrival = link?.body();
    let length = 0;
    const body = await readWhole(url, response, maxBytes, signal, (bytes) => {
      length += bytes;
      cost.bytesReceived += bytes;
      arrival?.received(bytes);
    });
    arrival?.ended();
    if (request.method === 'GET') this.#sizes.set(url.href, length);
    return { status, headers, body };
  }

  async #answerOf(
    request: TransportRequest,
    link: LinkMeter | undefined,
  ): Promise<TransportResponse> {
    const exchange = link?.begin();
    try {
      const response = await this.#ways.send(request);
      exchange?.answered();
      return response;
    } catch (error) {
      if (!request.signal.aborted) exchange?.failed();
      throw error;
    }
  }
}

async function readWhole(
  url: URL,
  response: TransportResponse,
  maxBytes: number,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<Buffer> {
  try {
    return await readBody(response.body, encodingOf(response), maxBytes, onBytes);
  } catch (error) {
    if (signal.aborted) throw cancelled(error);
    if (SyncError.is(error)) throw error;
    throw new SyncError(
      'badAnswer',
      t('The answer of {0} broke off. It is tried again later.', url.host),
      { cause: error },
    );
  }
}

/** What the same answer depends on. */
function keyOf({ url, headers, maxBytes }: Question): string {
  return JSON.stringify([url.href, Object.entries(headers).sort(), maxBytes]);
}

function sizeOf(headers: Readonly<Record<string, string>>): number {
  return Object.entries(headers).reduce(
    (sum, [name, value]) => sum + name.length + value.length + 4,
    0,
  );
}
