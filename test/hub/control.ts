import { byCodeUnits, isObject } from './canonical.ts';
import { parsePullControl } from './cortexPulls.ts';
import type { Exchange, Reply } from './exchange.ts';
import { plain, textReply } from './exchange.ts';
import { parseFaults } from './faults.ts';
import { isGgufRecipe } from './gguf.ts';
import type { CatalogueName } from './publication.ts';
import { CATALOGUE_NAMES } from './publication.ts';
import { authorOf } from './repository.ts';
import type { HubState } from './state.ts';
import type { CommittedFile } from './store.ts';
import { truth } from './truth.ts';

/** Where the hub is and what it serves: the line that the command prints. */
export interface Sources {
  readonly url: string;
  readonly tlsUrl: string;
  readonly sources: {
    /** Authors with at least one public repository. */
    readonly hf: readonly string[];
    readonly jan: readonly CatalogueName[];
    /** Base address of the Cortex server. */
    readonly cortex: string;
  };
}

/** What `advance` answers. */
export interface Advanced {
  readonly sequence: number;
  /** ISO 8601. */
  readonly time: string;
  readonly last: boolean;
}

export interface Addresses {
  readonly url: string;
  readonly tlsUrl: string;
  readonly cortexUrl: string;
  readonly caCertificate: string;
}

export function sourcesOf(state: HubState, addresses: Addresses): Sources {
  const authors = new Set<string>();
  for (const hosted of state.store.hosted.values()) {
    if (!hosted.private) authors.add(authorOf(hosted.id));
  }
  const { catalogues } = state.store.publication;
  return {
    url: addresses.url,
    tlsUrl: addresses.tlsUrl,
    sources: {
      hf: [...authors].sort(byCodeUnits),
      jan: CATALOGUE_NAMES.filter((name) => catalogues[name] !== undefined),
      cortex: addresses.cortexUrl,
    },
  };
}

export function publicationOf(state: HubState): Advanced {
  const { sequence, time, last } = state.store.publication;
  return { sequence, time, last };
}

function advance(state: HubState): Reply {
  if (state.store.advance()) return plain(200, publicationOf(state));
  return plain(409, { error: 'The last version is published already.' });
}

async function jsonBody(exchange: Exchange): Promise<unknown> {
  const text = (await exchange.body()).toString();
  return text.trim() === '' ? {} : JSON.parse(text);
}

async function setFaults(state: HubState, exchange: Exchange): Promise<Reply> {
  try {
    state.setFaults(parseFaults(await jsonBody(exchange)));
    return plain(200, state.faults.set);
  } catch (error) {
    return plain(400, { error: error instanceof Error ? error.message : String(error) });
  }
}

const isCount = (value: unknown) => Number.isInteger(value) && Number(value) >= 0;

function isCommittedFile(value: unknown): value is CommittedFile {
  if (!isObject(value) || typeof value['path'] !== 'string') return false;
  if (value['gguf'] !== undefined && !isGgufRecipe(value['gguf'])) return false;
  return [value['size'], value['seed']].every((one) => one === undefined || isCount(one));
}

/**
 * One more commit: `{"repository": "owner/name", "files": [{"path", "size", "seed", "gguf"}]}`.
 * @param word `files`: adds files, whose sizes are needed; `commit`: where no seed is given the
 *   bytes are others than those before
 */
async function commit(
  state: HubState,
  exchange: Exchange,
  word: 'files' | 'commit',
): Promise<Reply> {
  const body = await jsonBody(exchange).catch(() => undefined);
  const files = isObject(body) ? body['files'] : undefined;
  const id = isObject(body) ? body['repository'] : undefined;
  if (typeof id !== 'string' || !Array.isArray(files) || !files.every(isCommittedFile))
    return plain(400, {
      error: '{"repository", "files": [{"path", "size", "seed", "gguf"}]} is needed',
    });
  const { store } = state;
  if (!store.publication.repositories.has(id)) return plain(404, { error: `There is no ${id}` });
  const hasSizes = files.every(({ size, gguf }) => size !== undefined || gguf !== undefined);
  const seed = word === 'commit' ? store.commitsOf(id) + 1 : 0;
  const seeded = files.map((file) => ({ seed, ...file }));
  const sha = word === 'commit' || hasSizes ? store.addCommit(id, seeded) : undefined;
  if (sha === undefined) return plain(400, { error: 'A new file needs a size' });
  return plain(200, { sha });
}

async function controlCortex(state: HubState, exchange: Exchange): Promise<Reply> {
  try {
    state.cortexPulls.control(parsePullControl(await jsonBody(exchange)));
    return plain(200, { pulls: state.cortexPulls.ids });
  } catch (error) {
    return plain(400, { error: error instanceof Error ? error.message : String(error) });
  }
}

/** The hub's own controls below `/__hub/`. */
export async function control(
  state: HubState,
  addresses: Addresses,
  exchange: Exchange,
): Promise<Reply> {
  const { pathname, searchParams } = exchange.url;
  switch (`${exchange.method} ${pathname.slice('/__hub/'.length)}`) {
    case 'GET sources':
      return plain(200, { ...sourcesOf(state, addresses), state: publicationOf(state) });
    case 'GET ca.pem':
      return textReply(200, 'application/x-pem-file', addresses.caCertificate);
    case 'GET truth':
      return textReply(
        200,
        'application/x-ndjson',
        truth(state, searchParams.get('source') ?? undefined),
      );
    case 'POST advance':
      return advance(state);
    case 'GET stats':
      return plain(200, state.meter.report());
    case 'DELETE stats':
    case 'POST stats/reset':
      state.meter.reset();
      return plain(200, state.meter.report());
    case 'GET faults':
      return plain(200, state.faults.set);
    case 'POST faults':
      return setFaults(state, exchange);
    case 'DELETE faults':
      state.setFaults({});
      return plain(200, {});
    case 'POST files':
      return commit(state, exchange, 'files');
    case 'POST commit':
      return commit(state, exchange, 'commit');
    case 'POST cortex':
      return controlCortex(state, exchange);
    default:
      return plain(404, { error: `The hub has no ${exchange.method} ${pathname}` });
  }
}
