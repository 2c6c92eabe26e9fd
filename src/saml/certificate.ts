import { createPublicKey, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';

/** The longest common name a certificate may have, in characters (RFC 5280, appendix A: ub-common-name). */
const LONGEST_NAME = 64;

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;

const NULL = Buffer.of(0x05, 0x00);
const TRUE = Buffer.of(0x01, 0x01, 0xff);
const COMMON_NAME = Buffer.of(0x06, 0x03, 0x55, 0x04, 0x03);
const BASIC_CONSTRAINTS = Buffer.of(0x06, 0x03, 0x55, 0x1d, 0x13);
/** sha256WithRSAEncryption (RFC 4055 §5). */
const SHA256_WITH_RSA = Buffer.of(0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b);

/** One value in DER (X.690 §8.1, §10.1): what it is, its length, its content. */
function der(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.of(tag, body.length), body]);
  const length = body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...length), body]);
}

/** A moment (milliseconds): two digits of the year until 2049, four from then on (RFC 5280 §4.1.2.5). */
function time(milliseconds: number): Buffer {
  const digits = `${new Date(milliseconds).toISOString().slice(0, 19).replaceAll(/\D/gu, '')}Z`;
  return digits < '2050' ? der(UTC_TIME, Buffer.from(digits.slice(2))) : der(GENERALIZED_TIME, Buffer.from(digits));
}

/** A random serial number of 16 bytes: positive, and never shorter (RFC 5280 §4.1.2.2). */
function serial(): Buffer {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8() & 0x3f) | 0x40);
  return der(INTEGER, bytes);
}

/**
 * A certificate for an RSA key, signed by itself with SHA-256 (RFC 5280 §4.1), in DER as base64. It only carries the key:
 * service providers trust it because it stands in our metadata. Both times in milliseconds, exact to the second.
 *
 * Written here, since its shape is known; the libraries that write any certificate bring a register of classes along
 * that would stay in memory.
 */
export function selfSigned(
  privateKey: KeyObject,
  { name, notBefore, notAfter }: { name: string; notBefore: number; notAfter: number },
): string {
  const algorithm = der(SEQUENCE, SHA256_WITH_RSA, NULL);
  const commonName = der(UTF8_STRING, Buffer.from([...name].slice(0, LONGEST_NAME).join('')));
  const who = der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, commonName)));
  const notAnAuthority = der(SEQUENCE, BASIC_CONSTRAINTS, TRUE, der(OCTET_STRING, der(SEQUENCE)));
  const content = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.of(2))),
    serial(),
    algorithm,
    who,
    der(SEQUENCE, time(notBefore), time(notAfter)),
    who,
    createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS, der(SEQUENCE, notAnAuthority)),
  );
  const signature = der(BIT_STRING, Buffer.of(0), sign('RSA-SHA256', content, privateKey));
  return der(SEQUENCE, content, algorithm, signature).toString('base64');
}

/** What there is to show of a certificate (DER, base64): SHA-256 as `AA:BB:…`, and its times in milliseconds. */
export function describeCertificate(certificate: string): { fingerprint: string; notBefore: number; notAfter: number } {
  const read = new X509Certificate(Buffer.from(certificate, 'base64'));
  return {
    fingerprint: read.fingerprint256,
    notBefore: read.validFromDate.getTime(),
    notAfter: read.validToDate.getTime(),
  };
}
