import type { CatalogueReader } from '../../src/sync/cache/catalogueReader.ts';
import type { Model, SourceKey } from '../../src/sync/model.ts';

export interface ModelsOfOptions {
  /** The sources that are followed besides. */
  readonly followed?: readonly SourceKey[];
  readonly offset?: number;
  readonly limit?: number;
  /** Tells what is news since then, in ms since 1970. */
  readonly seenUpTo?: number;
}

/** What a source publishes, newest first, as the tree asks for it. */
export function modelsOf(
  reader: CatalogueReader,
  source: SourceKey,
  { followed = [], offset = 0, limit = 1_000, seenUpTo }: ModelsOfOptions = {},
): Model[] {
  const sources = [...new Set([source, ...followed])];
  const whole = { of: source, text: '', filters: {}, sort: 'newest' } as const;
  return reader.search({ ...whole, sources, offset, limit }, seenUpTo);
}
