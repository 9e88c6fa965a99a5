/** What the thread that hashes is asked for; plain data. */
import type { Digest } from '../model.ts';

/** One file to be hashed. */
export interface HashJob {
  readonly id: number;
  readonly path: string;
  readonly algorithm: Digest['algorithm'];
  /** Of a file that is still being written: how long it will be. Absent: hashed as it is. */
  readonly size?: number | undefined;
  /** Absent: as fast as it goes. */
  readonly bytesPerSecond?: number | undefined;
}

/** Of a job: up to where its file has been written, or hashed. */
export interface HashProgress {
  readonly id: number;
  readonly bytes: number;
}
