import type { SyncError } from '../../../src/sync/errors.ts';
import type { Listing, Source } from '../../../src/sync/gateway/source.ts';
import { row } from './rows.ts';

/** A source that answers when, and with what, a test says. */
export class SlowSource implements Source {
  readonly key = 'hf:janhq';
  readonly asked: ('probe' | 'sweep')[] = [];
  rows = [row({ id: 'janhq/one' })];
  validators: Record<string, string> = {};
  /** It answers though nobody waits any more. */
  deaf = false;
  /** What it lists, and cannot tell more of. */
  vanished: string | undefined;
  /** What goes wrong when the records are asked for. */
  failure: SyncError | undefined;
  #next = Promise.withResolvers<undefined>();
  #heard = Promise.withResolvers<undefined>();
  #signal: AbortSignal | undefined;

  get aborted(): boolean {
    return this.#signal?.aborted === true;
  }

  /** Waits until it is asked for the n-th time. */
  async wasAsked(times: number): Promise<void> {
    while (this.asked.length < times) await this.#heard.promise;
  }

  answer(): void {
    const { resolve } = this.#next;
    this.#next = Promise.withResolvers();
    resolve(undefined);
  }

  probe = ({ http }: Parameters<Source['probe']>[0]) => this.#ask('probe', http.signal);
  sweep = ({ http }: Parameters<Source['sweep']>[0]) => this.#ask('sweep', http.signal);

  async #ask(question: 'probe' | 'sweep', signal: AbortSignal): Promise<Listing> {
    this.#signal = signal;
    this.asked.push(question);
    const heard = this.#heard;
    this.#heard = Promise.withResolvers();
    heard.resolve(undefined);
    const left = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => {
      if (!this.deaf) left.reject(new DOMException('', 'AbortError'));
    });
    await Promise.race([this.#next.promise, left.promise]);
    const rows = [...this.rows];
    return {
      manifest: new Map(rows.map((one) => [one.record.id, one.fingerprint])),
      complete: question === 'sweep',
      dropped: 0,
      validators: this.validators,
      counters: new Map(),
      counted: false,
      load: (ids) =>
        this.failure === undefined
          ? Promise.resolve({
              rows: rows.filter(({ record: { id } }) => ids.includes(id) && id !== this.vanished),
              dropped: 0,
            })
          : Promise.reject(this.failure),
    };
  }
}
