/** A client in a process of its own: it does what its parent says, and ends with it. */
import { CatalogueReader } from '../../../src/sync/cache/catalogueReader.ts';
import { openForReading } from '../../../src/sync/cache/database.ts';
import { Engine } from '../../../src/sync/engine.ts';
import { describeError } from '../../../src/sync/errors.ts';
import type { SyncRequest } from '../../../src/sync/syncService.ts';
import { RpcPeer } from '../../../src/sync/worker/rpc.ts';
import { systemClock, systemRandom } from '../../../src/sync/worker/systemClock.ts';
import type { ClientOptions } from './clientProcess.ts';
import { withoutSharedMemory } from './withoutSharedMemory.ts';

const { isNetworkFolder, ...options } = JSON.parse(process.argv[2] ?? '') as ClientOptions;
const parent = new RpcPeer({
  postMessage: (message) => process.send?.(message),
  on: (_event, listener) => process.on('message', listener),
});
process.on('disconnect', () => process.exit());
if (isNetworkFolder) withoutSharedMemory();
parent.emit('begin', null);

const silent = (): void => undefined;
const engine = new Engine(
  { ...options, userAgent: 'model-hub/faults' },
  {
    clock: systemClock,
    random: systemRandom,
    logger: { debug: silent, info: silent, warn: silent, error: (line) => console.error(line) },
  },
);
const reader = new CatalogueReader(openForReading(engine.storage.path));

parent.handle('sync', (request: SyncRequest, signal) => engine.sync({ ...request, signal }));
parent.handle('dump', () => [...reader.dump()]);
parent.handle('close', async () => {
  reader.close();
  await engine.close();
});
process.on('unhandledRejection', (error) => {
  console.error(`unhandled: ${describeError(error)}`);
  process.exit(70);
});
parent.emit('ready', engine.storage);
