import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { JsonObject } from './canonical.ts';
import { isObject } from './canonical.ts';
import { identityOf } from './content.ts';
import type { CortexDiskModel } from './cortexDisk.ts';
import type { Pull, PullItem } from './cortexPulls.ts';
import { itemsOf } from './cortexPulls.ts';
import type { Exchange, Reply } from './exchange.ts';
import { plain } from './exchange.ts';
import type { Found } from './lookup.ts';
import { authorOf } from './repository.ts';
import type { HubState } from './state.ts';
import type { Commit } from './store.ts';

const HUB_HOST = 'huggingface.co';
const DATA_FOLDER = '/home/user/.local/share/cortexcpp';
/** The author whose repositories have one variant in each branch. */
const OWN_AUTHOR = 'cortexso';
const NOT_FETCHED = /^(?:\.gitattributes|\.gitignore|README\.md)$/;

async function bodyOf(exchange: Exchange): Promise<JsonObject> {
  try {
    const body: unknown = JSON.parse((await exchange.body()).toString());
    return isObject(body) ? body : {};
  } catch {
    return {};
  }
}

/** The body with the fields that have to be there. */
async function bodyWith(exchange: Exchange, ...fields: string[]): Promise<Found<JsonObject>> {
  const body = await bodyOf(exchange);
  const missing = fields.find((field) => body[field] === undefined);
  if (missing === undefined) return { value: body };
  return { refusal: plain(409, { message: `No ${missing} field in request body` }) };
}

const refusal = (message: string) => plain(400, { message });
const text = (value: unknown) => (typeof value === 'string' ? value : '');

/** `POST /v1/models/pull` */
export async function pullModel(state: HubState, exchange: Exchange): Promise<Reply> {
  const body = await bodyWith(exchange, 'model');
  if ('refusal' in body) return body.refusal;
  const handle = text(body.value['model']);
  if (handle === '') return plain(400, { result: 'Bad Request' });
  const pull = pullOf(state, handle, text(body.value['id']));
  if (typeof pull === 'string') return refusal(pull);
  if (state.cortexDisk.models.has(pull.id))
    return refusal('Please delete the model before downloading again');
  state.cortexPulls.start(pull);
  return plain(200, {
    message: 'Model start downloading!',
    task: { id: pull.id, type: 'Model', items: itemsOf(pull, 0, false) },
  });
}

/** `DELETE /v1/models/pull` */
export async function stopPull(state: HubState, exchange: Exchange): Promise<Reply> {
  const body = await bodyWith(exchange, 'taskId');
  if ('refusal' in body) return body.refusal;
  const taskId = text(body.value['taskId']);
  if (taskId === '') return plain(400, { result: 'Bad Request' });
  return state.cortexPulls.stop(taskId)
    ? plain(200, { message: 'Download stopped successfully', taskId })
    : refusal('Task not found');
}

/** What a handle names, or why Cortex does not fetch it. */
function pullOf(state: HubState, handle: string, wantedId: string): Pull | string {
  if (!handle.startsWith('https')) {
    const parts = handle.split(':');
    const [author = '', name = '', file = ''] = parts;
    if (parts.length === 2) return branchPull(state, author, name, wantedId);
    if (parts.length === 3)
      return filePull(state, [author, name, 'resolve', 'main', file], wantedId);
    return 'Invalid model handle or not supported!';
  }
  const url = URL.parse(handle);
  if (!url) return `Invalid url: ${handle}`;
  if (url.hostname !== HUB_HOST) return 'Only support pull model from huggingface.co';
  const path = url.pathname.split('/').slice(1).map(decodeURIComponent);
  if (path.length < 5) return `Invalid url: ${handle}`;
  const [author = '', name = '', , revision = ''] = path;
  if (author === OWN_AUTHOR) return branchPull(state, name, revision, wantedId);
  return filePull(state, path, wantedId);
}

/** One file of anybody's. Cortex looks whether there is such a file only when it fetches it. */
function filePull(state: HubState, path: readonly string[], wantedId: string): Pull {
  const [author = '', name = '', , revision = '', ...file] = path;
  const fileName = file.at(-1) ?? '';
  const id = wantedId || `${author}:${name}:${fileName}`;
  const commit = commitOf(state, `${author}/${name}`, revision);
  const place = `models/${HUB_HOST}/${author}/${name}/${fileName}`;
  const item = itemOf(commit, `${author}/${name}`, revision, {
    path: file.join('/'),
    place,
    id,
  });
  return pullWith(state, { id, name, size: item.size, files: [place] }, [item], {
    repository: `${author}/${name}`,
    revision,
    path: file.join('/'),
  });
}

/** One branch of a repository of cortexso: all that is in it. */
function branchPull(
  state: HubState,
  name: string,
  branch: string,
  wantedId: string,
): Pull | string {
  const repository = `${OWN_AUTHOR}/${name}`;
  const commit = commitOf(state, repository, branch);
  if (!commit) return `Model ${name} not found`;
  const folder = `models/cortex.so/${name}/${branch}`;
  const items = commit.files
    .filter(({ path }) => !NOT_FETCHED.test(path))
    .map(({ path }) =>
      itemOf(commit, repository, branch, { path, place: `${folder}/${path}`, id: path }),
    );
  const size = items.reduce((sum, item) => sum + item.size, 0);
  const id = wantedId || `${name}:${branch}`;
  const files = [`${folder}/model.gguf`];
  const [first] = items;
  return pullWith(state, { id, name, size, files }, items, {
    repository,
    revision: branch,
    path: first?.id ?? '',
  });
}

/** A commit as those without rights see it. */
function commitOf(state: HubState, id: string, revision: string): Commit | undefined {
  const hosted = state.store.hosted.get(id);
  const isOpen = hosted && !hosted.private && hosted.gated === false && !hosted.disabled;
  return isOpen ? state.store.commit(hosted, revision) : undefined;
}

function itemOf(
  commit: Commit | undefined,
  repository: string,
  revision: string,
  { path, place, id }: { path: string; place: string; id: string },
): PullItem {
  const file = commit?.files.find((one) => one.path === path);
  return {
    id,
    downloadUrl: `https://${HUB_HOST}/${repository}/resolve/${revision}/${path}`,
    localPath: `${DATA_FOLDER}/${place}`,
    size: commit && file ? identityOf(commit.repository, file).size : 0,
  };
}

/** What is wrong with the bytes of the Hub is wrong for Cortex, too. */
function pullWith(
  state: HubState,
  model: CortexDiskModel,
  items: readonly PullItem[],
  { repository, revision, path }: { repository: string; revision: string; path: string },
): Pull {
  const subject = {
    route: 'resolve',
    path: `/${repository}/resolve/${revision}/${path}`,
    source: `hf:${authorOf(repository)}`,
  };
  const hubAnswers = () => {
    const { offline, status, rateLimit } = state.faults.effectsOn(subject);
    return !offline && status === undefined && !rateLimit;
  };
  return { id: model.id, items, model, hubAnswers };
}

/** `POST /v1/models/start` */
export async function startModel(state: HubState, exchange: Exchange): Promise<Reply> {
  const body = await bodyWith(exchange, 'model');
  if ('refusal' in body) return body.refusal;
  const id = text(body.value['model']);
  if (!state.cortexDisk.models.has(id)) return refusal(`Cannot find model: ${id}`);
  state.cortexDisk.running.add(id);
  return plain(200, { message: 'Started successfully!' });
}

/** `POST /v1/models/stop` */
export async function stopModel(state: HubState, exchange: Exchange): Promise<Reply> {
  const body = await bodyWith(exchange, 'model');
  if ('refusal' in body) return body.refusal;
  const id = text(body.value['model']);
  if (!state.cortexDisk.models.has(id)) return refusal(`Model not found: ${id}`);
  if (!state.cortexDisk.running.delete(id))
    return refusal('Model failed to stop: Model has not been loaded');
  return plain(200, { message: 'Stopped successfully!' });
}

/** `GET /v1/models/status/{id}` */
export function modelStatus(state: HubState, id: string): Reply {
  const { models, running } = state.cortexDisk;
  if (!models.has(id)) return refusal(`Model not found: ${id}`);
  return running.has(id)
    ? plain(200, { message: 'Model is running' })
    : refusal('Model is not loaded yet');
}

/** `DELETE /v1/models/{id}` */
export function deleteModel(state: HubState, id: string): Reply {
  return state.cortexDisk.remove(id)
    ? plain(200, { message: 'Deleted successfully!' })
    : refusal(`Model not found: ${id}`);
}

/** `POST /v1/models/import`. The file has to be there; what is in it does not matter here. */
export async function importModel(state: HubState, exchange: Exchange): Promise<Reply> {
  const body = await bodyWith(exchange, 'model', 'modelPath');
  if ('refusal' in body) return body.refusal;
  const [modelHandle, path] = [text(body.value['model']), text(body.value['modelPath'])];
  const failed = (message: string) =>
    plain(400, { result: 'Import failed!', modelHandle, message });
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) {
    return failed(
      `Error importing model path '${path}' with model_id '${modelHandle}': Failed to open file`,
    );
  }
  if (state.cortexDisk.models.has(modelHandle))
    return failed(`Fail to import model, model_id '${modelHandle}' already exists!`);
  const isCopy = body.value['option'] === 'copy';
  const place = `${DATA_FOLDER}/models/imported/${basename(path)}`;
  state.cortexDisk.add({
    id: modelHandle,
    name: text(body.value['name']) || modelHandle,
    size: found.size,
    files: [isCopy ? place : path],
  });
  return plain(200, { result: 'OK', modelHandle, message: 'Model is imported successfully!' });
}

/** `GET /v1/hardware`: the same machine at all times. Cortex does not know its disk. */
export function hardware(): Reply {
  return plain(200, {
    cpu: { arch: 'amd64', cores: 16, model: 'Hub CPU', usage: 12.3, instructions: ['avx2', 'fma'] },
    os: { name: 'Ubuntu 24.04', version: '24.04' },
    ram: { total: 64_000, available: 40_000, type: '' },
    storage: { total: 0, available: 0, type: '' },
    gpus: [
      {
        id: '0',
        name: 'Hub GPU',
        version: '12.2',
        additional_information: { driver_version: '535.183', compute_cap: '8.6' },
        free_vram: 11_000,
        total_vram: 12_000,
        uuid: 'GPU-00000000-0000-0000-0000-000000000000',
        activated: true,
        vendor: 'NVIDIA',
      },
    ],
    power: { charging_status: '', battery_life: 0, is_power_saving: false },
  });
}
