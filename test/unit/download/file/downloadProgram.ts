import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { downloadFile } from '../../../../src/download/file/fileDownload.ts';
import { Hasher } from '../../../../src/download/file/hasher.ts';
import { undiciTransport } from '../../../../src/sync/http/undiciTransport.ts';
import { systemClock, systemRandom } from '../../../../src/sync/worker/systemClock.ts';
import { BOOTED, COMMIT, freeFlow, HASH_PROGRAM, MODEL } from './rig.ts';

/**
 * Downloads one file, in a process of its own that may be killed at any moment. Writes a line for
 * each piece it received: how many bytes it has received by then.
 */
const { values } = parseArgs({
  options: {
    endpoint: { type: 'string', default: '' },
    target: { type: 'string', default: '' },
    size: { type: 'string', default: '' },
    sha256: { type: 'string', default: '' },
  },
});
const { endpoint, target, size, sha256 } = values;
const silent = (): void => undefined;
const hasher = new Hasher({ program: HASH_PROGRAM, clock: systemClock });
const pool = undiciTransport({ allowH2: false, connections: 16 });
const timer = setInterval(silent, 1_000);
let received = 0;
const flow = {
  ...freeFlow,
  take: (bytes: number) => {
    received += bytes;
    writeSync(1, `${received}\n`);
    return undefined;
  },
};
await downloadFile(
  {
    source: { endpoint: new URL(endpoint), model: MODEL, revision: COMMIT },
    file: {
      ...{ path: 'model.gguf', size: Number(size), role: 'weights' },
      digest: { algorithm: 'sha256', hex: sha256 },
    },
    ...{ target, flow, onProgress: silent, signal: new AbortController().signal },
  },
  {
    ...{ send: pool.transport, hasher, tokenFor: () => undefined, userAgent: 'model-hub/test' },
    ...{ bootedAt: BOOTED, clock: systemClock, random: systemRandom },
    logger: { debug: silent, info: silent, warn: console.error, error: console.error },
  },
);
clearInterval(timer);
await hasher.close();
await pool.close();
