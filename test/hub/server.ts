import type {
  IncomingMessage,
  RequestListener,
  Server as HttpServer,
  ServerResponse,
} from 'node:http';
import { createServer } from 'node:http';
import type { Http2SecureServer, Http2ServerResponse } from 'node:http2';
import { constants, createSecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Exchange } from './exchange.ts';
import { plain } from './exchange.ts';
import { serve, serveControl } from './handle.ts';
import type { Matched } from './routes.ts';
import { send } from './send.ts';
import type { HubState } from './state.ts';
import type { Connection } from './stats.ts';
import { CONTROL } from './stats.ts';
import type { Credentials } from './tls.ts';

const KEEP_ALIVE_MS = 65_000;
const MOST_BODY_BYTES = 16 * 1024 * 1024;

export type Site = 'hub' | 'cdn';
type Listening = HttpServer | Http2SecureServer;
type Find = (site: Site, exchange: Exchange) => Matched;

function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    request.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size > MOST_BODY_BYTES) request.destroy(new Error('the request body is too big'));
      pieces.push(piece);
    });
    request.once('end', () => resolve(Buffer.concat(pieces)));
    request.once('error', reject);
    request.once('close', () => reject(new Error('the client went away')));
  });
}

function exchangeOf(request: IncomingMessage, origin: string): Exchange {
  const secure = 'encrypted' in request.socket;
  const authority = request.headers[':authority'] ?? request.headers.host;
  const base =
    typeof authority === 'string' ? `${secure ? 'https' : 'http'}://${authority}` : origin;
  const { authorization } = request.headers;
  return {
    method: request.method ?? 'GET',
    url: new URL(base + (request.url ?? '/')),
    headers: request.headers,
    remote: request.socket.remoteAddress ?? '',
    token: authorization?.replace(/^Bearer\s+/i, ''),
    body: () => readBody(request),
  };
}

/** HTTP/2 shares one connection between requests: breaking off one must leave the others alone. */
function wireOf(request: IncomingMessage, response: ServerResponse) {
  const h2 =
    request.httpVersionMajor === 2 ? (response as unknown as Http2ServerResponse) : undefined;
  return {
    response,
    breakOff: () => {
      if (h2) h2.stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      else request.socket.destroy();
    },
    abandon: () => {
      if (h2) h2.stream.session?.destroy();
      else request.socket.destroy();
    },
  };
}

/** One listening port: counts its sockets, finds the route of each request and answers it. */
export class Listener {
  readonly server: Listening;
  readonly #state: HubState;
  readonly #site: Site;
  readonly #find: Find;
  /** By the client's address: a TLS socket does not lead back to the TCP socket below it. */
  readonly #connections = new Map<string, Connection>();
  readonly #sockets = new Set<Socket>();

  constructor(state: HubState, site: Site, find: Find, credentials?: Credentials) {
    this.#state = state;
    this.#site = site;
    this.#find = find;
    const listener: RequestListener = (request, response) => this.#onRequest(request, response);
    this.server = credentials
      ? createSecureServer(
          { key: credentials.key, cert: credentials.certificate, allowHTTP1: true },
          listener as unknown as Parameters<typeof createSecureServer>[1],
        )
      : createServer(listener);
    this.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#onUpgrade(request, socket, head),
    );
    // As long as an edge keeps a connection, so that a client never loses a race with the hub.
    if ('keepAliveTimeout' in this.server) this.server.keepAliveTimeout = KEEP_ALIVE_MS;
    this.server.on('connection', (socket: Socket) => this.#onConnection(socket));
    // Clients that end a connection in the middle of something are what this server is for.
    this.server.on('clientError', (_error: Error, socket: Socket) => socket.destroy());
    this.server.on('sessionError', () => undefined);
    this.server.on('tlsClientError', () => undefined);
  }

  async listen(host: string, port: number): Promise<AddressInfo> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, resolve);
    });
    return this.server.address() as AddressInfo;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #onConnection(socket: Socket): void {
    const key = `${socket.remoteAddress} ${socket.remotePort}`;
    this.#sockets.add(socket);
    this.#connections.set(key, this.#state.meter.open(socket));
    socket.setNoDelay(true);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#connections.delete(key);
    });
  }

  #onRequest(request: IncomingMessage, response: ServerResponse): void {
    const { remoteAddress, remotePort } = request.socket;
    const connection = this.#connections.get(`${remoteAddress} ${remotePort}`);
    const exchange = this.#exchange(request);
    const wire = wireOf(request, response);
    response.on('error', () => undefined);
    if (!exchange) {
      response.writeHead(400).end();
      return;
    }
    const matched = this.#find(this.#site, exchange);
    if (connection) this.#measure(connection, matched.name, response);
    const served =
      matched.name === CONTROL
        ? serveControl(matched, exchange, wire)
        : serve(this.#state, matched, exchange, wire);
    served.catch((error: unknown) => this.#onFailure(error, exchange, wire));
  }

  /** A WebSocket: whatever is wrong with its route ends the connection. */
  #onUpgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on('error', () => undefined);
    const exchange = this.#exchange(request);
    const matched = exchange && this.#find(this.#site, exchange);
    const connection = this.#connections.get(`${socket.remoteAddress} ${socket.remotePort}`);
    if (!exchange || !matched?.accept) {
      socket.destroy();
      return;
    }
    const { name, source, accept } = matched;
    if (connection) {
      this.#state.meter.begin(connection, name);
      socket.once('close', () => this.#state.meter.settle(connection, name));
    }
    const subject = { route: name, path: exchange.url.pathname, source };
    const { offline, reset, status } = this.#state.faults.effectsOn(subject);
    if (offline || reset || status !== undefined) socket.destroy();
    else accept(request, socket, head);
  }

  #exchange(request: IncomingMessage): Exchange | undefined {
    try {
      const { address, port } = this.server.address() as AddressInfo;
      return exchangeOf(request, `http://${address}:${port}`);
    } catch {
      return undefined;
    }
  }

  #measure(connection: Connection, route: string, response: ServerResponse): void {
    this.#state.meter.begin(connection, route);
    response.once('close', () => this.#state.meter.settle(connection, route));
  }

  #onFailure(error: unknown, exchange: Exchange, wire: ReturnType<typeof wireOf>): void {
    const message = error instanceof Error ? error.message : String(error);
    if (wire.response.destroyed || wire.response.headersSent) {
      wire.breakOff();
      return;
    }
    send(exchange, plain(500, { error: message }), wire, {}).catch(() => wire.breakOff());
  }
}
