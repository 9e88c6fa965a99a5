import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a mirror was asked. */
export interface MirrorRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

export interface MirrorOptions {
  /** Of the hub, without a slash at its end. */
  readonly hub: string;
  /** The path that it is below, `/artifactory/api/huggingfaceml/models`; there is nothing else. */
  readonly prefix: string;
  /** Who does not send it is 401; the hub does not hear of it. */
  readonly token?: string;
}

/** A mirror of a hub that passes answers on as they are: links and redirects name the original. */
export interface Mirror {
  /** With the prefix, without a slash at its end. */
  readonly url: string;
  readonly requests: MirrorRequest[];
  close(): Promise<void>;
}

export async function startMirror({ hub, prefix, token }: MirrorOptions): Promise<Mirror> {
  const requests: MirrorRequest[] = [];
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    requests.push({ method, path, authorization: headers.authorization });
    if (!path.startsWith(`${prefix}/`)) return void response.writeHead(404).end();
    if (token !== undefined && headers.authorization !== `Bearer ${token}`) {
      return void response.writeHead(401).end();
    }
    pass(new URL(hub + path.slice(prefix.length)), request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function pass(target: URL, request: IncomingMessage, response: ServerResponse): void {
  const headers = { ...request.headers };
  delete headers.host;
  delete headers.authorization;
  const onward = forward(target, { method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  request.pipe(onward);
}
