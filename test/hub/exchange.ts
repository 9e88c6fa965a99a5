import type { IncomingHttpHeaders } from 'node:http';
import type { FileBody } from './body.ts';
import { bufferBody } from './body.ts';

/** One request, the same whether it came by HTTP/1.1 or HTTP/2. */
export interface Exchange {
  readonly method: string;
  /** With the origin that the client used. */
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** Address of the client, without its port. */
  readonly remote: string;
  /** The value after `Bearer`, or the whole header where it is of another kind. */
  readonly token: string | undefined;
  body(): Promise<Buffer>;
}

/** What a route answers; how it travels (ETag, range, compression, faults) is decided in `send.ts`. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly body?: FileBody;
  /** Quoted, or `express` for the weak ETag that Express makes from the bytes. */
  readonly etag?: string;
  /** May be compressed for a client that accepts it. */
  readonly compressible?: boolean;
  /** Understands `Range`, of one range or of several. */
  readonly ranges?: boolean | 'several';
}

export type Handler = (exchange: Exchange) => Reply | Promise<Reply>;

/** What a request brings along; nothing is an empty object. @throws SyntaxError */
export async function jsonBody(exchange: Exchange): Promise<unknown> {
  const text = (await exchange.body()).toString();
  return text.trim() === '' ? {} : JSON.parse(text);
}

export const JSON_TYPE = 'application/json; charset=utf-8';

/** A JSON answer in the manner of the Hub: weak ETag, gzip where asked for. */
export function json(value: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  const body = bufferBody(Buffer.from(JSON.stringify(value)));
  return { status: 200, headers, type: JSON_TYPE, body, etag: 'express', compressible: true };
}

/** A plain answer with neither ETag nor compression. */
export function plain(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const body = bufferBody(Buffer.from(JSON.stringify(value)));
  return { status, headers, type: JSON_TYPE, body };
}

export function textReply(status: number, type: string, text: string): Reply {
  return { status, type, body: bufferBody(Buffer.from(text)) };
}

/** The Hub's error form: the message in the body and in a header, the machine's word in another. */
export function hubError(status: number, code: string | undefined, message: string): Reply {
  return plain(
    status,
    { error: message },
    {
      ...(code === undefined ? {} : { 'X-Error-Code': code }),
      'X-Error-Message': message,
      ...(status === 401
        ? { 'WWW-Authenticate': 'Bearer realm="Authentication required", charset="UTF-8"' }
        : {}),
    },
  );
}
