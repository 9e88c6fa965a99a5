import { byCodeUnits } from './canonical.ts';
import { commit } from './commit.ts';
import { parsePullControl } from './cortexPulls.ts';
import type { Exchange, Reply } from './exchange.ts';
import { jsonBody, plain, textReply } from './exchange.ts';
import { parseFaults } from './faults.ts';
import type { CatalogueName } from './publication.ts';
import { CATALOGUE_NAMES } from './publication.ts';
import { authorOf } from './repository.ts';
import type { HubState } from './state.ts';
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

async function setFaults(state: HubState, exchange: Exchange): Promise<Reply> {
  try {
    state.setFaults(parseFaults(await jsonBody(exchange)));
    return plain(200, state.faults.set);
  } catch (error) {
    return plain(400, { error: error instanceof Error ? error.message : String(error) });
  }
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
