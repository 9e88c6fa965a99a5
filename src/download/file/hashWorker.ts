import { parentPort } from 'node:worker_threads';
import { takeLanguageOver } from '../../sync/worker/language.ts';
import { RpcPeer } from '../../sync/worker/rpc.ts';
import { systemClock } from '../../sync/worker/systemClock.ts';
import { DownloadError } from '../errors.ts';
import type { HashJob, HashProgress } from './hashing.ts';
import { HashQueue } from './hashQueue.ts';

if (parentPort === null) throw new Error('Files are hashed in a worker thread.');

takeLanguageOver();
const host = new RpcPeer(parentPort, { DownloadError });
const queue = new HashQueue(systemClock, (progress) => host.emit('hashed', progress));
host.handle('hash', (job: HashJob, signal) => queue.run(job, signal));
host.on('written', (progress: HashProgress) => queue.advance(progress));
