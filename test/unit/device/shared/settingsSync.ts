import { EMPTY } from '../../../../src/device/shared/document.ts';
import { Machines } from '../../../../src/device/shared/machines.ts';
import type { MachineFacts, MachineRecord } from '../../../../src/device/shared/machineRecord.ts';
import type { MarkKind, Memory } from '../../../../src/device/shared/sharedState.ts';
import { SharedState, TRAVELLING_KEY } from '../../../../src/device/shared/sharedState.ts';
import type { InstalledSnapshot } from '../../../../src/runtime/installed.ts';
import type { CollectingLogger } from '../../support/collectingLogger.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { NOON } from '../../support/fakeClock.ts';
import { entry, snapshot } from '../../views/installedSamples.ts';

/** A memento as the editor has it: values go in and out as JSON. */
export class JsonMemory implements Memory {
  readonly #values = new Map<string, string>();
  /** Keys that were written, in order. */
  readonly writes: string[] = [];

  get(key: string): unknown {
    const text = this.#values.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  update(key: string, value: unknown): Promise<void> {
    this.writes.push(key);
    this.replace(key, value);
    return Promise.resolve();
  }

  /** What the editor does behind the extension's back. */
  replace(key: string, value: unknown): void {
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, JSON.stringify(value));
  }
}

/** Who a machine is, without a file. */
export class FakeIdentity {
  record: unknown;
  id: string;
  seal: string;

  constructor(id: string) {
    this.id = id;
    this.seal = `of ${id}`;
  }

  read(): Promise<{ id: string; seal: string; record: unknown }> {
    return Promise.resolve({ id: this.id, seal: this.seal, record: this.record });
  }

  keep(record: MachineRecord): Promise<void> {
    this.record = record;
    return Promise.resolve();
  }

  renew(): Promise<{ id: string; seal: string; record: unknown }> {
    this.id += ' anew';
    this.record = undefined;
    return this.read();
  }
}

export interface SimulatedOptions {
  /** How far its clock is off, in ms. */
  readonly clockError?: number;
  readonly memory?: JsonMemory;
  readonly identity?: FakeIdentity;
  readonly now?: () => number;
  readonly earlier?: Partial<Record<MarkKind, string>>;
}

/** One of a user's machines: the real parts on a memento that only the test carries elsewhere. */
export class SimulatedMachine {
  readonly memory: JsonMemory;
  readonly identity: FakeIdentity;
  readonly state: SharedState;
  readonly machines: Machines;
  readonly logger: CollectingLogger = collectingLogger();
  /** What this machine last had in common with the cloud. */
  common: unknown;
  shares = true;
  installed: InstalledSnapshot | undefined;
  facts: Partial<MachineFacts> = {};

  constructor(id: string, options: SimulatedOptions = {}) {
    const { clockError = 0, now = () => NOON } = options;
    this.memory = options.memory ?? new JsonMemory();
    this.identity = options.identity ?? new FakeIdentity(id);
    const clock = { now: () => Math.max(0, now() + clockError) };
    const shares = (): boolean => this.shares;
    const { memory, logger, identity } = this;
    this.state = new SharedState({
      ...{ memory, shares, clock, logger },
      ...(options.earlier && { earlier: options.earlier }),
      machine: async () => (await identity.read()).id,
    });
    this.machines = new Machines({
      ...{ state: this.state, identity, shares, clock, logger },
      facts: () => ({
        ...{ platform: 'linux', sources: [], isListed: () => true, installed: this.installed },
        ...this.facts,
      }),
    });
  }

  install(...variants: readonly { model: string; variant: string; size?: number }[]): void {
    this.installed = snapshot(
      variants.map(({ model, variant, size = 5e9 }) =>
        entry({ key: `${model} ${variant}`, identity: 'proven', size, from: { model, variant } }),
      ),
    );
  }

  /** The value that Settings Sync would take along. */
  get travelling(): unknown {
    return this.memory.get(TRAVELLING_KEY);
  }
}

/**
 * What Settings Sync does with the value of one key: it takes it whole, in either direction, and
 * tells nobody.
 */
export class Cloud {
  value: unknown;

  /** This machine's value wins. */
  upload(machine: SimulatedMachine): void {
    this.value = machine.travelling;
    machine.common = this.value;
  }

  /** The cloud's value wins, also where there is none. */
  download({ memory }: SimulatedMachine): void {
    memory.replace(TRAVELLING_KEY, this.value);
  }

  /** As the editor does it: what changed on one side only wins, and of two changes the cloud's. */
  sync(machine: SimulatedMachine): void {
    const isChangedThere = JSON.stringify(this.value) !== JSON.stringify(machine.common);
    if (!isChangedThere || this.value === undefined) {
      this.upload(machine);
      return;
    }
    this.download(machine);
    machine.common = this.value;
  }
}

/** What a version that is not made yet would write among what this one knows. */
export function asNewer(value: unknown): unknown {
  const document = (value ?? EMPTY) as typeof EMPTY;
  return {
    ...document,
    sets: { ...document.sets, moods: { blue: { someone: { at: 5, value: { deep: true } } } } },
    newerField: 7,
  };
}
