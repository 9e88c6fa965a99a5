import type { BenchResult } from '../result.ts';
import type { HubUnderTest } from './hubUnderTest.ts';

/** What a group of rows is measured on. */
export interface GroupContext {
  readonly hub: HubUnderTest;
  /** A folder of catalogue versions that the hub replays, if it does. */
  readonly history: string | undefined;
  /** A folder for whatever it needs. */
  readonly folder: string;
  readonly log: (line: string) => void;
}

/** Rows that are measured together: in a process of their own, on a hub of their own. */
export interface Group {
  /** The rows, as `--only` names them. */
  readonly rows: readonly string[];
  /** Options of the hub's command. */
  readonly hubArguments: (history: string | undefined, folder: string) => readonly string[];
  readonly measure: (context: GroupContext) => Promise<readonly BenchResult[]>;
}

/** A quota that no measurement comes near: what it costs is measured, not what is allowed. */
export const UNLIMITED: readonly string[] = ['--quota', '1000000000'];
