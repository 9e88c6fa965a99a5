import type { JsonObject } from './canonical.ts';
import { isObject } from './canonical.ts';
import type { Exchange, Reply } from './exchange.ts';
import { plain, textReply } from './exchange.ts';
import { spoiled } from './faults.ts';
import { nameOf } from './repository.ts';
import type { HubState } from './state.ts';

/** Where the Cortex server lives on the hub: a client takes `<url>/cortex` as its base address. */
export const CORTEX_PREFIX = '/cortex';

/** `GET /healthz`: not JSON (Cortex fact sheet 1.3). */
export function healthz(): Reply {
  return textReply(200, 'text/html; charset=utf-8', 'cortex-cpp is alive!!!');
}

function idOfElement(element: JsonObject): string {
  const { metadata } = element;
  return isObject(metadata) ? String(metadata['id']) : '';
}

/** `GET /v1/models/sources` */
export function listSources(state: HubState): Reply {
  const elements = state.cortex.elements();
  const shown = spoiled(state.faults.set, 'cortex', elements, {
    idOf: idOfElement,
    field: 'metadata',
    all: () => elements.map(idOfElement),
  });
  return plain(200, {
    data: shown,
  });
}

/** `GET /v1/models/sources/{src}`: an unknown source is 200 with nothing in it. */
export function oneSource(state: HubState, source: string): Reply {
  const element = state.cortex.elements().find(({ id }) => id === source);
  return plain(200, element ?? { id: '', author: '', models: null, metadata: null });
}

/** `GET /v1/models/hub?author=&tag=` */
export function hubModels(state: HubState, exchange: Exchange): Reply {
  const { searchParams } = exchange.url;
  const author = searchParams.get('author') ?? 'cortexso';
  return plain(200, { data: state.cortex.hubIds(author, searchParams.get('tag') ?? undefined) });
}

function downloadedRow(id: string, size: number, name: string): JsonObject {
  return {
    id,
    model: id,
    name,
    version: '1',
    size,
    status: 'downloaded',
    engine: 'llama-cpp',
    files: [`models/cortex.so/${name}/${id.slice(id.indexOf(':') + 1)}/model.gguf`],
    stop: [],
    stream: true,
    top_p: 0.95,
    temperature: 0.7,
    max_tokens: 4096,
    ngl: 33,
    ctx_len: 4096,
    n_parallel: 1,
    min_p: null,
    prompt_template: '',
    created: 1727000000,
    object: 'model',
    owned_by: '',
    os: '',
    gpu_arch: '',
    quantization_method: '',
    precision: '',
    text_model: false,
  };
}

/** `GET /v1/models`: what is on disk (one variant of the first source) and what could be fetched. */
export function listCortexModels(state: HubState): Reply {
  const data: JsonObject[] = [];
  for (const { id: modelSource, models, metadata } of state.cortex.elements()) {
    // Cortex repeats README and model info for every variant, as a string inside the JSON.
    const text = JSON.stringify(metadata);
    for (const model of models as { id: string; size: number }[]) {
      if (data.length === 0)
        data.push(
          downloadedRow(model.id, model.size, nameOf(String((metadata as JsonObject)['id']))),
        );
      else {
        data.push({
          id: model.id,
          model: model.id,
          modelSource,
          status: 'downloadable',
          engine: 'llama-cpp',
          metadata: text,
        });
      }
    }
  }
  return plain(200, { object: 'list', result: 'OK', data });
}

async function sourceIn(exchange: Exchange): Promise<string | undefined> {
  try {
    const body: unknown = JSON.parse((await exchange.body()).toString());
    const source = isObject(body) ? body['source'] : undefined;
    return typeof source === 'string' ? source : undefined;
  } catch {
    return undefined;
  }
}

/** `POST` and `DELETE /v1/models/sources` with `{"source"}`. */
export async function changeSources(state: HubState, exchange: Exchange): Promise<Reply> {
  const source = await sourceIn(exchange);
  if (source === undefined) return plain(409, { message: 'No source field in request body' });
  const isPost = exchange.method === 'POST';
  const problem = isPost ? state.cortex.post(source) : state.cortex.delete(source);
  if (problem !== undefined) return plain(400, { message: problem });
  return plain(200, { message: `Model source is ${isPost ? 'added' : 'deleted'} successfully!` });
}
