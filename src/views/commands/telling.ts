import { DownloadError } from '../../download/errors.ts';
import { RuntimeError } from '../../runtime/errors.ts';
import { describeError, SyncError } from '../../sync/errors.ts';
import type { Logger } from '../../sync/logger.ts';
import { DownloadRefused } from '../downloads/downloader.ts';
import type { Notifier } from '../notifier.ts';
import { RowLost } from './rowCommands.ts';

export type Command = (argument?: unknown) => unknown;

/** What an error says to people. */
export function messageOf(error: unknown): string {
  const isInWords =
    error instanceof DownloadError ||
    error instanceof RuntimeError ||
    error instanceof DownloadRefused ||
    error instanceof RowLost;
  return isInWords ? error.message : SyncError.from(error).message;
}

/** A command that never throws: what fails is told in words. */
export function telling(
  { notifier, logger }: { readonly notifier: Pick<Notifier, 'warn'>; readonly logger: Logger },
  run: Command,
): Command {
  return async (argument) => {
    try {
      return await run(argument);
    } catch (error) {
      logger.error(describeError(error));
      await notifier.warn(messageOf(error));
      return undefined;
    }
  };
}
