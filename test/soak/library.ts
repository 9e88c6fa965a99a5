import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { FindBasis } from '../../src/download/differential/basis.ts';
import type { DownloadPlan, DownloadStatus, PlannedFile } from '../../src/download/model.ts';
import type { ModelFile } from '../../src/sync/model.ts';
import { installedPath } from './windowDownloads.ts';

/** The model whose files are downloaded, changed and updated; the hub never removes it. */
export const MODEL = 'cortexso/tinyllama';

/** What is installed of the model, and what it was installed from. */
export class Library {
  readonly #models: string;
  readonly #planned = new Map<string, DownloadPlan>();
  readonly #installed = new Map<string, DownloadPlan>();

  /** @param models the folder of all models */
  constructor(models: string) {
    this.#models = models;
  }

  /** Variants that are installed. */
  get size(): number {
    return this.#installed.size;
  }

  /** A plan for one file of the model at a commit. */
  plan(revision: string, { path, size, sha256 = '' }: ModelFile): DownloadPlan {
    const digest = { algorithm: 'sha256', hex: sha256 } as const;
    const file: PlannedFile = {
      path,
      size: size.sureness === 'exact' ? size.bytes : 0,
      digest,
      role: 'weights',
    };
    const plan = { model: MODEL, revision, variant: path, files: [file], size: file.size };
    this.#planned.set(`${revision} ${path}`, plan);
    return plan;
  }

  /** A download has ended well. */
  readonly note = ({ revision, variant }: DownloadStatus): void => {
    const plan = this.#planned.get(`${revision} ${variant}`);
    assert.ok(plan, `${variant} at ${revision} was never asked for`);
    this.#installed.set(variant, plan);
  };

  /** An update begins with the revision that is installed. */
  readonly findBasis: FindBasis = ({ model, variant }, file, path) => {
    const plan = this.#installed.get(variant);
    const old = plan?.files[0];
    if (plan === undefined || old === undefined || !existsSync(path)) {
      return Promise.resolve(undefined);
    }
    const published = { model, revision: plan.revision, path: file.path };
    return Promise.resolve({ path, size: old.size, sha256: old.digest.hex, published });
  };

  /** Bytes of all files in the folder of models. */
  bytes(): number {
    return this.#entries().reduce((sum, { path }) => sum + statSync(path).size, 0);
  }

  /** What is wrong with what is installed, in words; empty if nothing is. */
  problems(): string[] {
    const damaged = [...this.#installed.values()]
      .flatMap(({ files }) => files)
      .filter(({ path, digest }) => this.#sha256(path) !== digest.hex)
      .map(({ path }) => `${path} is not what was installed`);
    const left = this.#entries()
      .filter(({ name }) => name.includes('.partial'))
      .map(({ name }) => `${name} was left behind`);
    return [...damaged, ...left];
  }

  #sha256(path: string): string | undefined {
    const file = installedPath(this.#models, MODEL, path);
    if (!existsSync(file)) return undefined;
    return createHash('sha256').update(readFileSync(file)).digest('hex');
  }

  #entries(): { readonly name: string; readonly path: string }[] {
    if (!existsSync(this.#models)) return [];
    return readdirSync(this.#models, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => ({ name: entry.name, path: join(entry.parentPath, entry.name) }));
  }
}
