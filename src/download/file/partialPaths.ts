/** What stands beside the target of a download while it is not complete. */
export interface PartialPaths {
  /** The bytes, each at its place. */
  readonly partial: string;
  /** Which of them are there. */
  readonly journal: string;
  /** Which process fetches them. */
  readonly lock: string;
  /** All bytes, verified, while they wait for the other files of their model. */
  readonly verified: string;
}

/** The names of the files beside a target. */
export function partialPaths(target: string): PartialPaths {
  const partial = `${target}.partial`;
  return {
    partial,
    journal: `${partial}.journal`,
    lock: `${partial}.lock`,
    verified: `${partial}.verified`,
  };
}
