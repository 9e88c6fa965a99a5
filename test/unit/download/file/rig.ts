import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DownloadErrorKind } from '../../../../src/download/errors.ts';
import { DownloadError } from '../../../../src/download/errors.ts';
import type {
  FileProgress,
  FileRequest,
  FileServices,
} from '../../../../src/download/file/fileDownload.ts';
import { downloadFile } from '../../../../src/download/file/fileDownload.ts';
import { Hasher } from '../../../../src/download/file/hasher.ts';
import { partialPaths } from '../../../../src/download/file/partialPaths.ts';
import type { Digest, PlannedFile } from '../../../../src/download/model.ts';
import type { Clock } from '../../../../src/sync/clock.ts';
import { undiciTransport } from '../../../../src/sync/http/undiciTransport.ts';
import { systemClock } from '../../../../src/sync/worker/systemClock.ts';
import type { CollectingLogger } from '../../support/collectingLogger.ts';
import { collectingLogger } from '../../support/collectingLogger.ts';
import { useTemporaryFolder } from '../../support/temporaryFolder.ts';

export const HASH_PROGRAM = fileURLToPath(
  new URL('../../../../src/download/file/hashWorker.ts', import.meta.url),
);
export const MODEL = 'janhq/Jan-v1-4B-GGUF';
export const COMMIT = '0123456789abcdef0123456789abcdef01234567';
export const BOOTED = Date.UTC(2026, 2, 1);

export interface FileRig {
  readonly logger: CollectingLogger;
  readonly hasher: Hasher;
  readonly target: string;
  readonly progress: FileProgress[];
  readonly services: FileServices;
  /** Starts a download as the tests mostly want it. */
  readonly download: (
    endpoint: string,
    file: PlannedFile,
    changes?: Partial<FileRequest>,
    services?: Partial<FileServices>,
  ) => Promise<void>;
  /** Fails unless the target holds these bytes and nothing is left beside it. */
  readonly assertInstalled: (bytes: Buffer) => void;
}

/** What one file's download needs, for each test of a `describe`. */
export function useFileRig(): () => FileRig {
  const folder = useTemporaryFolder();
  const hasher = new Hasher({ program: HASH_PROGRAM, clock: systemClock });
  const pool = undiciTransport({ allowH2: false, connections: 16 });
  after(async () => {
    await hasher.close();
    await pool.close();
  });
  return () => {
    const logger = collectingLogger();
    const target = join(folder(), 'model.gguf');
    const progress: FileProgress[] = [];
    const services: FileServices = {
      ...{ send: pool.transport, hasher, logger, bootedAt: BOOTED, clock: patientClock },
      tokenFor: () => undefined,
      userAgent: 'model-hub/test',
      random: () => 0,
    };
    return {
      ...{ logger, hasher, target, progress, services },
      download: (endpoint, file, changes = {}, others = {}) =>
        downloadFile(
          {
            source: { endpoint: new URL(endpoint), model: MODEL, revision: COMMIT },
            ...{ file, target, flow: freeFlow, signal: new AbortController().signal },
            onProgress: (one) => void progress.push(one),
            ...changes,
          },
          { ...services, ...others },
        ),
      assertInstalled: (bytes) => {
        const found = readFileSync(target);
        assert.equal(found.length, bytes.length);
        assert.ok(found.equals(bytes), 'the bytes are others');
        for (const path of besides(target)) {
          assert.equal(existsSync(path), false, path);
        }
      },
    };
  };
}

/** The files that may stand beside a target. */
export function besides(target: string): string[] {
  return Object.values<string>({ ...partialPaths(target) });
}

/** As many connections and bytes as they like. */
export const freeFlow = { connections: () => 8, take: () => undefined };

/** The system's clock; a test that waits for nothing else is kept alive by its timers. */
const patientClock: Clock = {
  now: () => systemClock.now(),
  after(delay, callback) {
    const timer = setTimeout(callback, delay);
    return { dispose: () => clearTimeout(timer) };
  },
};

export function digestOf(bytes: Buffer, algorithm: Digest['algorithm'] = 'sha256'): Digest {
  const hash = createHash(algorithm === 'git' ? 'sha1' : 'sha256');
  if (algorithm === 'git') hash.update(`blob ${bytes.length}\0`);
  return { algorithm, hex: hash.update(bytes).digest('hex') };
}

/** A plan for these bytes. */
export function planned(bytes: Buffer, changes: Partial<PlannedFile> = {}): PlannedFile {
  return {
    ...{ path: 'model.gguf', size: bytes.length, digest: digestOf(bytes), role: 'weights' },
    ...changes,
  };
}

/** Rejects with a DownloadError of this kind whose message tells what to do. */
export async function failsWith(
  promise: Promise<unknown>,
  kind: DownloadErrorKind,
  message = /\b(?:check|set|free|refresh|download it|tried again|cancelled|resume it)\b/i,
): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(DownloadError.is(error), `no DownloadError: ${String(error)}`);
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, message);
    return true;
  });
}
