import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Basis } from '../../../src/download/differential/basis.ts';
import type { GgufRecipe } from '../../hub/gguf.ts';
import { ggufRecipe } from '../../hub/ggufRecipe.ts';
import { clean } from './contenders.ts';
import type { DownloadContext } from './context.ts';
import { proveRight } from './context.ts';
import { runProgram } from './running.ts';
import type { CommittedSiteFile, SiteFile } from './site.ts';
import type { UpdateTask } from './updateProgram.ts';

export const TENSORS = 100;
const UPDATED = 'bench/updated-Q8_0.gguf';
/** Words of a vocabulary of about 6 MB, which is most of the header of a model. */
const WORDS = 180_000;

/** What is installed before each update: a file of about the size that is asked for. */
export function installedRecipe(size: number): GgufRecipe {
  const words = Array.from({ length: WORDS }, (_, n) => {
    return createHash('md5').update(String(n)).digest('hex');
  });
  return ggufRecipe({
    ...{ tensors: TENSORS, tensorBytes: size / TENSORS, type: 'Q8_0' },
    metadata: { 'tokenizer.ggml.tokens': words.join(' ') },
  });
}

/** A machine on which one revision of a file is installed, or nothing is. */
export class UpdatedMachine {
  readonly installed: SiteFile;
  /** Where the installed file is. */
  readonly path: string;
  readonly #context: DownloadContext;
  readonly #storage: string;

  private constructor(context: DownloadContext, installed: SiteFile) {
    const { target } = context;
    const folder = path.dirname(path.dirname(target));
    this.#context = context;
    this.installed = installed;
    this.path = path.join(folder, 'installed', 'model.gguf');
    this.#storage = path.join(folder, 'storage');
  }

  /** Publishes a file, and installs it. */
  static async open(context: DownloadContext, recipe: GgufRecipe): Promise<UpdatedMachine> {
    const installed = await publish(context, recipe);
    const machine = new UpdatedMachine(context, installed);
    await mkdir(path.dirname(machine.path), { recursive: true });
    await machine.#run({ file: installed, target: machine.path });
    await proveRight(installed, machine.path);
    return machine;
  }

  /**
   * Fetches a file as the extension does, and proves that it is right.
   * @param from `installed`: what it has in common with that is copied
   * @returns in seconds
   */
  async fetch(
    file: SiteFile,
    from: 'installed' | 'nothing',
    isRemembered = false,
  ): Promise<number> {
    const { target } = this.#context;
    await clean(target);
    const { size, sha256, model, revision, path: name } = this.installed;
    const published = { model, revision, path: name };
    const basis: Basis = { path: this.path, size, sha256, published };
    const task = { file, target, ...(from === 'installed' && { basis }) };
    const seconds = await this.#run(task, isRemembered);
    await proveRight(file, target);
    await clean(target);
    return seconds;
  }

  /** Takes down what the installed file is made of, as is done once the user is away. */
  async remember(): Promise<void> {
    await this.#run({ file: this.installed, target: this.path, isRemembered: true }, true);
  }

  async #run(
    task: Omit<UpdateTask, 'hashProgram' | 'storage'>,
    isRemembered = false,
  ): Promise<number> {
    const { programs } = this.#context;
    const storage = path.join(this.#storage, isRemembered ? 'remembered' : 'nothing');
    await mkdir(storage, { recursive: true });
    const hashProgram = path.join(programs, 'hashWorker.mjs');
    const whole: UpdateTask = { ...task, hashProgram, storage };
    const { cost } = await runProgram(path.join(programs, 'updateProgram.mjs'), whole).ended;
    return cost.seconds;
  }
}

/** One more revision of the file. */
export async function publish(
  { site }: DownloadContext,
  gguf: GgufRecipe,
  { xet = true, storedAgain = 0 }: { xet?: boolean; storedAgain?: number } = {},
): Promise<CommittedSiteFile> {
  return await site.commit({ path: UPDATED, gguf, xet }, { storedAgain });
}
