import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer, request as forward } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ForwardProxyOptions {
  /** PEM; with it the way to the proxy itself is https. */
  readonly credentials?: { readonly key: string; readonly certificate: string };
  /** `user:password` that it wants to hear as `Proxy-Authorization: Basic`. */
  readonly login?: string;
  /** Ports of this machine that stand for `host:port` elsewhere; all else is 502. */
  readonly hosts: Readonly<Record<string, number>>;
}

/** What the proxy was asked, oldest first. */
export interface ProxyRequest {
  readonly method: string;
  /** `host:port` of CONNECT, else the absolute address. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
}

export interface ForwardProxy {
  /** Without a slash at the end. */
  readonly url: string;
  readonly requests: ProxyRequest[];
  close(): Promise<void>;
}

/** A forward proxy on the loopback: CONNECT and absolute addresses (RFC 9110 9.3.6, RFC 9112 3.2). */
export async function startForwardProxy(options: ForwardProxyOptions): Promise<ForwardProxy> {
  const { credentials } = options;
  const requests: ProxyRequest[] = [];
  const sockets = new Set<Duplex>();
  const keep = (socket: Duplex): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const note = ({ method = '', url = '', headers }: IncomingMessage): void =>
    void requests.push({ method, target: url, headers });

  const server: Server = credentials
    ? createSecureServer({ key: credentials.key, cert: credentials.certificate })
    : createServer();
  server.on('connection', keep);
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    note(request);
    pass(options, request, response);
  });
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    note(request);
    tunnel(options, request, socket, head, keep);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${credentials ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function isLetIn({ login }: ForwardProxyOptions, { headers }: IncomingMessage): boolean {
  if (login === undefined) return true;
  const expected = `Basic ${Buffer.from(login).toString('base64')}`;
  return headers['proxy-authorization'] === expected;
}

const CHALLENGE = { 'Proxy-Authenticate': 'Basic realm="proxy"' };

function pass(
  options: ForwardProxyOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const target = URL.parse(request.url ?? '');
  const port = options.hosts[`${target?.hostname}:${target?.port || '80'}`];
  if (!isLetIn(options, request)) {
    response.writeHead(407, CHALLENGE).end('log in');
    return;
  }
  if (target === null || port === undefined) {
    response.writeHead(502).end();
    return;
  }
  // What is meant for the proxy ends here.
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !name.startsWith('proxy-')),
  );
  const onward = forward(
    {
      port,
      host: '127.0.0.1',
      method: request.method,
      path: target.pathname + target.search,
      headers,
    },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}

function tunnel(
  options: ForwardProxyOptions,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
  keep: (socket: Duplex) => void,
): void {
  const port = options.hosts[request.url ?? ''];
  if (!isLetIn(options, request) || port === undefined) {
    const status = port === undefined ? '502 Bad Gateway' : '407 Proxy Authentication Required';
    socket.end(`HTTP/1.1 ${status}\r\nProxy-Authenticate: Basic realm="proxy"\r\n\r\n`);
    return;
  }
  const onward = connect(port, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) onward.write(head);
    onward.pipe(socket).pipe(onward);
  });
  keep(onward);
}
