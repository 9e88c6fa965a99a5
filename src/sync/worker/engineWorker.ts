import { parentPort, workerData } from 'node:worker_threads';
import type { ActivityEvent } from '../activity.ts';
import type { Around } from '../anticipation.ts';
import type { EngineOptions, EngineSettings } from '../engine.ts';
import { Engine } from '../engine.ts';
import { discoverCortex } from '../gateway/cortexDiscovery.ts';
import type { HubQuestion } from '../gateway/huggingFaceSearch.ts';
import type { Priority } from '../http/limiter.ts';
import type { ModelId } from '../model.ts';
import type { SyncRequest } from '../syncService.ts';
import type { FillRequest } from '../treeFiller.ts';
import { connectToHost } from './host.ts';
import { systemClock, systemRandom } from './systemClock.ts';
import { thisMachine } from './thisMachine.ts';

if (parentPort === null) throw new Error('The engine runs in a worker thread.');

const { peer: host, logger, transport } = connectToHost(parentPort);

const engine = new Engine(workerData as EngineOptions, {
  clock: systemClock,
  random: systemRandom,
  logger,
  fallback: transport,
  discoverCortex: () => discoverCortex(thisMachine, logger),
  onDidApply: (change) => host.emit('applied', change),
  onDidEndSource: (source) => host.emit('ended', source),
  onDidChangeDetails: (id) => host.emit('details', id),
});

const { state, limits } = engine.link;
host.emit('link', { state, limits });
engine.link.onDidChange((status) => host.emit('link', status));
host.handle('configure', (settings: EngineSettings) => engine.configure(settings));
host.handle('keep', (kept: ModelId[]) => engine.keep(kept));
host.handle('sync', (request: SyncRequest, signal) => engine.sync({ ...request, signal }));
host.handle('details', ({ id, revision }: { id: ModelId; revision: string }, signal) =>
  engine.details(id, revision, signal),
);
host.handle(
  'files',
  ({ id, revision, priority }: { id: ModelId; revision: string; priority?: Priority }, signal) =>
    engine.files(id, revision, signal, priority),
);
host.handle('origins', (sha256: string[], signal) => engine.origins(sha256, signal));
host.handle('searchCommits', ({ id, sha256 }: { id: ModelId; sha256: string[] }, signal) =>
  engine.searchCommits(id, sha256, signal),
);
host.handle('search', (question: HubQuestion, signal) => engine.search(question, signal));
host.handle('lookUp', (id: ModelId, signal) => engine.lookUp(id, signal));
host.handle('fill', (request: FillRequest, signal) => engine.fill({ ...request, signal }));
host.handle('history', () => engine.history());
host.handle('allowances', () => engine.allowances());
host.handle('traffic', () => engine.traffic());
host.handle('clearCache', () => engine.clearCache());
host.handle('record', (events: ActivityEvent[]) => engine.anticipation?.record(events));
host.handle('fetchAhead', (around: Around, signal) => engine.anticipation?.run(around, signal));
host.handle('activity', () => engine.anticipation?.report());
host.handle('clearActivity', () => engine.anticipation?.clear());
host.handle('close', () => engine.close());
host.emit('ready', engine.storage);
