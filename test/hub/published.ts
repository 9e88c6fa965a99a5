import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from './canonical.ts';
import { bufferBody } from './body.ts';
import type { Reply } from './exchange.ts';
import { textReply } from './exchange.ts';

const TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  zst: 'application/zstd',
};

/**
 * A file of a folder as any static host has it: strong ETag, no encoding, and what stands on the
 * disk at this moment, so that a publisher may write there while it is served.
 */
export async function publishedFile(folder: string, name: string): Promise<Reply> {
  const bytes = isPlain(name)
    ? await readFile(join(folder, name)).catch(() => undefined)
    : undefined;
  if (bytes === undefined) return textReply(404, 'text/plain; charset=utf-8', 'Not Found');
  return {
    status: 200,
    headers: { 'Cache-Control': 'no-cache' },
    type: TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
    body: bufferBody(bytes),
    etag: `"${sha256(bytes)}"`,
  };
}

/** A name may come percent-encoded, and must not lead out of the folder. */
function isPlain(name: string): boolean {
  return /^[\w-][\w.-]*$/.test(name);
}
