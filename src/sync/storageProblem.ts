/** What is wrong with a place where something is kept. */
export interface StorageProblem {
  /** `newer`: a newer version of the extension has written there, and this one must not. */
  readonly cause: 'newer' | 'disk';
  /** What happened and what to do, in words. */
  readonly message: string;
}
