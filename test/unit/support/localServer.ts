import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Credentials } from '../../hub/tls.ts';

export interface LocalServer {
  /** Without a slash at the end. */
  readonly url: string;
  /** What was asked since the test began, oldest first. */
  readonly requests: IncomingMessage[];
  /** Connections that are open. */
  connections(): Promise<number>;
  /** Decides how the test's requests are answered. */
  answer(listener: RequestListener): void;
  close(): Promise<void>;
}

/** A web server on the loopback that answers as a test tells it, with TLS if it has a certificate. */
export async function startLocalServer(credentials?: Credentials): Promise<LocalServer> {
  const requests: IncomingMessage[] = [];
  let listener: RequestListener = (_request, response) => response.writeHead(500).end();
  const receive = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push(request);
    listener(request, response);
  };
  const server = credentials
    ? createSecureServer({ key: credentials.key, cert: credentials.certificate }, receive)
    : createServer(receive);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${credentials ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
      }),
    answer: (next) => {
      listener = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A server for a `describe`; each test begins without requests and has to say how to answer. */
export function useLocalServer(): () => LocalServer {
  let server: LocalServer | undefined;
  before(async () => {
    server = await startLocalServer();
  });
  beforeEach(() => {
    server?.requests.splice(0);
    server?.answer((_request, response) => response.writeHead(500).end());
  });
  after(() => server?.close());
  return () => {
    if (server === undefined) throw new Error('the server does not run yet');
    return server;
  };
}
