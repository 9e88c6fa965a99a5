import { totalmem } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { CatalogueAccess } from '../runtime/catalogueAccess.ts';
import type { ChatRequest } from '../runtime/chat/conversation.ts';
import type { DownloadPlan, TargetKind } from '../download/model.ts';
import { succeedThreads } from '../sync/cache/owner.ts';
import { connectToHost } from '../sync/worker/host.ts';
import { systemClock, systemRandom } from '../sync/worker/systemClock.ts';
import { thisMachine } from '../sync/worker/thisMachine.ts';
import type { Circumstances, LocalOptions, LocalSettings } from './localApi.ts';
import { LOCAL_ERRORS } from './localErrors.ts';
import { LocalHardware } from './localHardware.ts';
import { LocalModels } from './localModels.ts';

if (parentPort === null) throw new Error('This machine is looked after in a worker thread.');

succeedThreads();
const { peer: host, logger, transport } = connectToHost(parentPort, LOCAL_ERRORS);

type Answer<Method extends keyof CatalogueAccess> = Awaited<ReturnType<CatalogueAccess[Method]>>;

const catalogue: CatalogueAccess = {
  origins: async (sha256, signal) =>
    (await host.call('origins', sha256, signal)) as Answer<'origins'>,
  searchCommits: async (id, sha256, signal) =>
    (await host.call('searchCommits', { id, sha256 }, signal)) as Answer<'searchCommits'>,
  files: async (id, revision, signal) =>
    (await host.call('files', { id, revision }, signal)) as Answer<'files'>,
  heads: async (ids) => (await host.call('heads', ids)) as Answer<'heads'>,
};

const options = workerData as LocalOptions;

const local = new LocalModels(options, {
  clock: systemClock,
  random: systemRandom,
  logger,
  machine: thisMachine,
  catalogue,
  fallback: transport,
  onDidChangeDownloads: (downloads) => host.emit('downloads', downloads),
  onDidChangeInstalled: (installed) => host.emit('installed', installed),
  onDidChangeSharedCache: (status) => host.emit('sharedCache', status),
  onDidFinish: (download) => host.emit('finished', download),
});

const hardware = new LocalHardware({
  storage: options.storage,
  memory: totalmem(),
  load: () => import('./systemInformation.lazy.ts'),
  clock: systemClock,
  logger,
});

host.handle('configure', (settings: LocalSettings) => local.configure(settings));
host.handle('circumstances', (now: Circumstances) => local.circumstances(now));
host.handle('networkChanged', () => local.networkChanged());
host.handle('download', ({ plan, target }: { plan: DownloadPlan; target: TargetKind }) =>
  local.download(plan, target),
);
host.handle(
  'previewUpdate',
  ({ plan, target }: { plan: DownloadPlan; target: TargetKind }, signal) =>
    local.previewUpdate(plan, target, signal),
);
host.handle('pull', ({ runtime, plan }: { runtime: string; plan: DownloadPlan }) =>
  local.pull(runtime, plan),
);
host.handle('pause', (id: string) => local.pause(id));
host.handle('resume', (id: string) => local.resume(id));
host.handle('cancel', (id: string) => local.cancel(id));
host.handle('dismiss', (id: string) => local.dismiss(id));
host.handle('downloads', () => local.downloads());
host.handle('installed', () => local.installed());
host.handle('rescan', (_nothing: undefined, signal) => local.rescan(signal));
host.handle('catalogueChanged', () => local.catalogueChanged());
host.handle('verify', (key: string, signal) => local.verify(key, signal));
host.handle('start', (key: string, signal) => local.start(key, signal));
host.handle('stop', (key: string, signal) => local.stop(key, signal));
host.handle('recheck', (key: string, signal) => local.recheck(key, signal));
host.handle('chat', ({ key, request }: { key: string; request: ChatRequest }, signal, tell) =>
  local.chat(key, request, tell, signal),
);
host.handle('countTokens', ({ key, text }: { key: string; text: string }, signal) =>
  local.countTokens(key, text, signal),
);
host.handle('remove', (key: string, signal) => local.remove(key, signal));
host.handle('removal', (key: string) => local.removal(key));
host.handle('rollBack', (key: string, signal) => local.rollBack(key, signal));
host.handle('keptRemoval', (key: string) => local.keptRemoval(key));
host.handle('keptRemoved', (key: string) => local.keptRemoved(key));
host.handle('adopt', ({ key, runtime }: { key: string; runtime: string }, signal) =>
  local.adopt(key, runtime, signal),
);
host.handle('mergeDuplicates', (_nothing: undefined, signal) => local.mergeDuplicates(signal));
host.handle('hardware', () => hardware.measure());
host.handle('close', () => local.close());
host.emit('ready', undefined);
