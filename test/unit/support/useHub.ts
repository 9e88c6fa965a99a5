import type { Hub, HubOptions } from '../../hub/hub.ts';
import { startHub } from '../../hub/hub.ts';

/** A hub for each test of a `describe`, since `advance` cannot be undone. */
export function useHub(options: HubOptions | (() => HubOptions) = {}): () => Hub {
  let hub: Hub | undefined;
  beforeEach(async () => {
    hub = await startHub(typeof options === 'function' ? options() : options);
  });
  afterEach(() => hub?.close());
  return () => {
    if (hub === undefined) throw new Error('no test is running');
    return hub;
  };
}

/** One hub for all tests of a `describe` that do not advance it; each begins without faults. */
export function useSharedHub(options: HubOptions = {}): () => Hub {
  let hub: Hub | undefined;
  before(async () => {
    hub = await startHub(options);
  });
  beforeEach(() => {
    hub?.setFaults({});
    hub?.resetStats();
  });
  after(() => hub?.close());
  return () => {
    if (hub === undefined) throw new Error('no test is running');
    return hub;
  };
}

export interface DumpLine {
  readonly source: string;
  readonly id: string;
  readonly content: Record<string, unknown>;
}

/** The lines of a dump, or of what the hub calls the truth. */
export function parseDump(text: string): DumpLine[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as DumpLine);
}
