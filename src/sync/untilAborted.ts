import { cancelled } from './errors.ts';

/**
 * What an event brings, unless the signal is aborted before: nobody hears of the event then.
 * @throws SyncError `cancelled` at once when the signal is aborted; else what the event throws
 */
export async function untilAborted<T>(event: Promise<T>, signal: AbortSignal): Promise<T> {
  const left = Promise.withResolvers<never>();
  const leave = (): void => left.reject(cancelled());
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  try {
    return await Promise.race([left.promise, event]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
