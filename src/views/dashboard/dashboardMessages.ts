import type { StepCommand } from '../status/nextStep.ts';

/**
 * What the dashboard and its host say to each other. Types only: the checks of both ends are in
 * dashboardSchemas.ts.
 */

/** One bar or a pair of them, with the row of the table that says the same. */
export interface ChartRow {
  readonly key: string;
  /** Under the bar. */
  readonly label: string;
  /** Bytes. */
  readonly received: number;
  /** Bytes, estimated. */
  readonly whole: number;
  readonly failed: boolean;
  /** One a column of the table. */
  readonly cells: readonly string[];
}

/** A chart, and the table that says the same. */
export interface ChartView {
  readonly title: string;
  /** For who sees no picture: what it shows, in one sentence. */
  readonly picture: string;
  /** What the highest bar stands for. */
  readonly top: string;
  readonly legend: Readonly<Record<'received' | 'whole' | 'failed', string>>;
  readonly columns: readonly string[];
  readonly rows: readonly ChartRow[];
  readonly table: string;
}

export interface SourceRow {
  readonly key: string;
  readonly name: string;
  readonly kind: string;
  readonly models: string;
  readonly asked: string;
  readonly received: string;
  readonly whole: string;
  readonly saved: string;
  /** Received of a full fetch, 0 to 1; absent where nothing is known. */
  readonly share?: number;
  readonly heard: string;
}

/** A way a source failed, with what can be done about it. */
export interface ErrorRow {
  readonly key: string;
  readonly source: string;
  readonly message: string;
  readonly when: string;
  /** Absent once the source answers again. */
  readonly action?: { readonly command: StepCommand; readonly title: string };
}

/** What was fetched before anybody asked for it. */
export interface AheadView {
  readonly title: string;
  readonly lines: readonly string[];
  readonly caption: string;
  readonly columns: readonly string[];
  /** The cells of each. */
  readonly rows: readonly (readonly string[])[];
}

/** Everything the dashboard shows: always whole, never a difference. */
export interface DashboardView {
  readonly title: string;
  readonly summary: string;
  /** Why there is less to see than usual. */
  readonly notice?: string;
  /** Said in place of all charts before the first run. */
  readonly empty?: string;
  readonly facts: readonly { readonly name: string; readonly text: string }[];
  readonly errors: readonly ErrorRow[];
  readonly days: ChartView;
  readonly runs: ChartView;
  readonly sources: {
    readonly title: string;
    readonly caption: string;
    readonly columns: readonly string[];
    readonly rows: readonly SourceRow[];
  };
  readonly ahead: AheadView;
  readonly network: { readonly title: string; readonly lines: readonly string[] };
  readonly labels: Readonly<Record<'errors' | 'refresh' | 'history' | 'facts', string>>;
}

/** From the host to the page. */
export type DashboardHostMessage = { readonly type: 'show'; readonly view: DashboardView };

/** From the page to the host. */
export type DashboardPageMessage =
  /** The page has loaded and knows nothing yet. */
  | { readonly type: 'ready' }
  | { readonly type: 'run'; readonly command: StepCommand | 'modelHub.showHistory' };

/** What survives the page: where the reader was. */
export interface DashboardPageState {
  /** Pixels from the top. */
  readonly scroll: number;
  /** The keys of the folds that are open. */
  readonly open: readonly string[];
}
