/** Signatures of mail: verified, made and sealed (RFC 6376, RFC 8301, RFC 8463, RFC 8617), and the keys for it. */
export { makeMailKeys, type ListedKey, type MailKeys } from './keys.ts';
export { zoneLine } from './public-record.ts';
export { sign } from './sign.ts';
export { makeSigner } from './signer.ts';
export type { DkimResult, MailKeyPair } from './verdict.ts';
export { makeVerifier } from './verify.ts';
