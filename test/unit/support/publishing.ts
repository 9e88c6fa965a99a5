import { generateKeyPairSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { zstdDecompressSync } from 'node:zlib';
import { withFolder } from '../../../src/sync/publish/folder.ts';
import type { PublishFolder } from '../../../src/sync/publish/folder.ts';
import { publicKeyText } from '../../../src/sync/publish/pointer.ts';
import type { Publication, PublishOptions } from '../../../src/sync/publish/publisher.ts';
import { publishBody } from '../../../src/sync/publish/publisher.ts';
import { collectingLogger } from './collectingLogger.ts';

/** A body of so many models, of which one changes with every version. */
export function bodyOf(version: number, models = 20): Buffer {
  const lines = Array.from({ length: models }, (_, index) => {
    const description = `model ${index}`.padEnd(200, String.fromCharCode(97 + (index % 26)));
    const id = `acme/model-${String(index).padStart(4, '0')}`;
    const downloads = index === version % models ? version + 1 : 0;
    return `{"description":"${description} ${downloads}","downloads":${downloads},"id":"${id}"}\n`;
  });
  return Buffer.from(lines.join(''));
}

/** Publishes to a folder on the disk. */
export function publishTo(
  path: string,
  body: Buffer,
  options: Partial<PublishOptions> = {},
): Promise<Publication> {
  return withFolder(path, (folder) => publish(folder, body, options));
}

export function publish(
  folder: PublishFolder,
  body: Buffer,
  options: Partial<PublishOptions> = {},
): Promise<Publication> {
  return publishBody(folder, body, { logger: collectingLogger(), ...options });
}

/** What the pointer file says. */
export interface RawPointer {
  readonly format: number;
  readonly sequence: number;
  readonly sha256: string;
  readonly size: number;
  readonly signature?: string;
}

export function readPointer(folder: Pick<PublishFolder, 'read'>): RawPointer {
  return JSON.parse(String(folder.read('catalogue.json'))) as RawPointer;
}

/** Undoes a delta by the letter of RFC 9842, without a line of what made it. */
export function undoDelta(from: Buffer, delta: Buffer): Buffer {
  return zstdDecompressSync(delta.subarray(40), { dictionary: from });
}

export function newKey(): { privateKey: KeyObject; text: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { privateKey, text: publicKeyText(privateKey) };
}

/** A folder in memory that fails when a test says so. */
export class MemoryFolder implements PublishFolder {
  readonly files = new Map<string, Buffer>();
  /** Changes that still work; the next one is left unfinished. */
  left = Infinity;
  changes = 0;

  names = (): string[] => [...this.files.keys()];
  read = (name: string): Buffer | undefined => this.files.get(name);

  write(name: string, bytes: Uint8Array): void {
    this.#step(() => this.files.set(`${name}.unfinished`, Buffer.from(bytes.subarray(0, 9))));
    this.files.set(name, Buffer.from(bytes));
  }

  remove(name: string): void {
    this.#step(() => undefined);
    this.files.delete(name);
  }

  #step(halfWay: () => void): void {
    this.changes++;
    if (this.left-- > 0) return;
    halfWay();
    throw new Error('killed');
  }
}
