import type { KeyObject } from 'node:crypto';
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { t } from '@vscode/l10n';
import { canonicalJson } from '../canonicalJson.ts';
import { describeError, SyncError } from '../errors.ts';

/** The one file of a published catalogue whose content changes under the same name. */
export const POINTER_FILE = 'catalogue.json';
export const MOST_POINTER_BYTES = 512;
/** No catalogue is longer than this many bytes before compression. */
export const MOST_BODY_BYTES = 256 * 1024 * 1024;

/** The only format that this code writes and reads. */
const FORMAT = 1;
/** Keeps a signature from being taken for one of something else under the same key. */
const SIGNED_AS = 'model-hub published catalogue\n';

/** What the pointer says: which body is the newest one. */
export interface Pointer {
  /** Grows with every new body, for ever. */
  readonly sequence: number;
  /** sha256 of the body before compression, 64 hex digits. */
  readonly sha256: string;
  /** Bytes of the body before compression. */
  readonly size: number;
  /** Ed25519 over these three and the format, 64 bytes as base64url. */
  readonly signature?: string;
}

const formatSchema = z.object({ format: z.number() });
const pointerSchema = z.object({
  sequence: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.int().positive().max(MOST_BODY_BYTES),
  signature: z.base64url().length(86).exactOptional(),
});

/**
 * Reads a pointer.
 * @param origin where it comes from, for the message
 * @throws SyncError `badAnswer` if it is none, or one of another format
 */
export function parsePointer(bytes: Uint8Array, origin: string): Pointer {
  const json = parseJson(bytes);
  const format = formatSchema.safeParse(json).data?.format;
  if (format !== undefined && format !== FORMAT) {
    throw new SyncError(
      'badAnswer',
      t(
        '{0} is published in format {1}, and this version of Model Hub reads format {2}. Update Model Hub.',
        origin,
        format,
        FORMAT,
      ),
    );
  }
  const pointer = pointerSchema.safeParse(json);
  if (format !== undefined && pointer.success) return pointer.data;
  throw new SyncError(
    'badAnswer',
    t('{0} is not the {1} of a published catalogue. Check the address.', origin, POINTER_FILE),
    { cause: pointer.error },
  );
}

/** The content of the pointer file, signed if there is a private key. */
export function writePointer(pointer: Omit<Pointer, 'signature'>, key?: KeyObject): Buffer {
  const { sequence, sha256, size } = pointer;
  const signature = key && sign(null, signedBytes(pointer), key).toString('base64url');
  const fields = { format: FORMAT, sequence, sha256, size, ...(key && { signature }) };
  return Buffer.from(`${JSON.stringify(fields)}\n`);
}

/** True if the owner of the key has signed just this pointer. */
export function isSignedBy(pointer: Pointer, publicKey: KeyObject): boolean {
  const { signature } = pointer;
  if (signature === undefined) return false;
  return verify(null, signedBytes(pointer), publicKey, Buffer.from(signature, 'base64url'));
}

/** What is signed: the canonical JSON of all fields but the signature, behind a fixed line. */
function signedBytes({ sequence, sha256, size }: Pointer): Buffer {
  return Buffer.from(SIGNED_AS + canonicalJson({ format: FORMAT, sequence, sha256, size }));
}

/** A public key out of its 32 bytes as base64url, as it stands in the key of a source. */
export function publicKeyFrom(text: string): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: text }, format: 'jwk' });
}

/** The public half of a private key, in the form that `publicKeyFrom` reads. */
export function publicKeyText(privateKey: KeyObject): string {
  return String(createPublicKey(privateKey).export({ format: 'jwk' }).x);
}

const MAKE_KEY = 'openssl genpkey -algorithm ed25519';

/**
 * A private key out of a PEM file (PKCS#8), as `openssl genpkey -algorithm ed25519` writes it.
 * @throws SyncError `storage` if it is none
 */
export function privateKeyFrom(pem: string): KeyObject {
  let cause: unknown;
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'ed25519') return key;
  } catch (error) {
    cause = error;
  }
  throw new SyncError(
    'storage',
    cause === undefined
      ? t('The key file holds no Ed25519 private key. Make one with: {0}', MAKE_KEY)
      : t(
          'The key file holds no Ed25519 private key ({0}). Make one with: {1}',
          describeError(cause),
          MAKE_KEY,
        ),
    { cause },
  );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
