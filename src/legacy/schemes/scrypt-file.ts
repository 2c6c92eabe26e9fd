import { createHash, createHmac } from 'node:crypto';
import { fromHex } from './encodings.ts';
import { bytesOf, numberOf } from './record.ts';
import { areEqual, recorded, UNKNOWN, type Layout, type Scheme } from './scheme.ts';
import { scryptCost, scryptOf } from './scrypt.ts';

/** A header of 64 bytes that ends with a check of itself, then the HMAC of it. */
const HEADER = 64;
const HMAC = 32;
const MAGIC = '736372797074'; // "scrypt"

function headerOf(logN: number, r: number, p: number, salt: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.write('scrypt');
  header.writeUInt8(logN, 7);
  header.writeUInt32BE(r, 8);
  header.writeUInt32BE(p, 12);
  const checked = Buffer.concat([header, salt]);
  return Buffer.concat([checked, createHash('sha256').update(checked).digest().subarray(0, 16)]);
}

/** The header of a file of the program scrypt, whose HMAC has the second half of what scrypt makes as its key. */
export const scryptFileScheme: Scheme = {
  id: 'scrypt-file',
  verify(record, password) {
    const key = scryptOf(record, password, 64).subarray(32);
    const [n, r, p] = [numberOf(record, 'n'), numberOf(record, 'r'), numberOf(record, 'p')];
    const header = headerOf(Math.log2(n), r, p, bytesOf(record, 'salt'));
    return areEqual(createHmac('sha256', key).update(header).digest(), bytesOf(record, 'hash'));
  },
  cost: scryptCost,
};

/** HedgeDoc 1: that header in hexadecimal. */
export const scryptFileLayout: Layout = {
  id: 'scrypt-file',
  read({ text }) {
    if (!text.startsWith(MAGIC) || text.length !== 2 * (HEADER + HMAC)) return undefined;
    const bytes = fromHex(text);
    if (bytes === undefined) return UNKNOWN;
    const [logN, r, p] = [bytes.readUInt8(7), bytes.readUInt32BE(8), bytes.readUInt32BE(12)];
    const salt = bytes.subarray(16, 48);
    const isWhole = logN >= 1 && r >= 1 && p >= 1 && headerOf(logN, r, p, salt).equals(bytes.subarray(0, HEADER));
    if (!isWhole) return UNKNOWN;
    const hash = bytes.subarray(HEADER).toString('base64');
    return recorded({ scheme: 'scrypt-file', n: 2 ** logN, r, p, salt: salt.toString('base64'), hash });
  },
};
