import { setTimeout as wait } from 'node:timers/promises';
import type { FileBody } from './body.ts';

/** What goes wrong with the bytes of a file on their way; numbers are bytes. */
export interface FileDamage {
  /** 200 and the whole file, whatever was asked for. */
  readonly ignoreRange: boolean;
  /** 206 of the right range, and an empty body. */
  readonly zeroRange: boolean;
  /** Another range than the one asked for, and honestly so. */
  readonly wrongRange: boolean;
  /** A body without a length that never ends. */
  readonly endless: boolean;
  /** The message ends as it should, with so many bytes of the range. */
  readonly short?: number | 'half';
  /** So many bytes follow those of the range. */
  readonly longer?: number;
  /** The byte at this place of the file is another one. */
  readonly corrupt?: number;
  /** Nothing comes after so many bytes, and the connection stays. */
  readonly stall?: number;
  /** A second, for each answer. */
  readonly slow?: number;
  /** The ETag of other bytes. */
  readonly otherEtag: boolean;
  /** Breaks the connection that sends the last byte of it. */
  readonly resetEvery?: ByteBudget;
}

/** Bytes that may be sent until something happens, by all answers together. */
export interface ByteBudget {
  readonly every: number;
  left: number;
}

const PAD = Buffer.alloc(64 * 1024);
/** Parts of a second in which bytes are sent to a slow client. */
const STEPS = 20;

/** A part of a file, and the headers that describe it. */
export interface Part {
  readonly headers: Record<string, string>;
  readonly body: FileBody | undefined;
  readonly from: number;
  readonly to: number;
}

/** The part that is sent in place of another one. `Content-Length` is left to the caller. */
export function damagedPart<T extends Part>(part: T, isPartial: boolean, damage: FileDamage): T {
  const { headers, from, to } = part;
  const body = part.body && padded(part.body);
  if (isPartial && damage.zeroRange) return { ...part, body, to: from };
  const range = headers['Content-Range'];
  if (range !== undefined && damage.wrongRange && to - from > 1) {
    const wrong = { ...headers, 'Content-Range': range.replace(/\d+/, String(from + 1)) };
    return { ...part, headers: wrong, body, from: from + 1 };
  }
  if (damage.endless) return { ...part, body, to: Infinity };
  const { short } = damage;
  const length = short === 'half' ? Math.floor((to - from) / 2) : (short ?? Infinity);
  return { ...part, body, to: Math.min(to, from + length) + (damage.longer ?? 0) };
}

/** A body that has one of its bytes flipped. */
export function corrupted(body: FileBody, { corrupt }: FileDamage): FileBody {
  if (corrupt === undefined) return body;
  return {
    size: body.size,
    *read(from, to) {
      let at = from;
      for (const piece of body.read(from, to)) {
        yield flipped(piece, corrupt - at);
        at += piece.length;
      }
    },
  };
}

/** A body that goes on beyond its end. */
function padded(body: FileBody): FileBody {
  return {
    size: body.size,
    *read(from, to) {
      yield* body.read(from, Math.min(to, body.size));
      for (let at = Math.max(from, body.size); at < to; at += PAD.length)
        yield PAD.subarray(0, Math.min(PAD.length, to - at));
    },
  };
}

function flipped(piece: Buffer, at: number): Buffer {
  if (at < 0 || at >= piece.length) return piece;
  const copy = Buffer.from(piece);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
}

/** The connection is to break now. */
export class Broken extends Error {}

/**
 * Pieces as slowly and as long as a fault lets them through.
 * @param gone ends when the client has gone
 * @throws Broken
 */
export async function* hampered(
  pieces: Iterable<Buffer>,
  { slow = Infinity, stall = Infinity, resetEvery }: FileDamage,
  gone: () => Promise<unknown>,
): AsyncGenerator<Buffer> {
  const step = Math.max(1, Math.ceil(slow / STEPS));
  let left = stall;
  for (const piece of pieces) {
    for (let rest = piece; rest.length > 0;) {
      const length = Math.min(rest.length, step, left, resetEvery?.left ?? Infinity);
      if (slow !== Infinity) await wait((length / slow) * 1_000, undefined, { ref: false });
      if (length > 0) yield rest.subarray(0, length);
      rest = rest.subarray(length);
      left -= length;
      if (resetEvery) spend(resetEvery, length);
      if (left > 0) continue;
      await gone();
      return;
    }
  }
}

function spend(budget: ByteBudget, bytes: number): void {
  budget.left -= bytes;
  if (budget.left > 0) return;
  budget.left = budget.every;
  throw new Broken();
}
