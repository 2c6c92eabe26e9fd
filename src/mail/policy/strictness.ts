import { registrableDomain } from '../../applications/applications.ts';
import { isMissing, type Dns } from '../dns.ts';

/** Which proofs a domain takes from exactly itself only, and not from its parents and sisters. */
export type Strictness = { readonly dkim: boolean; readonly spf: boolean };

const isStrict = (record: string, tag: string): boolean =>
  record.split(';').some((part) => new RegExp(`^\\s*${tag}\\s*=\\s*s\\s*$`, 'iu').test(part));

async function policyAt(domain: string, dns: Pick<Dns, 'txt'>): Promise<string | undefined> {
  try {
    const found = (await dns.txt(`_dmarc.${domain}`)).filter((text) => /^v\s*=\s*DMARC1\s*(?:;|$)/u.test(text));
    return found.length === 1 ? found[0] : undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * What the DMARC policy of a domain, or of its owner, says of alignment (RFC 7489 §6.3, §6.6.3); nothing said is
 * relaxed. Throws what DNS throws where nobody answers.
 */
export async function strictnessOf(domain: string, dns: Pick<Dns, 'txt'>): Promise<Strictness> {
  const owner = registrableDomain(domain);
  const record = (await policyAt(domain, dns)) ?? (owner === undefined ? undefined : await policyAt(owner, dns)) ?? '';
  return { dkim: isStrict(record, 'adkim'), spf: isStrict(record, 'aspf') };
}
