import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import path from 'node:path';
import type { ARCData } from 'mailauth';
import { arc } from 'mailauth/lib/arc/index.js';
import { dkimSign } from 'mailauth/lib/dkim/sign.js';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import type { DkimAlgorithm, MailKey, Verdict } from '../../../src/mail/dkim/verdict.ts';
import { publicRecord } from '../../../src/mail/dkim/public-record.ts';
import { makeVerifier } from '../../../src/mail/dkim/verify.ts';
import type { Dns } from '../../../src/mail/dns.ts';
import { readHead, type Field } from '../../../src/mail/head.ts';

/** A key of somebody's, and where it is published. */
export type OtherKey = MailKey & { readonly domain: string; readonly name: string; readonly record: string };

/** Makes a key of a domain. */
export function otherKey(domain: string, selector: string, algorithm: DkimAlgorithm, bits = 2048): OtherKey {
  const { privateKey } =
    algorithm === 'rsa-sha256' ? generateKeyPairSync('rsa', { modulusLength: bits }) : generateKeyPairSync('ed25519');
  const record = publicRecord(privateKey, algorithm);
  return { selector, algorithm, privateKey, domain, name: `${selector}._domainkey.${domain}`, record };
}

const pem = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' }).toString();

/** The zone that publishes some keys, for `openDnsServer`. */
export const zoneOf = (...keys: readonly OtherKey[]): Record<string, { TXT: string[] }> =>
  Object.fromEntries(keys.map(({ name, record }) => [name, { TXT: [record] }]));

/** A message cut behind the empty line. */
export function cut(message: string | Buffer): { head: Buffer; body: Buffer } {
  const octets = Buffer.isBuffer(message) ? message : Buffer.from(message, 'latin1');
  const end = octets.indexOf('\r\n\r\n');
  const at = end === -1 ? octets.length : end + 4;
  return { head: octets.subarray(0, at), body: octets.subarray(at) };
}

export const fieldsOf = (message: string | Buffer): readonly Field[] => readHead(cut(message).head).fields;
export const drawn = (fields: readonly Field[]): string => fields.map(({ raw }) => raw).join('');

/** What we find; the body comes in pieces of `size`. */
export async function ours(
  message: string | Buffer,
  dns: Pick<Dns, 'txt'>,
  { now = Date.now, size = 1000 }: { now?: () => number; size?: number } = {},
): Promise<Verdict> {
  const { head, body } = cut(message);
  const verifier = makeVerifier(readHead(head), dns, now);
  for (let at = 0; at < body.length; at += size) verifier.update(body.subarray(at, at + size));
  return verifier.finish();
}

const resolverOf = (dns: Pick<Dns, 'txt'>) => async (name: string) => (await dns.txt(name)).map((text) => [text]);

/** What mailauth finds of the signatures, in their order, and of the chain. */
export async function mailauthFinds(message: string, dns: Pick<Dns, 'txt'>): Promise<{ dkim: string[]; arc: string }> {
  const resolver = resolverOf(dns);
  const found = await dkimVerify(Buffer.from(message, 'latin1'), { resolver, strict: true });
  if (found.arc === undefined) throw new Error('mailauth says nothing of ARC');
  const chain = await arc(found.arc as ARCData, { resolver, strict: true });
  return {
    dkim: found.results.map(({ status }) => status.result),
    arc: chain.status.result,
  };
}

/** A message with a signature of mailauth's on top. */
export async function signedByMailauth(message: string, key: OtherKey, form: string, limit?: number): Promise<string> {
  const signer = {
    signingDomain: key.domain,
    selector: key.selector,
    privateKey: pem(key.privateKey),
    algorithm: key.algorithm,
    ...(limit === undefined ? {} : { maxBodyLength: limit }),
  };
  const { signatures, errors } = await dkimSign(Buffer.from(message, 'latin1'), {
    ...signer,
    canonicalization: form,
    signatureData: [signer],
  });
  if (errors.length > 0) throw new Error('mailauth does not sign');
  return signatures + message;
}

function dkimpy(request: Record<string, unknown> & { message: string }): unknown {
  const input = JSON.stringify({ ...request, message: Buffer.from(request.message, 'latin1').toString('base64') });
  const script = path.join(import.meta.dirname, 'dkimpy.py');
  return JSON.parse(execFileSync('/usr/bin/python3', [script], { input, encoding: 'utf8' }));
}

const texts = (...keys: readonly OtherKey[]) => Object.fromEntries(keys.map(({ name, record }) => [name, record]));

/** Whether dkimpy takes the signatures, the topmost first. */
export const dkimpyTakes = (message: string, count: number, ...keys: readonly OtherKey[]): boolean[] =>
  dkimpy({ do: 'verify', message, count, zone: texts(...keys) }) as boolean[];

/** What dkimpy finds of the chain, and whether the newest seal is good over the sets that are there. */
export const dkimpyChain = (message: string, ...keys: readonly OtherKey[]): { cv: string; isSealed: boolean } =>
  dkimpy({ do: 'arc', message, zone: texts(...keys) }) as { cv: string; isSealed: boolean };

function keyForDkimpy({ algorithm, privateKey }: OtherKey): string {
  if (algorithm === 'rsa-sha256') return privateKey.export({ format: 'pem', type: 'pkcs1' }).toString();
  return privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32).toString('base64');
}

/** A message with a signature of dkimpy's on top. */
export function signedByDkimpy(message: string, key: OtherKey, form: string): string {
  const { selector, domain, algorithm } = key;
  const signature = dkimpy({
    do: 'sign',
    message,
    zone: {},
    selector,
    domain,
    algorithm,
    form,
    key: keyForDkimpy(key),
  });
  return String(signature) + message;
}

/** A message with an ARC set of dkimpy's on top; it must hold Authentication-Results of that name. */
export function sealedByDkimpy(message: string, key: OtherKey, authserv: string): string {
  const { selector, domain } = key;
  const set = dkimpy({ do: 'seal', message, zone: {}, selector, domain, authserv, key: keyForDkimpy(key) });
  return String(set) + message;
}
