import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DownloadPlan } from '../../../src/download/model.ts';
import type { InstalledPlace } from '../../../src/download/kept/rollBack.ts';
import type { ReceiptVariant } from '../../../src/download/receipt.ts';
import { readReceipt } from '../../../src/download/receipt.ts';
import { useTemporaryFolder } from '../support/temporaryFolder.ts';
import type { ByteServer } from './byteServer.ts';
import { useByteServer } from './byteServer.ts';
import { bytesOf, MODEL, planned, planOf } from './support.ts';
import { useWindows } from './windowRig.ts';

export const SIZE = 200_000;
export const NAMES = ['m-0.gguf', 'm-1.gguf'] as const;
export const KEPT = '.model-hub-previous';
const VARIANT = 'm-Q4_0';

/** Editions of one variant: each has bytes and a commit of its own. */
export class Editions {
  readonly folder: string;
  readonly #root: string;
  readonly #server: () => ByteServer;

  /** @param home see WindowOptions.folder */
  constructor(home: string, server: () => ByteServer) {
    this.#root = join(home, 'models');
    this.folder = join(this.#root, ...MODEL.split('/'));
    this.#server = server;
  }

  get place(): InstalledPlace {
    return { root: this.#root, folder: this.folder, variant: VARIANT };
  }

  /** Of one digit, which its commit consists of. */
  plan(edition: string, keepsPrevious?: true, names: readonly string[] = NAMES): DownloadPlan {
    const files = names.map((name) => {
      const bytes = bytesOf(`${edition} ${name}`, SIZE);
      this.#server().files.set(name, bytes);
      return planned(name, bytes);
    });
    return planOf(files, { revision: edition.repeat(40), ...(keepsPrevious && { keepsPrevious }) });
  }

  /** Whether a file has the bytes of an edition, in its place or among the kept ones. */
  has(edition: string, name: string, where: 'place' | 'kept' | 'verified'): boolean {
    const paths = {
      place: join(this.folder, name),
      kept: join(this.folder, KEPT, edition.repeat(40), name),
      verified: join(this.folder, `${name}.partial.verified`),
    };
    const path = paths[where];
    return existsSync(path) && readFileSync(path).equals(bytesOf(`${edition} ${name}`, SIZE));
  }

  async receipt(): Promise<ReceiptVariant | undefined> {
    return (await readReceipt(this.folder))?.variants[0];
  }

  /** Fails unless one edition is in place, another one or none is kept, and nothing else is there. */
  async assertIs(
    installed: string,
    kept?: string,
    names: readonly string[] = NAMES,
  ): Promise<void> {
    for (const name of names) {
      assert.ok(this.has(installed, name, 'place'), `${name} is not ${installed}`);
      if (kept !== undefined) assert.ok(this.has(kept, name, 'kept'), `${name} of ${kept} is gone`);
    }
    const all = readdirSync(this.folder, { recursive: true }).map(String);
    const revisions = kept === undefined ? [] : [KEPT, join(KEPT, kept.repeat(40))];
    const keptNames = revisions.slice(1).flatMap((one) => names.map((name) => join(one, name)));
    assert.deepEqual(
      all.sort(),
      ['.model-hub.json', ...names, ...revisions, ...keptNames].toSorted(),
    );
    const receipt = await this.receipt();
    assert.equal(receipt?.revision, installed.repeat(40));
    assert.equal(receipt.previous?.revision, kept?.repeat(40));
  }
}

/** Windows that download from a server into a folder of their own, where editions are. */
export function useEditions() {
  const folder = useTemporaryFolder();
  const server = useByteServer();
  const window = useWindows(() => ({ folder: folder(), endpoint: server().url }));
  let editions: Editions;
  beforeEach(() => {
    editions = new Editions(folder(), server);
  });
  return { folder, server, window, editions: () => editions };
}
