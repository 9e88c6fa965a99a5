/** Where the core writes what it did. Messages hold no tokens and no signed addresses. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}
