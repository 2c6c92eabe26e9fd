import type { Field } from '../head.ts';
import type { ArcResult, MailKeyPair } from './verdict.ts';
import { seal, sign } from './sign.ts';

/**
 * What signs the header of everything that leaves for a mailbox: a DKIM-Signature with either key (RFC 8463 §5), the
 * RSA one on top, and above them the ARC set (RFC 8617 §5.1).
 * @param domain the alias domain
 * @param authservId our own name in results (RFC 8601 §2.5)
 * @param now the time of day in milliseconds
 */
export function makeSigner({
  keys,
  domain,
  authservId,
  now,
}: {
  keys: { current(): Promise<MailKeyPair> };
  domain: string;
  authservId: string;
  now: () => number;
}) {
  /** The fields to put on top of a header, in their order. */
  return async (
    fields: readonly Field[],
    {
      bodyHash,
      authentication,
      arc,
    }: { readonly bodyHash: string; readonly authentication: string; readonly arc: ArcResult },
  ): Promise<Field[]> => {
    const { rsa, ed25519 } = await keys.current();
    const at = now();
    const signatures = await Promise.all([rsa, ed25519].map((key) => sign(fields, bodyHash, key, { domain, at })));
    const signed = [...signatures, ...fields];
    const set = await seal(signed, bodyHash, rsa, { domain, authservId, authentication, cv: arc.cv, at });
    return [...set, ...signatures];
  };
}
