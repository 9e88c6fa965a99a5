import { readPageState } from '../messageSchemas.ts';
import type { PageMessage, PageState } from '../messages.ts';

interface EditorApi {
  postMessage(message: PageMessage): void;
  getState(): unknown;
  setState(state: PageState): void;
}

/** The editor gives this out once. */
declare function acquireVsCodeApi(): EditorApi;

const api = acquireVsCodeApi();

/** Says something to the host. */
export function tell(message: PageMessage): void {
  api.postMessage(message);
}

/** What the page left behind before it was hidden or closed. */
export function loadState(): PageState | undefined {
  return readPageState(api.getState());
}

/** Keeps what the page needs to come back as it was. */
export function saveState(state: PageState): void {
  api.setState(state);
}
