import { SyncError } from '../errors.ts';
import type { SyncErrorKind } from '../errors.ts';

/** The two ends of a message channel look alike: a worker's port and the worker itself. */
export interface Port {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

type Handler = (argument: never, signal: AbortSignal) => unknown;

type Message =
  | {
      readonly type: 'call';
      readonly id: number;
      readonly method: string;
      readonly argument: unknown;
    }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | {
      readonly type: 'error';
      readonly id: number;
      readonly kind: SyncErrorKind;
      readonly message: string;
      readonly details: Pick<SyncError, 'retryAt' | 'status'>;
    }
  | { readonly type: 'event'; readonly name: string; readonly payload: unknown };

/** Calls between two threads: results, typed errors, cancellation, and events in both directions. */
export class RpcPeer {
  readonly #port: Port;
  readonly #handlers = new Map<string, Handler>();
  readonly #listeners = new Map<string, (payload: never) => void>();
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #running = new Map<number, AbortController>();
  #lastId = 0;

  constructor(port: Port) {
    this.#port = port;
    port.on('message', (message) => this.#receive(message as Message));
  }

  /** Answers calls of `method`. A handler's errors reach the caller as SyncErrors. */
  handle(method: string, handler: Handler): void {
    this.#handlers.set(method, handler);
  }

  /** Listens to an event of the other side. */
  on(name: string, listener: (payload: never) => void): void {
    this.#listeners.set(name, listener);
  }

  /** Tells the other side; nobody answers. */
  emit(name: string, payload: unknown): void {
    this.#post({ type: 'event', name, payload });
  }

  /**
   * Calls a method of the other side.
   * @throws SyncError
   */
  async call(method: string, argument: unknown, signal?: AbortSignal): Promise<unknown> {
    const id = ++this.#lastId;
    const waiting = Promise.withResolvers<unknown>();
    const cancel = (): void => this.#post({ type: 'cancel', id });
    this.#waiting.set(id, waiting);
    try {
      this.#post({ type: 'call', id, method, argument });
      signal?.addEventListener('abort', cancel, { once: true });
      if (signal?.aborted === true) cancel();
      return await waiting.promise;
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#waiting.delete(id);
    }
  }

  /** Fails all calls that still wait: the other side is gone. */
  abandon(error: SyncError): void {
    for (const waiting of this.#waiting.values()) waiting.reject(error);
  }

  #receive(message: Message): void {
    switch (message.type) {
      case 'call':
        void this.#answer(message.id, message.method, message.argument);
        break;
      case 'cancel':
        this.#running.get(message.id)?.abort();
        break;
      case 'result':
        this.#waiting.get(message.id)?.resolve(message.value);
        break;
      case 'error':
        this.#waiting
          .get(message.id)
          ?.reject(new SyncError(message.kind, message.message, message.details));
        break;
      case 'event':
        this.#listeners.get(message.name)?.(message.payload as never);
        break;
    }
  }

  async #answer(id: number, method: string, argument: unknown): Promise<void> {
    const controller = new AbortController();
    this.#running.set(id, controller);
    try {
      const handler = this.#handlers.get(method);
      if (handler === undefined) throw new Error(`nobody answers ${method}`);
      const value = await handler(argument as never, controller.signal);
      this.#post({ type: 'result', id, value });
    } catch (error) {
      const { kind, message, retryAt, status } = SyncError.from(error);
      this.#post({ type: 'error', id, kind, message, details: { retryAt, status } });
    } finally {
      this.#running.delete(id);
    }
  }

  #post(message: Message): void {
    this.#port.postMessage(message);
  }
}
