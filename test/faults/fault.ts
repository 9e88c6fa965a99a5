/** What a run of a fault is told. */
export interface FaultOptions {
  /** The same seed draws the same faults. */
  readonly seed: number;
  /** How much of it, in the fault's own unit. */
  readonly runs: number;
  /** A folder of catalogue versions to replay; absent: generated ones. */
  readonly history?: string | undefined;
  /** Says how far it is. */
  readonly log: (line: string) => void;
}

/** Something that happens to a client, again and again, and what must hold all the while. */
export interface Fault {
  readonly name: string;
  /** What `runs` counts, for the usage text. */
  readonly unit: string;
  /** Of a long run. */
  readonly runs: number;
  /**
   * Lets it happen.
   * @returns what was seen, in a line
   * @throws AssertionError once something does not hold that must
   */
  readonly run: (options: FaultOptions) => Promise<string>;
}
