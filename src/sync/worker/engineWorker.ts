import { parentPort, workerData } from 'node:worker_threads';
import type { EngineOptions, EngineSettings } from '../engine.ts';
import { Engine } from '../engine.ts';
import { discoverCortex } from '../gateway/cortexDiscovery.ts';
import type { Transport, TransportResponse } from '../http/transport.ts';
import type { Logger } from '../logger.ts';
import type { ModelId } from '../model.ts';
import type { SyncRequest } from '../syncService.ts';
import type { FillRequest } from '../treeFiller.ts';
import type { HostAnswer } from './hostFetch.ts';
import { RpcPeer } from './rpc.ts';
import { systemClock, systemRandom } from './systemClock.ts';
import { thisMachine } from './thisMachine.ts';

if (parentPort === null) throw new Error('The engine runs in a worker thread.');

const host = new RpcPeer(parentPort);
const log =
  (level: keyof Logger) =>
  (message: string): void =>
    host.emit('log', { level, message });
const logger: Logger = {
  debug: log('debug'),
  info: log('info'),
  warn: log('warn'),
  error: log('error'),
};

/** Asks the extension host to fetch: its network stack knows what ours does not. */
const hostTransport: Transport = async ({
  url,
  signal,
  ...message
}): Promise<TransportResponse> => {
  const answer = (await host.call('fetch', { url: url.href, ...message }, signal)) as HostAnswer;
  return { ...answer, body: single(answer.body), decoded: true };
};

async function* single(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(body);
}

const engine = new Engine(workerData as EngineOptions, {
  clock: systemClock,
  random: systemRandom,
  logger,
  fallback: hostTransport,
  discoverCortex: () => discoverCortex(thisMachine, logger),
  onDidApply: (change) => host.emit('applied', change),
  onDidChangeDetails: (id) => host.emit('details', id),
});

const { state, limits } = engine.link;
host.emit('link', { state, limits });
engine.link.onDidChange((status) => host.emit('link', status));
host.handle('configure', (settings: EngineSettings) => engine.configure(settings));
host.handle('sync', (request: SyncRequest, signal) => engine.sync({ ...request, signal }));
host.handle('details', ({ id, revision }: { id: ModelId; revision: string }, signal) =>
  engine.details(id, revision, signal),
);
host.handle('files', ({ id, revision }: { id: ModelId; revision: string }, signal) =>
  engine.files(id, revision, signal),
);
host.handle('fill', (request: FillRequest, signal) => engine.fill({ ...request, signal }));
host.handle('history', () => engine.history());
host.handle('clearCache', () => engine.clearCache());
host.handle('close', () => engine.close());
host.emit('ready', engine.storage);
