import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { catalogue, CATALOGUE_PATHS } from './janCatalogue.ts';
import { commitLog } from './commitLog.ts';
import type { Addresses } from './control.ts';
import { control } from './control.ts';
import {
  deleteModel,
  hardware,
  importModel,
  modelStatus,
  pullModel,
  startModel,
  stopModel,
  stopPull,
} from './cortexActions.ts';
import { chatCompletion } from './cortexChat.ts';
import {
  changeSources,
  CORTEX_PREFIX,
  healthz,
  hubModels,
  keyRefusal,
  listCortexModels,
  listSources,
  oneCortexModel,
  oneSource,
} from './cortex.ts';
import type { Exchange, Handler, Reply } from './exchange.ts';
import { hubError, plain } from './exchange.ts';
import { publishedFile } from './published.ts';
import { modelInfo, refs, whoAmI } from './modelInfo.ts';
import { listModels, refusingBadQueries, SortedLists } from './modelList.ts';
import type { Bucket } from './rateLimit.ts';
import { cdnFile, rawFile, resolveCache, resolveFile } from './resolve.ts';
import type { HubState } from './state.ts';
import { CONTROL } from './stats.ts';
import { pathsInfo, tree } from './tree.ts';
import { readToken, reconstruction, xorbRanges } from './xet/routes.ts';

/** A request that found its way: the name is the one in the statistics and in `match` of faults. */
export interface Matched {
  readonly name: string;
  /** Quota it is counted against. */
  readonly bucket?: Bucket;
  /** What a dump calls the upstream behind it. */
  readonly source?: string | undefined;
  readonly handle: Handler;
  /** Takes over the connection of a WebSocket. */
  readonly accept?: Accept | undefined;
}

type Accept = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
type Parts = readonly string[];

interface Route {
  readonly name: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly bucket?: Bucket;
  readonly source?: (parts: Parts, exchange: Exchange) => string | undefined;
  readonly handle: (parts: Parts, exchange: Exchange) => Reply | Promise<Reply>;
  readonly accept?: Accept;
}

const READ = 'GET|HEAD';
const ID = '([^/]+/[^/]+)';

function decode(part: string | undefined): string {
  try {
    return decodeURIComponent(part ?? '');
  } catch {
    return part ?? '';
  }
}

const authorSource = ([id = '']: Parts) => `hf:${id.split('/')[0] ?? ''}`;

function huggingFaceRoutes(state: HubState, cdnOrigin: (exchange: Exchange) => string): Route[] {
  const lists = new SortedLists(state);
  const at = ([id = '', revision = '', path = '']: Parts) => ({ id, revision, path });
  const api = (name: string, pattern: string, handle: Route['handle'], method = READ): Route => ({
    name,
    method,
    pattern: new RegExp(`^/api/models/${ID}${pattern}$`),
    bucket: 'api',
    source: authorSource,
    handle,
  });
  return [
    {
      name: 'models',
      method: READ,
      pattern: /^\/api\/models$/,
      bucket: 'api',
      source: (_, { url }) => `hf:${url.searchParams.get('author') ?? ''}`,
      handle: (_, exchange) => refusingBadQueries(() => listModels(state, lists, exchange)),
    },
    {
      name: 'whoami',
      method: READ,
      pattern: /^\/api\/whoami-v2$/,
      bucket: 'api',
      handle: (_, exchange) => whoAmI(exchange),
    },
    {
      name: 'resolve-cache',
      method: READ,
      pattern: new RegExp(`^/api/resolve-cache/models/${ID}/([^/]+)/(.+)$`),
      source: authorSource,
      handle: (parts, exchange) => resolveCache(state, exchange, at(parts)),
    },
    api('model', '', ([id = ''], exchange) =>
      refusingBadQueries(() => modelInfo(state, exchange, id, 'HEAD')),
    ),
    api('revision', '/revision/([^/]+)', ([id = '', revision = ''], exchange) =>
      refusingBadQueries(() => modelInfo(state, exchange, id, revision)),
    ),
    api('tree', '/tree/([^/]+)(?:/(.*))?', (parts, exchange) => {
      const { id, revision, path } = at(parts);
      return tree(state, exchange, { id, revision, folder: path.replace(/\/$/, '') });
    }),
    api(
      'paths-info',
      '/paths-info/([^/]+)',
      ([id = '', revision = ''], exchange) => pathsInfo(state, exchange, id, revision),
      'POST',
    ),
    api('xet-token', '/xet-read-token/([^/]+)', (parts, exchange) =>
      readToken(state, exchange, at(parts), cdnOrigin(exchange)),
    ),
    api('commits', '/commits/([^/]+)', (parts, exchange) => commitLog(state, exchange, at(parts))),
    api('refs', '/refs', ([id = ''], exchange) => refs(state, exchange, id)),
    {
      name: 'resolve',
      method: READ,
      pattern: new RegExp(`^/${ID}/resolve/([^/]+)/(.+)$`),
      bucket: 'resolvers',
      source: authorSource,
      handle: (parts, exchange) => resolveFile(state, exchange, at(parts), cdnOrigin(exchange)),
    },
    {
      name: 'raw',
      method: READ,
      pattern: new RegExp(`^/${ID}/raw/([^/]+)/(.+)$`),
      bucket: 'resolvers',
      source: authorSource,
      handle: (parts, exchange) => rawFile(state, exchange, at(parts)),
    },
  ];
}

function cdnRoutes(state: HubState): Route[] {
  return [
    {
      name: 'cdn',
      method: READ,
      pattern: new RegExp(`^/cdn/${ID}/([0-9a-f]{40})/(.+)$`),
      source: authorSource,
      handle: ([id = '', revision = '', path = ''], exchange) =>
        cdnFile(state, exchange, { id, revision, path }),
    },
  ];
}

function casRoutes(state: HubState, cdnOrigin: (exchange: Exchange) => string): Route[] {
  const route = (name: string, pattern: RegExp, handle: Route['handle']): Route => ({
    name,
    method: 'GET',
    pattern,
    source: () => 'xet',
    handle,
  });
  const reconstructions = (['v1', 'v2'] as const).map((version) =>
    route(
      `xet-${version}`,
      new RegExp(`^/${version}/reconstructions/([0-9a-f]{64})$`),
      ([hash = ''], exchange) =>
        reconstruction(state, exchange, { version, hash }, cdnOrigin(exchange)),
    ),
  );
  const xorb = route('xorb', /^\/xorbs\/default\/([0-9a-f]{64})$/, ([hash = ''], exchange) =>
    xorbRanges(state, exchange, hash),
  );
  return [...reconstructions, xorb];
}

function janRoutes(state: HubState): Route[] {
  return (['v1', 'v2'] as const).map((name) => ({
    name: `jan-${name}`,
    method: READ,
    pattern: new RegExp(`^${CATALOGUE_PATHS[name].replaceAll('.', '\\.')}$`),
    source: () => `jan:${name}`,
    handle: () => catalogue(state, name),
  }));
}

/** What Cortex tells without a key. */
const KEYLESS = new Set(['cortex-healthz', 'cortex-events']);

function cortexRoutes(state: HubState): Route[] {
  const route = (name: string, method: string, path: string, handle: Route['handle']): Route => ({
    name,
    method,
    pattern: new RegExp(`^${CORTEX_PREFIX}${path}$`),
    source: () => 'cortex',
    handle: (parts, exchange) =>
      (KEYLESS.has(name) ? undefined : keyRefusal(state, exchange)) ?? handle(parts, exchange),
  });
  return [
    route('cortex-healthz', READ, '/healthz', healthz),
    {
      ...route('cortex-events', 'GET', '/events', () => plain(400, { message: 'Bad Request' })),
      accept: (request, socket, head) => state.cortexEvents.accept(request, socket, head),
    },
    route('cortex-hardware', READ, '/v1/hardware', hardware),
    route('cortex-pull', 'POST', '/v1/models/pull', (_, exchange) => pullModel(state, exchange)),
    route('cortex-abort', 'DELETE', '/v1/models/pull', (_, exchange) => stopPull(state, exchange)),
    route('cortex-start', 'POST', '/v1/models/start', (_, exchange) => startModel(state, exchange)),
    route('cortex-stop', 'POST', '/v1/models/stop', (_, exchange) => stopModel(state, exchange)),
    route('cortex-import', 'POST', '/v1/models/import', (_, exchange) =>
      importModel(state, exchange),
    ),
    route('cortex-chat', 'POST', '/v1/chat/completions', (_, exchange) =>
      chatCompletion(state, exchange),
    ),
    route('cortex-models', READ, '/v1/models', () => listCortexModels(state)),
    route('cortex-hub', READ, '/v1/models/hub', (_, exchange) => hubModels(state, exchange)),
    route('cortex-sources', READ, '/v1/models/sources', () => listSources(state)),
    route('cortex-source', READ, '/v1/models/sources/(.+)', ([source = '']) =>
      oneSource(state, source),
    ),
    route('cortex-status', READ, '/v1/models/status/(.+)', ([id = '']) => modelStatus(state, id)),
    route('cortex-change', 'POST|DELETE', '/v1/models/sources', (_, exchange) =>
      changeSources(state, exchange),
    ),
    // Behind the others: `hub` and `sources` would do for an id.
    route('cortex-model', READ, '/v1/models/(.+)', ([id = '']) => oneCortexModel(state, id)),
    route('cortex-delete', 'DELETE', '/v1/models/(.+)', ([id = '']) => deleteModel(state, id)),
  ];
}

function publishedRoutes(folder: string | undefined): Route[] {
  if (folder === undefined) return [];
  return [
    {
      name: 'published',
      method: READ,
      pattern: /^\/published\/([^/]+)$/,
      source: () => 'published',
      handle: ([name = '']) => publishedFile(folder, name),
    },
  ];
}

const NOT_FOUND: Matched = {
  name: 'not-found',
  handle: () => hubError(404, undefined, "Sorry, we can't find the page you are looking for."),
};

const WRONG_METHOD: Matched = {
  name: 'wrong-method',
  handle: () => plain(405, { error: 'Method Not Allowed' }),
};

/** All addresses of the hub; `site` tells the hub proper from the content network behind it. */
export function router(
  state: HubState,
  addresses: () => Addresses,
  cdnOrigin: (exchange: Exchange) => string,
  published?: string,
): (site: 'hub' | 'cdn', exchange: Exchange) => Matched {
  const tables = {
    hub: [
      ...publishedRoutes(published),
      ...janRoutes(state),
      ...cortexRoutes(state),
      ...huggingFaceRoutes(state, cdnOrigin),
    ],
    cdn: [...cdnRoutes(state), ...casRoutes(state, cdnOrigin)],
  };
  return (site, exchange) => {
    const { pathname } = exchange.url;
    if (pathname.startsWith('/__hub/')) {
      return { name: CONTROL, handle: () => control(state, addresses(), exchange) };
    }
    const candidates = tables[site].filter(({ pattern }) => pattern.test(pathname));
    const route = candidates.find(({ method }) => method.split('|').includes(exchange.method));
    if (!route) return candidates.length > 0 ? WRONG_METHOD : NOT_FOUND;
    const parts = (route.pattern.exec(pathname) ?? []).slice(1).map(decode);
    return {
      name: route.name,
      ...(route.bucket ? { bucket: route.bucket } : {}),
      source: route.source?.(parts, exchange),
      handle: () => route.handle(parts, exchange),
      accept: route.accept,
    };
  };
}
