import type { Readable } from 'node:stream';

/** One HTTP exchange as the client needs it: no redirects followed, nothing decoded. */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

export interface TransportRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string;
  /** Sent in place of `body` as it is read, which the editor's own network stack cannot do. */
  readonly stream?: Readable;
  /** How long the server may take until it begins to answer, in ms, 0: for ever; absent: as usual. */
  readonly headersTimeout?: number;
  /** How long it may pause while it answers, in ms, 0: for ever; absent: as usual. */
  readonly bodyTimeout?: number;
  readonly signal: AbortSignal;
}

export interface TransportResponse {
  readonly status: number;
  /** Header names in lower case; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
  /** True if the transport has undone `content-encoding` already. */
  readonly decoded: boolean;
}
