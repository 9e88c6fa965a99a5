import { createHmac } from 'node:crypto';
import { isObject } from '../canonical.ts';

/** What a token allows. */
interface Claims {
  /** The id that the repository was published under. */
  readonly repository: string;
  /** Unix time in seconds. */
  readonly exp: number;
  readonly generation: number;
}

/** Tokens that let read the files of one repository for a while. */
export class XetTokens {
  readonly #secret: string;
  readonly #now: () => number;
  #generation = 0;

  /** @param now milliseconds since the epoch */
  constructor(secret: string, now: () => number) {
    this.#secret = secret;
    this.#now = now;
  }

  /** @param seconds life of the token; negative: expired at birth */
  issue(repository: string, seconds: number): { accessToken: string; exp: number } {
    const exp = Math.floor(this.#now() / 1000) + seconds;
    const claims: Claims = { repository, exp, generation: this.#generation };
    const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return { accessToken: `${payload}.${this.#sign(payload)}`, exp };
  }

  /** The repository whose files the bearer may read; undefined: forged, expired or revoked. */
  repositoryOf(token: string): string | undefined {
    const [payload = '', signature] = token.split('.');
    if (signature !== this.#sign(payload)) return undefined;
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    if (!isObject(claims)) return undefined;
    const { repository, exp, generation } = claims;
    const isAlive = Number(exp) * 1000 > this.#now() && generation === this.#generation;
    return isAlive ? String(repository) : undefined;
  }

  /** Whoever has a token needs another one. */
  revokeAll(): void {
    this.#generation += 1;
  }

  #sign(payload: string): string {
    return createHmac('sha256', this.#secret).update(payload).digest('base64url');
  }
}
