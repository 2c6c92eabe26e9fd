import { isAligned } from '../../applications/applications.ts';
import type { Envelope } from '../arrival.ts';
import type { DkimResult } from '../dkim/dkim.ts';
import type { Dns } from '../dns.ts';
import { checkSpf, spfIdentity, type SpfIdentity, type SpfResult } from './spf.ts';
import { strictnessOf, type Strictness } from './strictness.ts';
import type { Reason } from './verdict.ts';

type Needs = {
  readonly dns: Pick<Dns, 'resolve' | 'txt'>;
  readonly envelope: Envelope;
  readonly signatures: readonly DkimResult[];
  /** That of From. */
  readonly domain: string;
  /** Whether the client's address says nothing of the sender: it is that of a mail server in front of us. */
  readonly isFront: boolean;
};

/** What a domain's own records prove of a message that says it is from there. */
export type DomainProof =
  | { readonly kind: 'proven'; readonly by: 'dkim' | 'spf' }
  | { readonly kind: 'unproven'; readonly reason: Reason }
  | { readonly kind: 'later' };

type Spf = { readonly identity: SpfIdentity; readonly result: SpfResult };

/** Asks the domain's records, once, and only as far as is needed. */
export function makeDomainProofs({ dns, envelope, signatures, domain, isFront }: Needs) {
  let spf: Spf | undefined;
  const ours = signatures.filter((one) => isAligned(one.domain, domain));
  const passing = ours.filter(
    ({ result, isLengthLimited, isHeaderOpen }) => result === 'pass' && !isLengthLimited && !isHeaderOpen,
  );

  async function ask(): Promise<DomainProof> {
    if (passing.some((one) => one.domain === domain)) return { kind: 'proven', by: 'dkim' };
    let strict: Strictness | 'unknown' | undefined;
    /** Whether a name that is not the domain itself, but of the same owner, proves nothing. */
    const isTooFar = async (name: string, by: 'dkim' | 'spf'): Promise<boolean> => {
      if (name === domain) return false;
      strict ??= await strictnessOf(domain, dns).catch(() => 'unknown' as const);
      return strict === 'unknown' || strict[by];
    };
    const [relative] = passing;
    if (relative !== undefined && !(await isTooFar(relative.domain, 'dkim'))) return { kind: 'proven', by: 'dkim' };
    const identity = isFront ? undefined : spfIdentity(envelope);
    if (identity !== undefined && isAligned(identity.domain, domain)) {
      spf = { identity, result: await checkSpf(envelope, dns) };
      if (spf.result === 'pass' && !(await isTooFar(identity.domain, 'spf'))) return { kind: 'proven', by: 'spf' };
    }
    const isOpen =
      strict === 'unknown' || spf?.result === 'temperror' || ours.some((one) => one.result === 'temperror');
    return isOpen ? { kind: 'later' } : { kind: 'unproven', reason: whyNot() };
  }

  /** What the administrator best begins with. */
  function whyNot(): Reason {
    if (passing.length > 0 || spf?.result === 'pass') return 'alignment_strict';
    if (ours.some(({ result }) => result === 'pass')) return 'signature_partial';
    if (ours.length > 0) return 'signature_failed';
    if (spf !== undefined && ['fail', 'softfail', 'permerror'].includes(spf.result)) return 'spf_failed';
    if (isFront && envelope.client.isForwarded !== true) return 'client_hidden';
    return signatures.some(({ result }) => result === 'pass') ? 'signature_other' : 'unsigned';
  }

  let asked: Promise<DomainProof> | undefined;
  return {
    /** Never throws for what DNS says or does not say. */
    ask: (): Promise<DomainProof> => (asked ??= ask()),
    /** What SPF said, once it was asked. */
    spf: (): Spf | undefined => spf,
  };
}
