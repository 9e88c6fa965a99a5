import { canonicalJson } from '../canonicalJson.ts';
import type { StoredRow } from '../merge.ts';
import { mergeRows } from '../merge.ts';
import type { Model, ModelId, ModelRecord } from '../model.ts';

/** What a merged model says that its sources do not. */
const OWN_WORDS: ReadonlySet<string> = new Set<Exclude<keyof Model, keyof ModelRecord>>([
  'author',
  'name',
  'sources',
  'published',
]);

/** The newest body of a catalogue, and what was kept out of it. */
export interface CatalogueBody {
  /** NDJSON in UTF-8: see `catalogueBody`. */
  readonly bytes: Buffer;
  readonly models: number;
  /** Models that are left out because a source says that they are private. */
  readonly hidden: number;
}

/**
 * The body of a published catalogue: one line a model, ordered by id in code units, each the merged
 * record of all sources with its counters, as canonical JSON and a line feed. There is no header:
 * equal catalogues have equal bodies, and their sha256 tells that there is nothing to publish.
 * Everything that changes without a model changing stands in the pointer.
 * @param rows ordered by id; those that are no longer published are left out
 */
export function catalogueBody(rows: Iterable<StoredRow>): CatalogueBody {
  const lines: string[] = [];
  let hidden = 0;
  for (const ofModel of groupById(rows).values()) {
    const published = ofModel.filter((row) => row.published);
    if (published.length === 0) continue;
    // A source that has let go of a private repository does not make it public.
    if (ofModel.some((row) => row.record.private === true)) hidden++;
    else lines.push(lineOf(published));
  }
  const text = lines.map((line) => `${line}\n`).join('');
  return { bytes: Buffer.from(text), models: lines.length, hidden };
}

/** A line says of the model what its sources say; who they are is known to the publisher only. */
function lineOf(rows: readonly StoredRow[]): string {
  const said = Object.entries(mergeRows(rows) ?? {}).filter(([field]) => !OWN_WORDS.has(field));
  return canonicalJson(Object.fromEntries(said));
}

function groupById(rows: Iterable<StoredRow>): Map<ModelId, StoredRow[]> {
  const groups = new Map<ModelId, StoredRow[]>();
  for (const row of rows) {
    const group = groups.get(row.record.id);
    if (group === undefined) groups.set(row.record.id, [row]);
    else group.push(row);
  }
  return groups;
}
