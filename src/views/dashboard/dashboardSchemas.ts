import * as z from 'zod/mini';
import type {
  DashboardHostMessage,
  DashboardPageMessage,
  DashboardPageState,
} from './dashboardMessages.ts';

/** More folds than the page has. */
const OPEN_FOLDS = 100;

const stepCommand = z.enum([
  'modelHub.setToken',
  'modelHub.openSettings',
  'modelHub.showLog',
  'modelHub.refresh',
  'workbench.action.reloadWindow',
  'workbench.extensions.action.checkForUpdates',
]);
const bytes = z.number().check(z.nonnegative());
const texts = z.array(z.string());

const chart = z.object({
  title: z.string(),
  picture: z.string(),
  top: z.string(),
  legend: z.object({ received: z.string(), whole: z.string(), failed: z.string() }),
  columns: texts,
  rows: z.array(
    z.object({
      key: z.string(),
      label: z.string(),
      received: bytes,
      whole: bytes,
      failed: z.boolean(),
      cells: texts,
    }),
  ),
  table: z.string(),
});

const view = z.object({
  title: z.string(),
  summary: z.string(),
  notice: z.exactOptional(z.string()),
  empty: z.exactOptional(z.string()),
  facts: z.array(z.object({ name: z.string(), text: z.string() })),
  errors: z.array(
    z.object({
      key: z.string(),
      source: z.string(),
      message: z.string(),
      when: z.string(),
      action: z.exactOptional(z.object({ command: stepCommand, title: z.string() })),
    }),
  ),
  days: chart,
  runs: chart,
  sources: z.object({
    title: z.string(),
    caption: z.string(),
    columns: texts,
    rows: z.array(
      z.object({
        key: z.string(),
        name: z.string(),
        kind: z.string(),
        models: z.string(),
        asked: z.string(),
        received: z.string(),
        whole: z.string(),
        saved: z.string(),
        share: z.exactOptional(z.number().check(z.gte(0), z.lte(1))),
        heard: z.string(),
      }),
    ),
  }),
  ahead: z.object({
    title: z.string(),
    lines: texts,
    caption: z.string(),
    columns: texts,
    rows: z.array(texts),
  }),
  network: z.object({ title: z.string(), lines: texts }),
  labels: z.object({
    errors: z.string(),
    refresh: z.string(),
    history: z.string(),
    facts: z.string(),
  }),
});

const hostMessage: z.ZodMiniType<DashboardHostMessage> = z.object({
  type: z.literal('show'),
  view,
});

const pageMessage: z.ZodMiniType<DashboardPageMessage> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({
    type: z.literal('run'),
    command: z.union([stepCommand, z.literal('modelHub.showHistory')]),
  }),
]);

const pageState: z.ZodMiniType<DashboardPageState> = z.object({
  scroll: z.number().check(z.nonnegative()),
  open: texts.check(z.maxLength(OPEN_FOLDS)),
});

/** Reads what came from the host; undefined if it is nothing the page understands. */
export function readDashboardMessage(data: unknown): DashboardHostMessage | undefined {
  return hostMessage.safeParse(data).data;
}

/** Reads what came from the page; undefined if it is nothing the host understands. */
export function readDashboardPageMessage(data: unknown): DashboardPageMessage | undefined {
  return pageMessage.safeParse(data).data;
}

/** Reads the state a page left behind; undefined if it is not one. */
export function readDashboardState(data: unknown): DashboardPageState | undefined {
  return pageState.safeParse(data).data;
}
