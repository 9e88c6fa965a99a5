import type * as vscode from 'vscode';
import type { Logger } from '../sync/logger.ts';

/**
 * The core's logger, written to a log channel whose level the user sets.
 * @param redact takes out of each message what a log must not tell
 */
export function channelLogger(
  channel: Pick<vscode.LogOutputChannel, keyof Logger>,
  redact: (text: string) => string,
): Logger {
  return {
    debug: (message) => channel.debug(redact(message)),
    info: (message) => channel.info(redact(message)),
    warn: (message) => channel.warn(redact(message)),
    error: (message) => channel.error(redact(message)),
  };
}
