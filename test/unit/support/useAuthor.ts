import assert from 'node:assert/strict';
import { HuggingFaceAuthor } from '../../../src/sync/gateway/huggingFaceAuthor.ts';
import type { Listing, Question } from '../../../src/sync/gateway/source.ts';
import type { ModelId } from '../../../src/sync/model.ts';
import type { Hub } from '../../hub/hub.ts';
import { collectingLogger } from './collectingLogger.ts';
import type { CollectingLogger } from './collectingLogger.ts';
import type { DumpLine } from './useHub.ts';
import { parseDump } from './useHub.ts';
import { useSession } from './useSession.ts';

export type Asked = Question & { readonly http: ReturnType<ReturnType<typeof useSession>> };

/** One author of a hub, asked as the engine would ask. */
export interface Author {
  readonly logger: CollectingLogger;
  probe(asked: Question): Promise<Listing | undefined>;
  sweep(asked: Question): Promise<Listing | undefined>;
  /** What the hub has of the author, in order of the ids. */
  truth(): DumpLine[];
  ids(): ModelId[];
  newestFirst(): ModelId[];
  /** A question of a catalogue that knows this much; of nothing, the first. */
  question(manifest?: ReadonlyMap<ModelId, string>, asked?: Partial<Question>): Asked;
  /** All that the source has, as the first answer tells it. */
  known(): Promise<Listing>;
}

/** An author for the tests of a `describe`. */
export function useAuthor(hub: () => Hub, author: string): Author {
  const session = useSession();
  let logger = collectingLogger();
  beforeEach(() => {
    logger = collectingLogger();
  });
  const truth = (): DumpLine[] => parseDump(hub().truth(`hf:${author}`));
  const source = (): HuggingFaceAuthor => new HuggingFaceAuthor(author, new URL(hub().url));
  const question: Author['question'] = (manifest = new Map(), asked = {}) => ({
    manifest,
    times: timesOf(truth()),
    first: manifest.size === 0,
    counters: false,
    validators: {},
    logger,
    ...asked,
    http: session(),
  });
  return {
    get logger() {
      return logger;
    },
    truth,
    question,
    ids: () => truth().map(({ id }) => id),
    newestFirst: () => {
      const times = timesOf(truth());
      return [...times.keys()].sort((a, b) => times.get(b)! - times.get(a)!);
    },
    probe: (asked) => source().probe(asked),
    sweep: (asked) => source().sweep(asked),
    known: async () => {
      const listing = await source().sweep(question());
      assert.ok(listing);
      return listing;
    },
  };
}

/** When each model changed last, as a catalogue would know it. */
function timesOf(lines: readonly DumpLine[]): Map<ModelId, number> {
  return new Map(lines.map(({ id, content }) => [id, Date.parse(String(content['lastModified']))]));
}
