import type { JsonObject } from './canonical.ts';
import { isObject } from './canonical.ts';
import type { CortexDiskModel } from './cortexDisk.ts';
import type { Exchange, Reply } from './exchange.ts';
import { plain, textReply } from './exchange.ts';
import type { Effects } from './faults.ts';
import { spoiled } from './faults.ts';
import { authorOf } from './repository.ts';
import type { HubState } from './state.ts';

/** Where the Cortex server lives on the hub: a client takes `<url>/cortex` as its base address. */
export const CORTEX_PREFIX = '/cortex';

/** `GET /healthz`: not JSON (Cortex fact sheet 1.3). */
export function healthz(): Reply {
  return textReply(200, 'text/html; charset=utf-8', 'cortex-cpp is alive!!!');
}

const INVALID_KEY = { message: 'Invalid API Key' };
/** The page of the framework, with which whatever was thrown ends. */
const FRAMEWORK_ERROR =
  '<html><head><title>500 Internal Server Error</title></head><body>500 Internal Server Error</body></html>';

/** The answer to whoever lacks the key, if there is one. */
export function keyRefusal(state: HubState, exchange: Exchange): Reply | undefined {
  const { cortexApiKey } = state;
  if (cortexApiKey === undefined || exchange.token === cortexApiKey) return undefined;
  return plain(401, INVALID_KEY);
}

/** A fault in Cortex' own words, where it has some. */
export function cortexRefusal(effects: Effects, hasToken: boolean): Reply | undefined {
  if (hasToken ? effects.rejectToken : effects.requireToken) return plain(401, INVALID_KEY);
  const { status } = effects;
  if (status === 401) return plain(401, INVALID_KEY);
  if (status === 400 || status === 409) return plain(status, { message: 'Something is wrong' });
  return status === 500 ? textReply(500, 'text/html; charset=utf-8', FRAMEWORK_ERROR) : undefined;
}

/** Whether the Hub would answer Cortex: what is wrong with that route is wrong for Cortex, too. */
function hubAnswers(state: HubState, route: 'model' | 'models', path: string, author: string) {
  const { offline, status, rateLimit } = state.faults.effectsOn({
    route,
    path: `/api/models${path}`,
    source: `hf:${author}`,
  });
  return !offline && status === undefined && !rateLimit;
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
  const tag = searchParams.get('tag') ?? undefined;
  const ids = state.cortex.hubIds(author, tag, () => hubAnswers(state, 'models', '', author));
  return ids
    ? plain(200, { data: ids })
    : plain(400, { message: `Failed to get models of author: ${author}` });
}

/** A model.yml as JSON. */
function modelYaml({ id, name, size, files }: CortexDiskModel): JsonObject {
  return {
    model: id,
    name,
    version: '1',
    size,
    engine: 'llama-cpp',
    files,
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

/** A model of a cloud service: it has no status. */
const REMOTE_ROW = {
  id: 'gpt-4o',
  model: 'gpt-4o',
  engine: 'openai',
  version: '',
  created: 1727000000,
  object: 'model',
  owned_by: '',
  inference_params: { temperature: 0.7, top_p: 0.95, stream: true, max_tokens: 4096, stop: [] },
};

/** `GET /v1/models/{id}`: what is not on disk is unknown, also if it could be fetched. */
export function oneCortexModel(state: HubState, id: string): Reply {
  const model = state.cortexDisk.models.get(id);
  if (model) return plain(200, modelYaml(model));
  return plain(400, {
    id,
    object: 'model',
    result: 'Fail to get model information',
    message: `Error: Model not found: ${id}`,
  });
}

/** `GET /v1/models`: what is on disk, what could be fetched and what runs elsewhere. */
export function listCortexModels(state: HubState): Reply {
  const installed = state.cortexDisk.models;
  const data: JsonObject[] = [...installed.values()].map((model) => ({
    id: model.id,
    status: 'downloaded',
    ...modelYaml(model),
  }));
  data.push(REMOTE_ROW);
  for (const { id: modelSource, models, metadata } of state.cortex.elements()) {
    // Cortex repeats README and model info for every variant, as a string inside the JSON.
    const text = JSON.stringify(metadata);
    for (const model of models as { id: string; size: number }[]) {
      if (installed.has(model.id)) continue;
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
  const shown = spoiled(state.faults.set, 'cortex-models', data, {
    idOf: ({ id }) => String(id),
    field: 'id',
    all: () => [...installed.keys()],
  });
  return plain(200, { object: 'list', result: 'OK', data: shown });
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
  const answers = (id: string) => hubAnswers(state, 'model', `/${id}`, authorOf(id));
  const problem = isPost ? state.cortex.post(source, answers) : state.cortex.delete(source);
  if (problem !== undefined) return plain(400, { message: problem });
  return plain(200, { message: `Model source is ${isPost ? 'added' : 'deleted'} successfully!` });
}
