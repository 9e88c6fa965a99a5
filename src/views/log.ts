import type * as vscode from 'vscode';
import type { Logger } from '../sync/logger.ts';

/** The core's logger, written to a log channel whose level the user sets. */
export function channelLogger(channel: vscode.LogOutputChannel): Logger {
  return {
    debug: (message) => channel.debug(message),
    info: (message) => channel.info(message),
    warn: (message) => channel.warn(message),
    error: (message) => channel.error(message),
  };
}
