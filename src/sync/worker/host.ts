import type { Transport, TransportResponse } from '../http/transport.ts';
import type { Logger } from '../logger.ts';
import type { HostAnswer } from './hostFetch.ts';
import type { ErrorClasses, Port } from './rpc.ts';
import { takeLanguageOver } from './language.ts';
import { RpcPeer } from './rpc.ts';

/** The extension host as a program in a thread of its own sees it. */
export interface Host {
  readonly peer: RpcPeer;
  readonly logger: Logger;
  /** Asks the extension host to fetch: its network stack knows what ours does not. */
  readonly transport: Transport;
}

/** @param errors classes of errors that cross besides SyncError */
export function connectToHost(port: Port, errors?: ErrorClasses): Host {
  takeLanguageOver();
  const peer = new RpcPeer(port, errors);
  const log =
    (level: keyof Logger) =>
    (message: string): void =>
      peer.emit('log', { level, message });
  const transport: Transport = async ({ url, signal, ...message }): Promise<TransportResponse> => {
    const answer = (await peer.call('fetch', { url: url.href, ...message }, signal)) as HostAnswer;
    return { ...answer, body: single(answer.body), decoded: true };
  };
  const logger = {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
  };
  return { peer, logger, transport };
}

async function* single(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(body);
}
