import { canonicalJson } from '../../sync/canonicalJson.ts';
import type { Clock, Disposable } from '../../sync/clock.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import { MACHINES, NAMES } from './budget.ts';
import type { MachineId } from './document.ts';
import type { IdentityFile } from './identity.ts';
import type { MachineFacts, MachineRecord } from './machineRecord.ts';
import { recordOf } from './machineRecord.ts';
import type { SharedState } from './sharedState.ts';

/** Names are for people to tell machines apart. */
const LONGEST_NAME = 60;

/** A machine of the user's. */
export interface Machine {
  readonly id: MachineId;
  /** As the user named it; absent: they have not. */
  readonly name?: string;
  readonly record: MachineRecord;
}

export interface MachinesOptions {
  readonly state: SharedState;
  readonly identity: Pick<IdentityFile, 'read' | 'keep' | 'renew'>;
  readonly facts: () => MachineFacts;
  /** Whether the user wants this machine to tell of itself. */
  readonly shares: () => boolean;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/** The user's machines: what this one tells of itself, and what the others tell. */
export class Machines implements Disposable {
  readonly #options: MachinesOptions;
  readonly #listeners = new Set<() => void>();
  readonly #changes: Disposable;
  #telling: Promise<void> = Promise.resolve();
  #all: readonly Machine[] = [];
  #own: MachineId | undefined;

  constructor(options: MachinesOptions) {
    this.#options = options;
    this.#changes = options.state.onDidChange(() => void this.#read());
  }

  /** Another machine tells something else. */
  readonly onDidChange = (listener: () => void): Disposable => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  /** All but this one, those that were used last first. */
  get others(): readonly Machine[] {
    return this.#options.shares() ? this.#all.filter(({ id }) => id !== this.#own) : [];
  }

  /** This one, as the others see it, if it has told them anything. */
  get own(): Machine | undefined {
    return this.#all.find(({ id }) => id === this.#own);
  }

  /** Merges with what has come, then tells what is to be told; never rejects. */
  update(): Promise<void> {
    return (this.#telling = this.#telling.then(() => this.#update()));
  }

  /** An empty name: it is called by its class again. @throws what the editor says */
  async rename(id: MachineId, name: string): Promise<void> {
    const wanted = name.trim().slice(0, LONGEST_NAME);
    const { state } = this.#options;
    if (wanted === '') await state.remove(NAMES, id);
    else await state.put(NAMES, id, wanted);
  }

  /** Until they are used again, these machines are not told of. @throws what the editor says */
  async forget(...ids: readonly MachineId[]): Promise<void> {
    await this.#options.state.remove(MACHINES, ...ids);
    await this.#options.state.remove(NAMES, ...ids);
  }

  dispose(): void {
    this.#changes.dispose();
    this.#listeners.clear();
  }

  async #update(): Promise<void> {
    const { state, logger } = this.#options;
    await state.remerge();
    try {
      if (this.#options.shares()) await this.#tell();
    } catch (error) {
      logger.warn(`This machine could not tell of itself: ${describeError(error)}`);
    }
    await this.#read();
  }

  async #tell(): Promise<void> {
    const { state, identity, facts, clock, logger } = this.#options;
    const { readMachine } = await import('./sharedSchemas.lazy.ts');
    const known = await identity.read();
    let { id, seal } = known;
    const kept = known.record;
    const told = readMachine(state.value(MACHINES, id));
    const before = told ?? readMachine(kept);
    // Its own words, or at least known to it: else a copy of this storage is in use elsewhere.
    const isForeign =
      told !== undefined && told.seal !== seal && canonicalJson(told) !== canonicalJson(kept);
    if (isForeign) {
      logger.warn('Another machine goes by the same identity. This one takes a new one.');
      ({ id, seal } = await identity.renew());
    }
    const machines = new Set([...state.keys(MACHINES), id]).size;
    const record = recordOf({ facts: facts(), before, machines, seal, now: clock.now() });
    if (record === undefined) return;
    await identity.keep(record);
    if (canonicalJson(state.value(MACHINES, id)) === canonicalJson(record)) return;
    await state.put(MACHINES, id, record);
  }

  async #read(): Promise<void> {
    const { state, identity } = this.#options;
    const { readMachine } = await import('./sharedSchemas.lazy.ts');
    const { id: own } = await identity.read();
    const all = state
      .keys(MACHINES)
      .flatMap((id) => {
        const record = readMachine(state.value(MACHINES, id));
        const name = state.value(NAMES, id);
        const named = typeof name === 'string' && { name: name.slice(0, LONGEST_NAME) };
        return record === undefined ? [] : [{ id, ...named, record }];
      })
      .sort((a, b) => b.record.week - a.record.week || (a.id < b.id ? -1 : 1));
    const isNews = canonicalJson([own, all]) !== canonicalJson([this.#own, this.#all]);
    this.#own = own;
    this.#all = all;
    if (isNews) for (const listener of this.#listeners) listener();
  }
}
