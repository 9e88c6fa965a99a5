import type { TokenCount } from './conversation.ts';

/**
 * UTF-8 bytes of a token, about, and rather too few than too many: English has some four letters
 * in a token, Chinese one character of three bytes.
 */
const BYTES_PER_TOKEN = 3;

/** For where nobody can count. */
export function estimateTokens(text: string): TokenCount {
  return {
    tokens: Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN),
    sureness: 'estimated',
  };
}
