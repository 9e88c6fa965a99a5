import type { DashboardPageMessage, DashboardPageState } from '../dashboardMessages.ts';
import { readDashboardState } from '../dashboardSchemas.ts';

/** The editor gives this out once. */
declare function acquireVsCodeApi(): {
  postMessage(message: DashboardPageMessage): void;
  getState(): unknown;
  setState(state: DashboardPageState): void;
};

const api = acquireVsCodeApi();

/** Says something to the host. */
export function tell(message: DashboardPageMessage): void {
  api.postMessage(message);
}

/** Where the reader was when the page was hidden or closed. */
export function loadState(): DashboardPageState | undefined {
  return readDashboardState(api.getState());
}

/** Keeps where the reader is. */
export function saveState(state: DashboardPageState): void {
  api.setState(state);
}
