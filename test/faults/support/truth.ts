import assert from 'node:assert/strict';
import type { SourceKey } from '../../../src/sync/model.ts';
import type { DumpRow } from '../../../src/sync/cache/catalogueReader.ts';
import type { Hub } from '../../hub/hub.ts';

/** The content of each model by its id, as canonical JSON. */
export type Content = ReadonlyMap<string, string>;
export type ContentBySource = ReadonlyMap<SourceKey, Content>;

const NOTHING: Content = new Map();

/** What a correct client holds of every source now. */
export function truthOf(hub: Hub): ContentBySource {
  return parseTruth(hub.truth());
}

/** What the lines of a hub's truth say. */
export function parseTruth(text: string): ContentBySource {
  return bySource(text.split('\n').filter(Boolean).map(parseLine));
}

/** What a client holds. */
export function bySource(rows: Iterable<DumpRow>): ContentBySource {
  const sources = new Map<SourceKey, Map<string, string>>();
  for (const { source, id, content } of rows) {
    const models = sources.get(source) ?? new Map<string, string>();
    sources.set(source, models.set(id, content));
  }
  return sources;
}

/** How two states of a source differ, in a line; empty if they are equal. */
export function difference(held: Content = NOTHING, truth: Content = NOTHING): string {
  const missing = [...truth.keys()].filter((id) => !held.has(id));
  const left = [...held.keys()].filter((id) => !truth.has(id));
  const other = [...held].filter(([id, text]) => truth.has(id) && truth.get(id) !== text);
  const list = (word: string, ids: readonly string[]): string =>
    ids.length === 0 ? '' : ` ${ids.length} ${word} (${ids.slice(0, 3).join(', ')})`;
  return `${list('missing', missing)}${list('left over', left)}${list(
    'different',
    other.map(([id]) => id),
  )}`.trim();
}

/** Fails unless the client holds, of each of these sources, exactly the truth. */
export function assertConverged(
  held: ContentBySource,
  truth: ContentBySource,
  sources: readonly SourceKey[],
  when: string,
): void {
  const found = sources
    .map((source) => ({ source, how: difference(held.get(source), truth.get(source)) }))
    .filter(({ how }) => how !== '');
  assert.deepEqual(found, [], when);
}

/** A line of the hub's truth without parsing the content, which stays as it was written. */
function parseLine(line: string): DumpRow {
  const match = /^\{"source":("(?:[^"\\]|\\.)*"),"id":("(?:[^"\\]|\\.)*"),"content":(.*)\}$/.exec(
    line,
  );
  if (match === null) throw new Error(`no line of a truth: ${line.slice(0, 100)}`);
  const [, source = '', id = '', content = ''] = match;
  return { source: JSON.parse(source) as string, id: JSON.parse(id) as string, content };
}
