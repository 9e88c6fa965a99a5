import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A certificate and its key, PEM. Being its own authority, the certificate is also what to trust. */
export interface Credentials {
  readonly key: string;
  readonly certificate: string;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const OID = {
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  commonName: [0x55, 0x04, 0x03],
  subjectAlternativeName: [0x55, 0x1d, 0x11],
  basicConstraints: [0x55, 0x1d, 0x13],
  subjectKeyIdentifier: [0x55, 0x1d, 0x0e],
};

/** DER: tag, length, value (ITU-T X.690). */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const { length } = value;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}

const oid = (bytes: readonly number[]) => der(0x06, Buffer.from(bytes));
const integer = (bytes: Buffer) => der(0x02, bytes);
const bitString = (bytes: Buffer) => der(0x03, Buffer.from([0]), bytes);
const octetString = (bytes: Buffer) => der(0x04, bytes);
const yes = der(0x01, Buffer.from([0xff]));

/** UTCTime, which serves until 2049. */
function time(at: Date): Buffer {
  const digits = at.toISOString().replace(/\D/g, '').slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

function name(common: string): Buffer {
  return der(
    SEQUENCE,
    der(SET, der(SEQUENCE, oid(OID.commonName), der(0x0c, Buffer.from(common)))),
  );
}

function extension(id: readonly number[], critical: boolean, value: Buffer): Buffer {
  return der(SEQUENCE, oid(id), ...(critical ? [yes] : []), octetString(value));
}

function localNames(others: readonly string[]): Buffer {
  const dns = (host: string) => der(0x82, Buffer.from(host));
  const address = (...bytes: number[]) => der(0x87, Buffer.from(bytes));
  const loopback6 = [...new Array<number>(15).fill(0), 1];
  return der(
    SEQUENCE,
    ...['localhost', ...others].map(dns),
    address(127, 0, 0, 1),
    address(...loopback6),
  );
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

const DAY = 86_400_000;

/**
 * A fresh self-signed certificate for the loopback addresses (X.509 v3, P-256), a month long.
 * @param names other hosts that it is good for
 */
export function selfSigned(now: number, names: readonly string[] = []): Credentials {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicDer = publicKey.export({ type: 'spki', format: 'der' });
  const algorithm = der(SEQUENCE, oid(OID.ecdsaWithSha256));
  // Who trusts several of them finds them by their names.
  const issuer = name(names[0] ?? 'Embedded hub');
  const keyId = createHash('sha1').update(publicDer).digest();
  const extensions = der(
    SEQUENCE,
    extension(OID.basicConstraints, true, der(SEQUENCE, yes)),
    extension(OID.subjectKeyIdentifier, false, octetString(keyId)),
    extension(OID.subjectAlternativeName, false, localNames(names)),
  );
  const body = der(
    SEQUENCE,
    der(0xa0, integer(Buffer.from([2]))),
    // A serial number is positive: the first bit stays clear.
    integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)])),
    algorithm,
    issuer,
    der(SEQUENCE, time(new Date(now - DAY)), time(new Date(now + 30 * DAY))),
    issuer,
    publicDer,
    der(0xa3, extensions),
  );
  const certificate = der(SEQUENCE, body, algorithm, bitString(sign('sha256', body, privateKey)));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: pem(certificate),
  };
}
