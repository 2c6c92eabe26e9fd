/** Bytes of hexadecimal digits; undefined where they are none. */
export function fromHex(text: string): Buffer | undefined {
  return text.length % 2 === 0 && /^[\da-f]+$/iu.test(text) ? Buffer.from(text, 'hex') : undefined;
}

/** Bytes of Base64 (RFC 4648 §4), with or without padding; undefined where it is none. */
export function fromBase64(text: string): Buffer | undefined {
  const digits = text.replace(/={1,2}$/u, '');
  return digits.length % 4 !== 1 && /^[\d+/a-z]+$/iu.test(digits) ? Buffer.from(digits, 'base64') : undefined;
}

/** The same as passlib writes it: `.` for `+`, and no padding. */
export function fromPasslib(text: string): Buffer | undefined {
  return fromBase64(text.replaceAll('.', '+'));
}

/** The digits of crypt(3), by their values. */
export const CRYPT_DIGITS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** How crypt(3) writes bytes: least significant digit first. */
export function toCrypt64(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const group = bytes.subarray(at, at + 3);
    let value = group.readUIntLE(0, group.length);
    for (let digit = 0; digit <= group.length; digit += 1) {
      text += CRYPT_DIGITS.charAt(value % 64);
      value = Math.floor(value / 64);
    }
  }
  return text;
}

/** What `toCrypt64` was given. */
export function fromCrypt64(text: string): Buffer {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 4) {
    const digits = text.slice(at, at + 4).split('');
    const value = digits.reduceRight((sum, digit) => sum * 64 + Math.max(0, CRYPT_DIGITS.indexOf(digit)), 0);
    for (let byte = 0; byte < digits.length - 1; byte += 1) bytes.push(Math.floor(value / 256 ** byte) % 256);
  }
  return Buffer.from(bytes);
}
