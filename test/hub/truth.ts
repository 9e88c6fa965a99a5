import type { JsonObject } from './canonical.ts';
import { byCodeUnits, canonicalJson, COUNTERS, isObject, without } from './canonical.ts';
import { expandedRow, TRUTH_FIELDS } from './fields.ts';
import { idOfRecord } from './fromCatalogue.ts';
import { CATALOGUE_NAMES } from './publication.ts';
import { authorOf } from './repository.ts';
import type { HubState } from './state.ts';

interface Line {
  readonly source: string;
  readonly id: string;
  readonly content: JsonObject;
}

/** Kilobytes that a dump does without. */
function withoutTemplate(row: JsonObject): JsonObject {
  const { gguf } = row;
  return isObject(gguf) ? { ...row, gguf: without(gguf, ['chat_template']) } : row;
}

function huggingFaceLines(state: HubState): Line[] {
  return [...state.store.hosted.values()]
    .filter((hosted) => !hosted.private)
    .map((hosted) => ({
      source: `hf:${authorOf(hosted.id)}`,
      id: hosted.id,
      content: withoutTemplate(expandedRow(hosted, TRUTH_FIELDS)),
    }));
}

function janLines(state: HubState): Line[] {
  return CATALOGUE_NAMES.flatMap((name) => {
    const source = `jan:${name}`;
    const lines = new Map<string, Line>();
    for (const record of state.store.publication.catalogues[name]?.records ?? []) {
      const id = idOfRecord(record);
      if (id !== undefined) lines.set(id, { source, id, content: without(record, COUNTERS) });
    }
    return [...lines.values()];
  });
}

function cortexLines(state: HubState): Line[] {
  return state.cortex.elements().map((element) => {
    const metadata = isObject(element['metadata']) ? element['metadata'] : {};
    const content = {
      ...without(element, COUNTERS),
      metadata: withoutTemplate(without(metadata, COUNTERS)),
    };
    return { source: 'cortex', id: String(metadata['id']), content };
  });
}

/** What a correct client holds of a source (absent: of all), one JSON object a line. */
export function truth(state: HubState, source?: string): string {
  return [...huggingFaceLines(state), ...janLines(state), ...cortexLines(state)]
    .filter((line) => source === undefined || line.source === source)
    .sort((a, b) => byCodeUnits(a.source, b.source) || byCodeUnits(a.id, b.id))
    .map(
      ({ source: from, id, content }) =>
        `{"source":${JSON.stringify(from)},"id":${JSON.stringify(id)},"content":${canonicalJson(content)}}\n`,
    )
    .join('');
}
