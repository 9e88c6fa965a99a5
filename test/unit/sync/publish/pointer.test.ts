import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import type { Pointer } from '../../../../src/sync/publish/pointer.ts';
import {
  isSignedBy,
  MOST_BODY_BYTES,
  MOST_POINTER_BYTES,
  parsePointer,
  privateKeyFrom,
  publicKeyFrom,
  publicKeyText,
  writePointer,
} from '../../../../src/sync/publish/pointer.ts';
import { assertSyncError } from '../../support/assertSyncError.ts';

const ORIGIN = 'https://models.example/';
const pointer: Pointer = { sequence: 7, sha256: 'a'.repeat(64), size: 1_000 };
const { privateKey, publicKey } = generateKeyPairSync('ed25519');

const parse = (text: string | Buffer) => parsePointer(Buffer.from(text), ORIGIN);
const parseFields = (fields: object) => parse(JSON.stringify({ format: 1, ...pointer, ...fields }));

describe('The pointer of a published catalogue', () => {
  it('is read as it was written', () => {
    assert.deepEqual(parse(writePointer(pointer)), pointer);
  });

  it('is a line of JSON, in a fixed order, of bounded length even where its numbers are long', () => {
    const longest = { ...pointer, sequence: Number.MAX_SAFE_INTEGER, size: MOST_BODY_BYTES };
    const bytes = writePointer(longest, privateKey);
    assert.ok(bytes.length <= MOST_POINTER_BYTES);
    assert.match(
      String(bytes),
      /^\{"format":1,"sequence":\d+,"sha256":"a+","size":268435456,"signature":"[\w-]{86}"\}\n$/,
    );
    assert.equal(parse(bytes).size, MOST_BODY_BYTES);
  });

  it('of another format is refused, which an update reads', () => {
    assert.throws(
      () => parseFields({ format: 2, sequence: 'new' }),
      (error) => assertSyncError(error, 'badAnswer', /format 2.*reads format 1\. Update Model Hub/),
    );
  });

  for (const [name, fields] of [
    ['no format', { format: undefined }],
    ['no sequence', { sequence: undefined }],
    ['sequence 0', { sequence: 0 }],
    ['half a sequence', { sequence: 1.5 }],
    ['a sha256 that is too short', { sha256: 'a'.repeat(63) }],
    ['a sha256 that is too long', { sha256: 'a'.repeat(65) }],
    ['a sha256 with a path before it', { sha256: `../${'a'.repeat(64)}` }],
    ['a sha256 with a path behind it', { sha256: `${'a'.repeat(64)}/x` }],
    ['a sha256 in capitals', { sha256: 'A'.repeat(64) }],
    ['no bytes', { size: 0 }],
    ['more bytes than a catalogue may have', { size: MOST_BODY_BYTES + 1 }],
    ['a signature that is too short', { signature: 'a'.repeat(85) }],
    ['a signature of other letters', { signature: '+'.repeat(86) }],
  ] as const) {
    it(`with ${name} is none`, () => {
      assert.throws(
        () => parseFields(fields),
        (error) =>
          assertSyncError(error, 'badAnswer', /models\.example\/ is not the catalogue\.json/),
      );
    });
  }

  for (const text of ['', 'null', '[]', '<html>']) {
    it(`is not "${text}"`, () => {
      assert.throws(
        () => parse(text),
        (error) => assertSyncError(error, 'badAnswer', /Check the address/),
      );
    });
  }
});

describe('The signature of a pointer', () => {
  const signed = parse(writePointer(pointer, privateKey));

  it('is believed with the key of who made it', () => {
    assert.ok(isSignedBy(signed, publicKey));
    assert.ok(isSignedBy(signed, publicKeyFrom(publicKeyText(privateKey))));
  });

  it('is not believed with another key, nor where there is none', () => {
    assert.ok(!isSignedBy(signed, generateKeyPairSync('ed25519').publicKey));
    assert.ok(!isSignedBy(pointer, publicKey));
  });

  for (const change of [{ sequence: 8 }, { sha256: 'b'.repeat(64) }, { size: 1_001 }]) {
    it(`is not believed where another ${Object.keys(change).join()} was put in`, () => {
      assert.ok(!isSignedBy({ ...signed, ...change }, publicKey));
    });
  }
});

describe('The key to sign with', () => {
  const pem = (key: typeof privateKey) => String(key.export({ type: 'pkcs8', format: 'pem' }));

  it('is read from a PEM file', () => {
    const key = privateKeyFrom(pem(privateKey));
    assert.ok(isSignedBy(parse(writePointer(pointer, key)), publicKey));
  });

  it('is refused where it is of another kind, with how to make one', () => {
    const other = generateKeyPairSync('x25519').privateKey;
    assert.throws(
      () => privateKeyFrom(pem(other)),
      (error: Error) =>
        error.cause === undefined &&
        assertSyncError(
          error,
          'storage',
          /no Ed25519 private key\. Make.*: openssl genpkey -algor/,
        ),
    );
  });

  it('is refused where it is none, with the reason', () => {
    assert.throws(
      () => privateKeyFrom('secret'),
      (error: Error) =>
        error.cause instanceof Error &&
        !error.message.includes('secret') &&
        assertSyncError(error, 'storage', /private key \(.+\)\. Make one with: openssl genpkey/),
    );
  });
});
