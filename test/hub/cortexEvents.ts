import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';

/**
 * The WebSocket `/events` of a Cortex server: it only speaks, to all alike, and repeats nothing to
 * those who come later.
 */
export class CortexEvents {
  readonly #server = new WebSocketServer({ noServer: true });

  /** Listeners that are there now. */
  get listeners(): number {
    return this.#server.clients.size;
  }

  /** Takes over the connection of somebody who wants to listen. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => undefined);
      this.#server.emit('connection', client, request);
    });
  }

  say(text: string): void {
    for (const client of this.#server.clients) client.send(text);
  }

  /** Breaks all connections off, without a word. */
  hangUp(): void {
    for (const client of this.#server.clients) client.terminate();
  }

  close(): void {
    this.hangUp();
    this.#server.close();
  }
}
