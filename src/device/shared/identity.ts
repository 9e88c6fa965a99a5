import { createHash } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeAtomically } from '../../download/atomicFile.ts';
import { canonicalJson } from '../../sync/canonicalJson.ts';
import { describeError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import type { MachineId } from './document.ts';
import type { MachineRecord } from './machineRecord.ts';

const NAME = 'machine.json';

/** Who this machine is to the user's others, whatever becomes of what travels. */
export interface Identity {
  readonly id: MachineId;
  /** Of this machine and no copy of its storage: see `MachineRecord.seal`. */
  readonly seal: string;
  /** What this machine has last told of itself, in any profile. */
  readonly record: unknown;
}

export interface IdentityFileOptions {
  /** The folder of the file. */
  readonly storage: string;
  /** What tells this machine from one with a copy of its storage. Never leaves it. */
  readonly place: string;
  /** So many random hex digits. */
  readonly random: (digits: number) => string;
  readonly logger: Logger;
}

interface Kept {
  readonly id: string;
  /** So that a seal does not tell from which place it was made. */
  readonly secret: string;
  readonly record?: unknown;
}

/** Who this machine is, kept in a file that all windows and profiles share. */
export class IdentityFile {
  readonly #options: IdentityFileOptions;
  #kept: Promise<Kept> | undefined;

  constructor(options: IdentityFileOptions) {
    this.#options = options;
  }

  /** Never rejects: what cannot be kept is so for this session. */
  async read(): Promise<Identity> {
    const { id, secret, record } = await (this.#kept ??= this.#find());
    const seal = createHash('sha256').update(`${secret} ${this.#options.place}`).digest('hex');
    return { id, seal: seal.slice(0, 12), record };
  }

  /** Keeps what this machine has told. */
  async keep(record: MachineRecord): Promise<void> {
    const kept = await (this.#kept ??= this.#find());
    if (canonicalJson(kept.record) === canonicalJson(record)) return;
    await this.#write({ ...kept, record });
  }

  /** Another machine has the same identity: this one takes a new one. */
  async renew(): Promise<Identity> {
    await this.#write(this.#fresh());
    return await this.read();
  }

  async #find(): Promise<Kept> {
    const known = await this.#readFile();
    if (known !== undefined) return known;
    const fresh = this.#fresh();
    await this.#begin(fresh);
    const begun = await this.#readFile();
    if (begun === undefined) await this.#write(fresh);
    return begun ?? fresh;
  }

  /** Of windows that start together for the first time, one names the machine for all of them. */
  async #begin(fresh: Kept): Promise<void> {
    const path = join(this.#options.storage, NAME);
    const own = `${path}.${fresh.id}`;
    try {
      await mkdir(this.#options.storage, { recursive: true });
      await writeFile(own, JSON.stringify(fresh));
      await link(own, path);
    } catch {
      // Another was first, or there are no links here: what is there then tells.
    } finally {
      await rm(own, { force: true }).catch(() => undefined);
    }
  }

  async #readFile(): Promise<Kept | undefined> {
    try {
      const text = await readFile(join(this.#options.storage, NAME), 'utf8');
      const value = JSON.parse(text) as Partial<Record<keyof Kept, unknown>> | null;
      const { id, secret, record } = value ?? {};
      if (!isHex(id) || !isHex(secret)) return undefined;
      return { id, secret, record };
    } catch {
      // It is not there, or nothing can be made of it.
      return undefined;
    }
  }

  #fresh(): Kept {
    const { random } = this.#options;
    return { id: random(10), secret: random(32) };
  }

  async #write(kept: Kept): Promise<void> {
    const { storage, logger } = this.#options;
    this.#kept = Promise.resolve(kept);
    try {
      await mkdir(storage, { recursive: true });
      await writeAtomically(join(storage, NAME), JSON.stringify(kept));
    } catch (error) {
      logger.warn(`Who this machine is could not be kept: ${describeError(error)}`);
    }
  }
}

function isHex(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8,64}$/.test(value);
}
