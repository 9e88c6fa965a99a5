/** Time as the core sees it: passed in, so that tests decide it. All values are milliseconds. */
export interface Clock {
  /** Milliseconds since 1970. May jump when the machine sleeps or its clock is set. */
  now(): number;
  /** Calls back once after `delay` ms; the timer alone never keeps a process alive. */
  after(delay: number, callback: () => void): Disposable;
}

/** Something that listens or runs, and stops when disposed. Disposing twice is harmless. */
export interface Disposable {
  dispose(): void;
}
