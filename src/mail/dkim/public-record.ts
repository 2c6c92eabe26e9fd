import { createPublicKey, type KeyObject } from 'node:crypto';
import type { DkimAlgorithm } from './verdict.ts';

const ED25519_BYTES = 32;
/** Longest string of a TXT record, in octets (RFC 1035 §3.3.14). */
const STRING_MAX = 255;

/** What is published of a private key (RFC 6376 §3.6.1, RFC 8463 §4). */
export function publicRecord(privateKey: KeyObject, algorithm: DkimAlgorithm): string {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return algorithm === 'rsa-sha256'
    ? `v=DKIM1; k=rsa; p=${spki.toString('base64')}`
    : `v=DKIM1; k=ed25519; p=${spki.subarray(-ED25519_BYTES).toString('base64')}`;
}

/** A TXT record as a zone file takes it, in strings that are short enough. The text is ASCII without quotes. */
export function zoneLine(name: string, text: string): string {
  const strings = text.match(new RegExp(`.{1,${STRING_MAX}}`, 'gu')) ?? [''];
  const quoted = strings.map((string) => `"${string}"`).join(' ');
  return `${name}. IN TXT ${strings.length > 1 ? `( ${quoted} )` : quoted}`;
}
