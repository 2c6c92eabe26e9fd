import type { Field } from '../head.ts';
import type { Canonicalisation } from './canonical.ts';
import type { DkimAlgorithm, DkimReason } from './verdict.ts';
import { readBase64, readColons, readTags, type Tags } from './tags.ts';

/** What a signature over a message says of itself: a DKIM-Signature or an ARC-Message-Signature. */
export type Signature = {
  readonly field: Field;
  readonly domain: string;
  readonly selector: string;
  readonly algorithm: DkimAlgorithm;
  readonly header: Canonicalisation;
  readonly body: Canonicalisation;
  readonly limit: number | undefined;
  readonly bodyHash: Buffer;
  /** Names of the fields it covers, in small letters, in its order. */
  readonly names: readonly string[];
  readonly signature: Buffer;
  readonly tags: Tags;
};

/** What could be read of one that is no good. */
export type BadSignature = { readonly domain: string; readonly selector: string; readonly reason: DkimReason };

/** So many fields are signed at most (P8); as many as a header may have. */
const NAMES_MAX = 500;
const HASH_BYTES = 32;
const SECOND = 1000;
/** Clocks differ by so much, in milliseconds. */
const SKEW = 5 * 60 * SECOND;

const LABEL = '[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
const DOMAIN = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})+$`, 'u');
const SELECTOR = new RegExp(`^(?=.{1,190}$)${LABEL}(?:\\.${LABEL})*$`, 'u');
const FIELD_NAME = /^[\u0021-\u0039\u003b-\u007e]+$/u;
const FORMS: Readonly<Record<string, readonly [Canonicalisation, Canonicalisation]>> = {
  simple: ['simple', 'simple'],
  relaxed: ['relaxed', 'simple'],
  'simple/simple': ['simple', 'simple'],
  'simple/relaxed': ['simple', 'relaxed'],
  'relaxed/simple': ['relaxed', 'simple'],
  'relaxed/relaxed': ['relaxed', 'relaxed'],
};

/** Whole seconds as a tag has them, in milliseconds; nothing where they are none. */
function readSeconds(text: string): number | undefined {
  return /^\d{1,12}$/u.test(text) ? Number(text) * SECOND : undefined;
}

/** What may be wrong with the times of a signature (`t=`, `x=`). */
function timesProblem(tags: Tags, now: number): DkimReason | undefined {
  const [t, x] = [tags.get('t'), tags.get('x')];
  const made = t === undefined ? undefined : readSeconds(t);
  const ends = x === undefined ? undefined : readSeconds(x);
  if ((t !== undefined && made === undefined) || (x !== undefined && ends === undefined)) return 'syntax';
  if (made !== undefined && ends !== undefined && ends <= made) return 'syntax';
  if (made !== undefined && made > now + SKEW) return 'future';
  return ends !== undefined && ends < now - SKEW ? 'expired' : undefined;
}

/** Domain, selector, algorithm and signature, which an ARC-Seal has as well (RFC 8617 §4.1.3). */
export type SealTags = Pick<Signature, 'domain' | 'selector' | 'algorithm' | 'signature'>;

/** Reads those; `field` may lack everything else. */
export function readSealTags(tags: Tags | undefined, now: number): SealTags | BadSignature {
  const [d = '', s = ''] = [tags?.get('d'), tags?.get('s')];
  const [domain, selector] = [DOMAIN.test(d) ? d.toLowerCase() : '', SELECTOR.test(s) ? s.toLowerCase() : ''];
  const bad = (reason: DkimReason): BadSignature => ({ domain, selector, reason });
  const algorithm = tags?.get('a');
  const signature = readBase64(tags?.get('b') ?? '');
  if (tags === undefined || domain === '' || selector === '') return bad('syntax');
  if (algorithm === undefined || signature === undefined) return bad('syntax');
  // RFC 8301 §3.1.
  if (algorithm === 'rsa-sha1') return bad('weak');
  if (algorithm !== 'rsa-sha256' && algorithm !== 'ed25519-sha256') return bad('algorithm');
  const problem = timesProblem(tags, now);
  return problem === undefined ? { domain, selector, algorithm, signature } : bad(problem);
}

/**
 * Reads a signature over a message, strictly (RFC 6376 §3.5, §6.1.1).
 * @param now in milliseconds, against which `t=` and `x=` are held
 */
export function readSignature(field: Field, now: number): Signature | BadSignature {
  const tags = readTags(field.raw.slice(field.raw.indexOf(':') + 1).replace(/\r\n$/u, ''));
  const seal = readSealTags(tags, now);
  if (tags === undefined || 'reason' in seal) return seal as BadSignature;
  const bad = (reason: DkimReason): BadSignature => ({ domain: seal.domain, selector: seal.selector, reason });

  const forms = FORMS[(tags.get('c') ?? 'simple').toLowerCase()];
  if (forms === undefined) return bad('algorithm');
  if (!readColons(tags.get('q') ?? 'dns/txt').includes('dns/txt')) return bad('algorithm');

  const bodyHash = readBase64(tags.get('bh') ?? '');
  const names = readColons(tags.get('h') ?? '').map((name) => name.toLowerCase());
  const limit = tags.get('l');
  if (bodyHash?.length !== HASH_BYTES) return bad('syntax');
  if (names.length > NAMES_MAX || !names.every((name) => FIELD_NAME.test(name))) return bad('syntax');
  if (limit !== undefined && !/^\d{1,76}$/u.test(limit)) return bad('syntax');
  if (!names.includes('from')) return bad('from');

  const [header, body] = forms;
  return {
    ...seal,
    field,
    header,
    body,
    limit: limit === undefined ? undefined : Number(limit),
    bodyHash,
    names,
    tags,
  };
}

/** Whom a DKIM-Signature signs for (`i=`): the domain, in small letters; its own where it says nobody. */
export function identityDomain({ tags, domain }: Signature): string {
  const identity = tags.get('i');
  return identity === undefined ? domain : identity.slice(identity.lastIndexOf('@') + 1).toLowerCase();
}

/** Reads a DKIM-Signature: the version, and whom it is made for, must be right as well. */
export function readDkimSignature(field: Field, now: number): Signature | BadSignature {
  const signature = readSignature(field, now);
  if ('reason' in signature) return signature;
  const { domain, selector, tags } = signature;
  if (tags.get('v') !== '1') return { domain, selector, reason: 'syntax' };
  const of = identityDomain(signature);
  const isOurs = of === domain || of.endsWith(`.${domain}`);
  return isOurs && tags.get('i')?.includes('@') !== false ? signature : { domain, selector, reason: 'identity' };
}
