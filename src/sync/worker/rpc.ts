import { cancelled, SyncError } from '../errors.ts';

/** The two ends of a message channel look alike: a worker's port and the worker itself. */
export interface Port {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

/** What an error may say besides its kind and its message. */
interface ErrorDetails {
  readonly retryAt?: number | undefined;
  readonly status?: number | undefined;
}

interface CrossingError extends Error, ErrorDetails {
  readonly kind: string;
}

/**
 * Errors that cross as what they are, by the `name` that their instances have; both ends have to
 * know the same. That of the class itself does not outlive minifying.
 */
export type ErrorClasses = Readonly<
  Record<
    string,
    new (kind: never, message: string, details: ErrorOptions & ErrorDetails) => CrossingError
  >
>;

/** @param tell tells whoever called something before the result is there */
type Handler = (argument: never, signal: AbortSignal, tell: (part: unknown) => void) => unknown;

type ErrorMessage = Extract<Message, { readonly type: 'error' }>;

type Message =
  | {
      readonly type: 'call';
      readonly id: number;
      readonly method: string;
      readonly argument: unknown;
    }
  | { readonly type: 'cancel'; readonly id: number }
  | { readonly type: 'part'; readonly id: number; readonly value: unknown }
  | { readonly type: 'result'; readonly id: number; readonly value: unknown }
  | {
      readonly type: 'error';
      readonly id: number;
      /** Of its class, see ErrorClasses. */
      readonly name: string;
      readonly kind: string;
      readonly message: string;
      readonly details: ErrorDetails;
    }
  | { readonly type: 'event'; readonly name: string; readonly payload: unknown };

/** Calls between two threads: results, typed errors, cancellation, and events in both directions. */
export class RpcPeer {
  readonly #port: Port;
  readonly #errors: ErrorClasses;
  readonly #handlers = new Map<string, Handler>();
  readonly #listeners = new Map<string, (payload: never) => void>();
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #hearing = new Map<number, (part: unknown) => void>();
  readonly #running = new Map<number, AbortController>();
  #lastId = 0;

  /** @param errors classes that cross besides SyncError */
  constructor(port: Port, errors: ErrorClasses = {}) {
    this.#port = port;
    this.#errors = { ...errors, SyncError };
    port.on('message', (message) => this.#receive(message as Message));
  }

  /** Answers calls of `method`. What a handler throws that is of no known class is a SyncError. */
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
   * @param onPart is told what the handler tells before the result is there
   * @throws SyncError, or another of the classes that cross
   */
  async call(
    method: string,
    argument: unknown,
    signal?: AbortSignal,
    onPart?: (part: unknown) => void,
  ): Promise<unknown> {
    if (signal?.aborted === true) throw cancelled();
    const id = ++this.#lastId;
    const waiting = Promise.withResolvers<unknown>();
    const cancel = (): void => this.#post({ type: 'cancel', id });
    this.#waiting.set(id, waiting);
    if (onPart !== undefined) this.#hearing.set(id, onPart);
    try {
      this.#post({ type: 'call', id, method, argument });
      signal?.addEventListener('abort', cancel, { once: true });
      return await waiting.promise;
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#waiting.delete(id);
      this.#hearing.delete(id);
    }
  }

  /** Fails all calls that still wait: the other side is gone. */
  abandon(error: Error): void {
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
      case 'part':
        this.#hearing.get(message.id)?.(message.value);
        break;
      case 'result':
        this.#waiting.get(message.id)?.resolve(message.value);
        break;
      case 'error':
        this.#waiting.get(message.id)?.reject(this.#revive(message));
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
      const tell = (part: unknown): void => this.#post({ type: 'part', id, value: part });
      const value = await handler(argument as never, controller.signal, tell);
      this.#post({ type: 'result', id, value });
    } catch (error) {
      this.#post({ type: 'error', id, ...this.#told(error) });
    } finally {
      this.#running.delete(id);
    }
  }

  #told(error: unknown): Omit<ErrorMessage, 'type' | 'id'> {
    const isKnown = (thrown: unknown): thrown is CrossingError =>
      Object.values(this.#errors).some((known) => thrown instanceof known);
    const known: CrossingError = isKnown(error) ? error : SyncError.from(error);
    const { name, kind, message, retryAt, status } = known;
    return { name, kind, message, details: { retryAt, status } };
  }

  #revive({ name, kind, message, details }: ErrorMessage): Error {
    const Known = this.#errors[name] ?? SyncError;
    return new Known(kind as never, message, details);
  }

  #post(message: Message): void {
    this.#port.postMessage(message);
  }
}
