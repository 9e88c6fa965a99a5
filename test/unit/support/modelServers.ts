import type { RequestListener } from 'node:http';

/** What a server answers by path: a status with a body, or a body alone; JSON unless it is a text. */
type Answers = Readonly<Record<string, unknown>>;

interface StatusAnswer {
  readonly status: number;
  readonly body: unknown;
}

function listener(answers: Answers, missing: StatusAnswer, key?: string): RequestListener {
  return (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://server');
    const isLetIn = key === undefined || request.headers.authorization === `Bearer ${key}`;
    const { status, body } = isLetIn
      ? Object.hasOwn(answers, pathname)
        ? { status: 200, body: answers[pathname] }
        : missing
      : { status: 401, body: { error: { code: 401, message: 'Invalid API Key' } } };
    const isText = typeof body === 'string';
    response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json' });
    response.end(isText ? body : JSON.stringify(body));
  };
}

const row = (id: string, owner: string) => ({ id, object: 'model', created: 1, owned_by: owner });

/** `llama-server` with one model, by the path of its file unless it was given another name. */
export function llamaCppServer(id: string, size: number, key?: string): RequestListener {
  const meta = { vocab_type: 2, n_vocab: 128256, n_ctx_train: 131072, n_params: 1e9, size };
  const models = [{ name: id, model: id, details: { format: 'gguf' } }];
  return listener(
    {
      '/v1/models': { models, object: 'list', data: [{ ...row(id, 'llamacpp'), meta }] },
      // It has a list in the manner of Ollama, too.
      '/api/tags': { models },
      '/props': { model_path: id, total_slots: 4, build_info: 'b8681-hub' },
    },
    { status: 404, body: { error: { code: 404, message: 'File Not Found' } } },
    key,
  );
}

/** The same, with what it tells of its model: to nobody without the key, if it has one. */
export function llamaCppProps(id: string, props: object | undefined): RequestListener {
  const server = llamaCppServer(id, 1);
  return (request, response) => {
    if (request.url !== '/props') server(request, response);
    else if (props === undefined) response.writeHead(401).end('{"error":{"message":"No key"}}');
    else response.end(JSON.stringify(props));
  };
}

/** `llama-server` without a model of its own: its router, with the state of each model. */
export function llamaCppRouter(states: Readonly<Record<string, string>>): RequestListener {
  const data = Object.entries(states).map(([id, value]) => ({
    ...row(id, 'llamacpp'),
    status: { value },
  }));
  return listener(
    { '/v1/models': { data, object: 'list' } },
    { status: 404, body: { error: { code: 404, message: 'File Not Found' } } },
  );
}

/** LM Studio: all that is on its disk, and 200 for what it does not know. */
export function lmStudioServer(states: Readonly<Record<string, string>>): RequestListener {
  const ids = Object.keys(states);
  return listener(
    {
      '/v1/models': { data: ids.map((id) => row(id, 'organization_owner')), object: 'list' },
      '/api/v0/models': {
        object: 'list',
        data: Object.entries(states).map(([id, state]) => ({
          ...{ id, object: 'model', type: 'llm', publisher: 'lmstudio-community' },
          ...{ arch: 'llama', compatibility_type: 'gguf', quantization: 'Q4_K_M', state },
          max_context_length: 131072,
          ...(state === 'loaded' && { loaded_context_length: 4096 }),
        })),
      },
    },
    { status: 200, body: { error: 'Unexpected endpoint or method. Returning 200 anyway' } },
  );
}

/** Ollama, with what it has on its disk, what it has loaded of that, and models of its cloud. */
export function ollamaServer(
  sizes: Readonly<Record<string, number>>,
  loaded: readonly string[] = [],
  cloud: readonly string[] = [],
): RequestListener {
  const model = (name: string, size: number) => ({
    ...{ name, model: name, modified_at: '2025-10-03T23:34:03.409490317-07:00', size },
    digest: 'a2af6cc3eb7fa8be8504abaf9b04e88f17a119ec3f04a3addf55f92841195f5a',
    details: { format: 'gguf', family: 'llama', quantization_level: 'Q4_K_M' },
  });
  const installed = Object.entries(sizes).map(([name, size]) => model(name, size));
  const remote = cloud.map((name) => ({
    ...model(name, 300),
    ...{ remote_model: name, remote_host: 'https://ollama.com:443' },
  }));
  const names = [...Object.keys(sizes), ...cloud];
  const orNull = <T>(list: readonly T[]) => (list.length === 0 ? null : list);
  return listener(
    {
      '/': 'Ollama is running',
      '/v1/models': { object: 'list', data: orNull(names.map((name) => row(name, 'library'))) },
      '/api/version': { version: '0.12.6' },
      '/api/tags': { models: [...installed, ...remote] },
      '/api/ps': {
        models: loaded.map((name) => ({ ...model(name, 1), expires_at: '', size_vram: 1 })),
      },
    },
    { status: 404, body: '404 page not found' },
  );
}

/** Jan's local server: it tells who it is without a key, and nothing else. */
export function janServer(): RequestListener {
  const openApi = { openapi: '3.1.0', info: { title: 'Jan API', version: '1' }, paths: {} };
  return (request, response) => {
    if (request.url === '/openapi.json') response.end(JSON.stringify(openApi));
    else response.writeHead(401).end('Missing authorization header');
  };
}

/** Any other server that lists models as OpenAI does. */
export function openAiServer(...ids: string[]): RequestListener {
  return listener(
    { '/v1/models': { object: 'list', data: ids.map((id) => row(id, 'vllm')) } },
    { status: 404, body: { detail: 'Not Found' } },
  );
}
