import type { JsonObject } from './canonical.ts';
import { sha256 } from './canonical.ts';
import { bufferBody } from './body.ts';
import type { Reply } from './exchange.ts';
import { textReply } from './exchange.ts';
import { spoiled } from './faults.ts';
import { idOfRecord } from './fromCatalogue.ts';
import type { CatalogueFile, CatalogueName } from './publication.ts';
import type { HubState } from './state.ts';

/** Paths of the two files as the raw host of the catalogue's repository has them. */
export const CATALOGUE_PATHS: Readonly<Record<CatalogueName, string>> = {
  v1: '/janhq/model-catalog/main/model_catalog.json',
  v2: '/janhq/model-catalog/main/model_catalog_v2.json',
};

const idOf = (record: JsonObject) => idOfRecord(record) ?? '';
const etags = new WeakMap<Buffer, string>();

function bytesOf(state: HubState, name: CatalogueName, file: CatalogueFile): Buffer {
  const shown = spoiled(state.faults.set, `jan:${name}`, file.records, {
    idOf,
    field: 'model_name',
    all: () => file.records.map(idOf),
  });
  return shown === file.records ? file.bytes : Buffer.from(JSON.stringify(shown, null, 2));
}

/** A static file: strong ETag (weak once compressed), five minutes of freshness, ranges. */
export function catalogue(state: HubState, name: CatalogueName): Reply {
  const file = state.store.publication.catalogues[name];
  if (!file) return textReply(404, 'text/plain; charset=utf-8', '404: Not Found');
  const bytes = bytesOf(state, name, file);
  const etag = etags.get(bytes) ?? `"${sha256(bytes)}"`;
  etags.set(bytes, etag);
  return {
    status: 200,
    headers: { 'Cache-Control': 'max-age=300' },
    type: 'text/plain; charset=utf-8',
    body: bufferBody(bytes),
    etag,
    compressible: true,
    ranges: true,
  };
}
