import type { SharedCacheStatus } from '../../download/sharedCache/model.ts';
import type { ActivityReport } from '../../sync/activity.ts';
import type { SourceTraffic } from '../../sync/cache/sourceTraffic.ts';
import type { Allowances } from '../../sync/engine.ts';
import type { RunSummary } from '../../sync/history.ts';
import type { LinkState } from '../../sync/http/linkQuality.ts';
import type { SourceKey, SourceStatus } from '../../sync/model.ts';
import type { StorageProblem } from '../../sync/storageProblem.ts';

/** Everything that the dashboard is made of. */
export interface DashboardSubject {
  /** Newest first. */
  readonly runs: readonly RunSummary[];
  /** Oldest day first. */
  readonly traffic: readonly SourceTraffic[];
  readonly allowances: Allowances;
  /** Those that are followed. */
  readonly sources: readonly SourceStatus[];
  /** When this window heard from a source, if it did. */
  readonly lastHeard: (source: SourceKey) => number | undefined;
  readonly link: LinkState | undefined;
  /** How the team's cache does, where there is one that was needed. */
  readonly sharedCache: SharedCacheStatus | undefined;
  /** What is known of the user's activity, where it can be kept. */
  readonly activity?: ActivityReport | undefined;
  /** Whether the user wants details fetched ahead. */
  readonly fetchesAhead: boolean;
  /** What is wrong with the places where things are kept. */
  readonly problems: readonly StorageProblem[];
  /** Why the runs could not be read, if so. */
  readonly trouble?: string;
  readonly now: number;
}
