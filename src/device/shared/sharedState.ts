import { canonicalJson } from '../../sync/canonicalJson.ts';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { WindowSignals } from '../../sync/strategy/windowSignals.ts';
import { cargoOf, MACHINES, NAMES } from './budget.ts';
import type { MachineId, SharedDocument } from './document.ts';
import { EMPTY, FORMAT, isIn, keysOf, valueOf } from './document.ts';
import { collect, put, remove } from './edit.ts';
import { merge } from './merge.ts';

/** What the editor takes to the user's other machines. */
export const TRAVELLING_KEY = 'modelHub.shared';
/** What this machine knows: the editor may replace what travels, but not this. */
const KEPT_KEY = 'modelHub.sharedHere';
const SET_ASIDE_KEY = 'modelHub.sharedSetAside';
const DAY = 24 * 60 * 60 * 1000;

/** What the user has marked, one set a kind. */
export const MARKS = ['favourites', 'pins', 'hidden', 'searches'] as const;
export type MarkKind = (typeof MARKS)[number];
const KNOWN: ReadonlySet<string> = new Set([...MARKS, MACHINES, NAMES]);

/** What is kept from session to session: a `Memento` of the editor. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

export interface SharedStateOptions {
  readonly memory: Memory;
  /** Who this machine is. Never rejects. */
  readonly machine: () => Promise<MachineId>;
  /** Whether the user wants anything to travel. */
  readonly shares: () => boolean;
  /** When to look at what has come: the editor tells of nothing. */
  readonly signals?: Pick<WindowSignals, 'onDidChange'>;
  /** What earlier versions kept apart, to be taken over: the key of each list of ids. */
  readonly earlier?: Partial<Record<MarkKind, string>>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/**
 * What a user's machines share, as this one knows it. The editor takes one value along, whole: it
 * may be replaced by an older one or by one that lacks what was done here, at any time and without
 * a word. So everything is kept here as well, and what has come is merged into it whenever there is
 * an occasion; it is written only if that makes a difference.
 */
export class SharedState implements Disposable {
  readonly #options: SharedStateOptions;
  readonly #listeners = new Set<() => void>();
  readonly #signals: Disposable | undefined;
  readonly #keys = new Map<string, readonly string[]>();
  /** Documents are never changed, only replaced. */
  readonly #texts = new WeakMap<SharedDocument, string>();
  #document: SharedDocument;
  /** One change after the other. */
  #work: Promise<void> = Promise.resolve();
  readonly #stored = new Map<string, { readonly json: string; readonly text: string }>();
  /** What travels now; absent if that must not be changed. */
  #travelling: SharedDocument | undefined;
  /** All that is kept and travels, and the day, when nothing of it was left to be done. */
  #settled = '';
  #leftOut = 0;
  #obstacle: 'newer' | 'noRoom' | undefined;

  constructor(options: SharedStateOptions) {
    this.#options = options;
    const kept = options.memory.get(KEPT_KEY);
    this.#document = isOurs(kept) ? kept : EMPTY;
    this.#signals = options.signals?.onDidChange(() => void this.remerge());
  }

  /** Something is in a set, or no longer, or has another value. */
  readonly onDidChange = (listener: () => void): Disposable => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  /** Entries that do not travel, because there is no room for them. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Why nothing travels from here, if it does not: a newer version has written what is there. */
  get obstacle(): 'newer' | 'noRoom' | undefined {
    return this.#obstacle;
  }

  /** What was put in last comes first. */
  keys(set: string): readonly string[] {
    const known = this.#keys.get(set) ?? keysOf(this.#document, set);
    this.#keys.set(set, known);
    return known;
  }

  has(set: string, key: string): boolean {
    return isIn(this.#document, set, key);
  }

  value(set: string, key: string): unknown {
    return valueOf(this.#document, set, key);
  }

  /** @throws whatever the editor says if it cannot be kept */
  put(set: string, key: string, value?: unknown): Promise<void> {
    return this.#change((document, machine) => {
      return put(document, set, key, { machine, now: this.#options.clock.now() }, value);
    });
  }

  /** @throws whatever the editor says if it cannot be kept */
  remove(set: string, ...keys: readonly string[]): Promise<void> {
    return this.#change((document) =>
      keys.reduce((left, key) => remove(left, set, key, this.#options.clock.now()), document),
    );
  }

  /** Takes over what has come from other windows and machines; never rejects. */
  async remerge(): Promise<void> {
    if (this.#around === this.#settled) return;
    try {
      await this.#change((document) => collect(document, this.#options.clock.now()));
    } catch (error) {
      this.#options.logger.warn(`What machines share was not kept: ${describeError(error)}`);
    }
  }

  dispose(): void {
    this.#signals?.dispose();
    this.#listeners.clear();
  }

  /** Everything that this window's document follows from. */
  get #around(): string {
    const { memory, earlier = {}, shares, clock } = this.#options;
    const keys = [KEPT_KEY, TRAVELLING_KEY, ...Object.values(earlier)];
    const day = Math.floor(clock.now() / DAY);
    return JSON.stringify([day, shares(), keys.map((key) => memory.get(key))]);
  }

  get #isKept(): boolean {
    const { memory } = this.#options;
    const holds = (key: string, document: SharedDocument): boolean =>
      this.#storedText(key, memory.get(key)) === this.#text(document);
    const travelling = this.#travelling;
    return (
      holds(KEPT_KEY, this.#document) &&
      (travelling === undefined || holds(TRAVELLING_KEY, travelling))
    );
  }

  #change(change: (document: SharedDocument, machine: MachineId) => SharedDocument): Promise<void> {
    const done = this.#work.then(async () => {
      const machine = await this.#options.machine();
      if (this.#around !== this.#settled) this.#travelling = await this.#takeOver(machine);
      this.#set(change(this.#document, machine));
      await this.#keep(machine);
      // Another window may have put its own in place of it at the same time.
      this.#settled = this.#isKept ? this.#around : '';
    });
    this.#work = done.catch(() => undefined);
    return done;
  }

  /** @returns what travels now; undefined if that must not be changed */
  async #takeOver(machine: MachineId): Promise<SharedDocument | undefined> {
    // Loaded here, so that activation does not pay for the schemas.
    const { readDocument } = await import('./sharedSchemas.lazy.ts');
    const { memory, logger, shares } = this.#options;
    const kept = readDocument(memory.get(KEPT_KEY));
    const known = kept.kind === 'document' ? merge(this.#document, kept.document) : this.#document;
    const value = memory.get(TRAVELLING_KEY);
    const came = readDocument(value);
    this.#obstacle = undefined;
    switch (came.kind) {
      case 'newer':
        this.#obstacle = 'newer';
        this.#set(this.#withEarlier(known, machine));
        return undefined;
      case 'garbage':
        logger.warn('What came from other machines cannot be read. It is set aside.');
        await memory.update(SET_ASIDE_KEY, value);
        break;
      case 'document':
        if (came.dropped > 0) logger.warn(`${came.dropped} shared entries cannot be read.`);
        break;
      case 'nothing':
        break;
    }
    const travelling = came.kind === 'document' ? came.document : EMPTY;
    const merged = shares() ? merge(known, travelling) : known;
    this.#set(this.#withEarlier(merged, machine));
    return travelling;
  }

  /** Marks of versions that kept them elsewhere; those are told by the newest first. */
  #withEarlier(document: SharedDocument, machine: MachineId): SharedDocument {
    const { memory, earlier = {}, clock } = this.#options;
    let result = document;
    for (const [set, key] of Object.entries(earlier)) {
      for (const id of idsOf(memory.get(key)).toReversed()) {
        if (!isIn(result, set, id)) result = put(result, set, id, { machine, now: clock.now() });
      }
    }
    return result;
  }

  async #keep(machine: MachineId): Promise<void> {
    const { memory, earlier = {} } = this.#options;
    await this.#update(KEPT_KEY, this.#document);
    for (const key of Object.values(earlier)) {
      if (memory.get(key) !== undefined) await memory.update(key, undefined);
    }
    const cargo = this.#travelling && this.#cargo(this.#travelling, machine);
    if (cargo === undefined) return;
    await this.#update(TRAVELLING_KEY, cargo);
    this.#travelling = cargo;
  }

  /** What is to travel; if nothing is, then what travels already without this machine. */
  #cargo(travelling: SharedDocument, machine: MachineId): SharedDocument | undefined {
    const { shares, clock } = this.#options;
    if (!shares()) {
      const isTold = isIn(travelling, MACHINES, machine);
      return isTold ? remove(travelling, MACHINES, machine, clock.now()) : undefined;
    }
    const cargo = cargoOf(this.#document, KNOWN);
    if (cargo === undefined) this.#obstacle = 'noRoom';
    this.#leftOut = cargo?.leftOut ?? 0;
    return cargo?.document;
  }

  async #update(key: string, value: SharedDocument): Promise<void> {
    const { memory } = this.#options;
    const known = memory.get(key);
    // Who has nothing to say yet does not begin.
    if (known === undefined && this.#text(value) === this.#text(EMPTY)) return;
    if (this.#storedText(key, known) === this.#text(value)) return;
    await memory.update(key, value);
    this.#stored.set(key, { json: JSON.stringify(value), text: this.#text(value) });
  }

  #text(document: SharedDocument): string {
    const text = this.#texts.get(document) ?? canonicalJson(document);
    this.#texts.set(document, text);
    return text;
  }

  /** What is stored in one order of members, which takes long, so that it is remembered. */
  #storedText(key: string, value: unknown): string {
    const json = JSON.stringify(value);
    const known = this.#stored.get(key);
    if (known !== undefined && known.json === json) return known.text;
    const text = canonicalJson(value);
    this.#stored.set(key, { json, text });
    return text;
  }

  #set(document: SharedDocument): void {
    if (document === this.#document) return;
    const isNews = this.#text(document) !== this.#text(this.#document);
    this.#document = document;
    if (!isNews) return;
    this.#keys.clear();
    for (const listener of this.#listeners) listener();
  }
}

/** This much is needed before the schemas are loaded; only this extension writes there. */
function isOurs(value: unknown): value is SharedDocument {
  const { format, sets, collected } = (value ?? {}) as Partial<SharedDocument>;
  return format === FORMAT && typeof sets === 'object' && typeof collected === 'object';
}

function idsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((id) => typeof id === 'string') : [];
}
