import type { Logger } from '../../../src/sync/logger.ts';

export interface CollectingLogger extends Logger {
  /** `level: message`, oldest first. */
  readonly lines: string[];
  /** The lines of one level. */
  at(level: keyof Logger): string[];
}

/** Keeps what is logged, for tests that read it. */
export function collectingLogger(): CollectingLogger {
  const lines: string[] = [];
  const note =
    (level: string) =>
    (message: string): void =>
      void lines.push(`${level}: ${message}`);
  return {
    lines,
    at: (level) => lines.filter((line) => line.startsWith(`${level}: `)),
    debug: note('debug'),
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
  };
}
