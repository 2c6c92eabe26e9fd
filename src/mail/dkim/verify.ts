import type { Dns } from '../dns.ts';
import type { Field, Head } from '../head.ts';
import { areSealsGood } from './arc.ts';
import { makeBodyHashes, type BodyHash, type BodyHashWanted } from './body-hashes.ts';
import { readChain, type Chain } from './chain.ts';
import { isSigned } from './crypto.ts';
import type { ArcResult, DkimReason, DkimResult, Verifier } from './verdict.ts';
import type { PublicKey } from './key-record.ts';
import { lookUpKey } from './key-lookup.ts';
import { identityDomain, readDkimSignature, readSignature, type BadSignature, type Signature } from './signature.ts';
import { isHeaderOpen, makeSelection, signedOctets } from './signed-octets.ts';

/** So many signatures are looked at, the topmost first; the rest is as if it were not there (P8). */
export const SIGNATURES_MAX = 8;

const OURS: BodyHashWanted = { kind: 'relaxed', limit: undefined };
const isGood = (signature: Signature | BadSignature): signature is Signature => !('reason' in signature);
const hashOf = ({ body, limit }: Signature): BodyHashWanted => ({ kind: body, limit });

/** What each reason makes of a signature (RFC 6376 §6.1, RFC 8601 §2.7.1). */
const RESULTS: Readonly<Record<DkimReason, DkimResult['result']>> = {
  syntax: 'permerror',
  from: 'permerror',
  expired: 'permerror',
  future: 'permerror',
  identity: 'permerror',
  algorithm: 'neutral',
  weak: 'permerror',
  key: 'permerror',
  revoked: 'permerror',
  'key-syntax': 'permerror',
  dns: 'temperror',
  body: 'fail',
  header: 'fail',
};

/** The signature of the newest ARC set, if the chain is one; a seal may not be under it (RFC 8617 §4.1.2). */
function newestMessageSignature({ sets }: Chain, now: number): Signature | undefined {
  const newest = sets?.at(-1);
  const read = newest === undefined ? undefined : readSignature(newest.message, now);
  return read !== undefined && isGood(read) && !read.names.includes('arc-seal') ? read : undefined;
}

/** Why a signature is not good, with all that it needs; nothing where it is. */
async function problemOf(
  signature: Signature,
  key: Promise<PublicKey | DkimReason>,
  body: BodyHash,
  select: (names: readonly string[]) => Field[],
): Promise<DkimReason | undefined> {
  const { algorithm, bodyHash, domain, field, header, limit, names } = signature;
  // More octets than there are may not be counted (RFC 6376 §3.5).
  if ((limit ?? 0) > body.octets) return 'syntax';
  if (!body.sha256.equals(bodyHash)) return 'body';
  const found = await key;
  if (typeof found === 'string') return found;
  if (found.isStrict && field.key === 'dkim-signature' && identityDomain(signature) !== domain) return 'identity';
  const octets = signedOctets(header, select(names), field);
  return (await isSigned(algorithm, octets, found.key, signature.signature)) ? undefined : 'header';
}

/**
 * Verifies a message while its body goes by: its DKIM-Signatures (RFC 6376 with RFC 8301, RFC 8463) and its ARC chain
 * (RFC 8617). Keys are looked up meanwhile. Whatever the message holds, `finish` answers.
 * @param now the time of day in milliseconds
 */
export function makeVerifier({ fields }: Pick<Head, 'fields'>, dns: Pick<Dns, 'txt'>, now: () => number): Verifier {
  const at = now();
  const signatures = fields
    .filter(({ key }) => key === 'dkim-signature')
    .slice(0, SIGNATURES_MAX)
    .map((field) => readDkimSignature(field, at));
  const chain = readChain(fields);
  const newest = newestMessageSignature(chain, at);
  const good = [...signatures.filter(isGood), ...(newest === undefined ? [] : [newest])];
  const keys = new Map(good.map((signature) => [signature, lookUpKey(dns, signature)]));
  const hashes = makeBodyHashes([OURS, ...good.map(hashOf)]);

  return {
    update: (chunk) => hashes.update(chunk),

    async finish() {
      const hash = hashes.finish();
      const select = makeSelection(fields);
      const problem = async (signature: Signature): Promise<DkimReason | undefined> =>
        problemOf(signature, keys.get(signature) ?? lookUpKey(dns, signature), hash(hashOf(signature)), select);

      const judge = async (signature: Signature | BadSignature): Promise<DkimResult> => {
        const { domain, selector } = signature;
        const reason = isGood(signature) ? await problem(signature) : signature.reason;
        const isLengthLimited =
          isGood(signature) && signature.limit !== undefined && signature.limit < hash(hashOf(signature)).octets;
        const open = { isLengthLimited, isHeaderOpen: isGood(signature) && isHeaderOpen(fields, signature.names) };
        if (reason === undefined) return { domain, selector, result: 'pass', ...open };
        return { domain, selector, result: RESULTS[reason], reason, ...open };
      };

      const judgeChain = async (): Promise<ArcResult> => {
        const { highest: instance, sets, hasFields } = chain;
        if (!hasFields) return { instance, cv: 'none' };
        if (sets === undefined || newest === undefined) return { instance, cv: 'fail' };
        const [ofMessage, ofSeals] = await Promise.all([problem(newest), areSealsGood(sets, dns, at)]);
        return { instance, cv: ofMessage === undefined && ofSeals ? 'pass' : 'fail' };
      };

      const [judged, arc] = await Promise.all([Promise.all(signatures.map(judge)), judgeChain()]);
      return { signatures: judged, bodyHash: hash(OURS).sha256.toString('base64'), arc };
    },
  };
}
