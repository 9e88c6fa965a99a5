import type { Socket } from 'node:net';

/** Work of one route; bytes are those of the TCP socket, so with TLS the encrypted ones. */
export interface RouteStats {
  requests: number;
  /** Connections that carried at least one request of the route. */
  connections: number;
  bytesIn: number;
  bytesOut: number;
}

export interface Stats {
  readonly routes: Record<string, RouteStats>;
  readonly total: RouteStats;
  /** The most requests that were worked on at the same time, by source. */
  readonly mostAtOnce: Record<string, number>;
  /** How often `GET` or `HEAD` on a .gguf counted as a download, by repository. */
  readonly countedDownloads: Record<string, number>;
}

/** Requests to the hub's own controls, which no statistics show. */
export const CONTROL = 'control';
/** Bytes of connections that never got as far as a request. */
export const NO_ROUTE = 'none';

function nothing(): RouteStats {
  return { requests: 0, connections: 0, bytesIn: 0, bytesOut: 0 };
}

/** One TCP connection and how many of its bytes have been put down to a route. */
export class Connection {
  readonly socket: Socket;
  settledIn = 0;
  settledOut = 0;
  route: string | undefined;
  readonly seen = new Set<string>();

  constructor(socket: Socket) {
    this.socket = socket;
  }
}

/** Counts at the socket and puts every byte down to the request that moved it. */
export class Meter {
  #routes = new Map<string, RouteStats>();
  #countedDownloads = new Map<string, number>();
  readonly #inWork = new Map<string, number>();
  #mostAtOnce = new Map<string, number>();
  #totalConnections = new Set<Connection>();
  readonly #open = new Set<Connection>();

  open(socket: Socket): Connection {
    const connection = new Connection(socket);
    this.#open.add(connection);
    socket.once('close', () => {
      this.settle(connection);
      this.#open.delete(connection);
    });
    return connection;
  }

  begin(connection: Connection, route: string): void {
    connection.route = route;
    const stats = this.#of(route);
    stats.requests += 1;
    if (!connection.seen.has(route)) {
      connection.seen.add(route);
      stats.connections += 1;
    }
    if (route !== CONTROL) this.#totalConnections.add(connection);
  }

  /** Bytes since the last call belong to the route given, or to the last one the connection had. */
  settle(connection: Connection, route = connection.route ?? NO_ROUTE): void {
    const { bytesRead, bytesWritten } = connection.socket;
    const stats = this.#of(route);
    stats.bytesIn += bytesRead - connection.settledIn;
    stats.bytesOut += bytesWritten - connection.settledOut;
    connection.settledIn = bytesRead;
    connection.settledOut = bytesWritten;
  }

  /** A request of a source is worked on until the function that comes back is called. */
  enter(source: string): () => void {
    const count = (this.#inWork.get(source) ?? 0) + 1;
    this.#inWork.set(source, count);
    this.#mostAtOnce.set(source, Math.max(count, this.#mostAtOnce.get(source) ?? 0));
    return () => this.#inWork.set(source, (this.#inWork.get(source) ?? 1) - 1);
  }

  countDownload(id: string): void {
    this.#countedDownloads.set(id, (this.#countedDownloads.get(id) ?? 0) + 1);
  }

  reset(): void {
    for (const connection of this.#open) this.settle(connection);
    this.#routes = new Map();
    this.#countedDownloads = new Map();
    this.#mostAtOnce = new Map();
    this.#totalConnections = new Set();
    for (const connection of this.#open) connection.seen.clear();
  }

  report(): Stats {
    for (const connection of this.#open) this.settle(connection);
    const shown = [...this.#routes]
      .filter(
        ([route, stats]) => route !== CONTROL && Object.values(stats).some((value) => value > 0),
      )
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([route, stats]) => [route, { ...stats }] as const);
    const total = nothing();
    for (const [, stats] of shown) {
      total.requests += stats.requests;
      total.bytesIn += stats.bytesIn;
      total.bytesOut += stats.bytesOut;
    }
    total.connections = this.#totalConnections.size;
    return {
      routes: Object.fromEntries(shown),
      total,
      mostAtOnce: Object.fromEntries(this.#mostAtOnce),
      countedDownloads: Object.fromEntries(this.#countedDownloads),
    };
  }

  #of(route: string): RouteStats {
    const known = this.#routes.get(route);
    if (known) return known;
    const stats = nothing();
    this.#routes.set(route, stats);
    return stats;
  }
}
