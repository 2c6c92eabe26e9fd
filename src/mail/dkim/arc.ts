import type { Dns } from '../dns.ts';
import type { Field } from '../head.ts';
import { canonicalField } from './canonical.ts';
import type { ArcSet } from './chain.ts';
import { isSigned } from './crypto.ts';
import { lookUpKey } from './key-lookup.ts';
import { withoutItsSignature } from './signed-octets.ts';
import { readSealTags, type SealTags } from './signature.ts';

/** What the seal of the last of some sets is made over (RFC 8617 §5.1.1). */
export function sealedOctets(sets: readonly Pick<ArcSet, 'results' | 'message' | 'seal'>[]): Buffer {
  const fields = sets.flatMap(({ results, message, seal }, index): string[] => [
    ...[results, message].map((field: Field) => canonicalField('relaxed', field)),
    index === sets.length - 1 ? withoutItsSignature('relaxed', seal) : canonicalField('relaxed', seal),
  ]);
  return Buffer.from(fields.join(''), 'latin1');
}

/** Whether every seal of a chain is good (RFC 8617 §5.2, step 6). What cannot be looked up now is not. */
export async function areSealsGood(sets: readonly ArcSet[], dns: Pick<Dns, 'txt'>, now: number): Promise<boolean> {
  const seals = sets.map(({ sealTags }) => readSealTags(sealTags, now));
  if (!seals.every((seal): seal is SealTags => !('reason' in seal))) return false;
  const good = await Promise.all(
    seals.map(async (seal, index) => {
      const found = await lookUpKey(dns, seal);
      if (typeof found === 'string') return false;
      return isSigned(seal.algorithm, sealedOctets(sets.slice(0, index + 1)), found.key, seal.signature);
    }),
  );
  return good.every(Boolean);
}
