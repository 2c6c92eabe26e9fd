import type { Profiles } from '../profiles/profiles.ts';
import type { Envelope, Reply, Target } from './arrival.ts';
import type { Back } from './back/back.ts';
import type { Correspondents } from './forward/forward.ts';
import type { Spool } from './spool/spool.ts';

type Needs = {
  aliasDomain: string;
  back: Pick<Back, 'takes'>;
  profiles: Pick<Profiles, 'byAlias'>;
  spool: Pick<Spool, 'findByReturn'>;
  correspondents: Pick<Correspondents, 'find'>;
};

/** Said of every address that takes no mail, whatever the reason (P6, A78). */
export const NO_SUCH: Reply = { code: 550, enhanced: '5.1.1', text: 'No such address here' };
/** Said of an address that would need another answer than those before it (RFC 5321 §4.5.3.1.10). */
const SEPARATELY: Reply = { code: 452, enhanced: '4.5.3', text: 'Send this to each address by itself' };

/** Addresses of people who look after the domain, which must work (RFC 5321 §4.5.1, RFC 2142 §4). */
const ROLES: ReadonlySet<string> = new Set(['postmaster', 'abuse']);

/** Whether one message may go to both: one answer holds for all it goes to. */
function isOneAnswer(first: Target, other: Target): boolean {
  if (first.kind === 'administrators') return other.kind === 'administrators';
  return first.kind === 'profile' && other.kind === 'profile' && first.applicationId === other.applicationId;
}

/** Finds out what an address of ours is. */
export function makeRecipients({ aliasDomain, back, profiles, spool, correspondents }: Needs) {
  /** One look after the other: whatever takes no mail has cost all of them. */
  async function find(address: string): Promise<Target | undefined> {
    const local = address.slice(0, address.lastIndexOf('@'));
    if (ROLES.has(local)) return { kind: 'administrators', address };
    const profile = await profiles.byAlias(local);
    if (profile !== undefined) {
      const { id: profileId, applicationId } = profile;
      return { kind: 'profile', address, profileId, applicationId };
    }
    const delivery = await spool.findByReturn(local);
    if (delivery !== undefined && back.takes(delivery)) return { kind: 'return', address, deliveryId: delivery.id };
    const correspondent = await correspondents.find(local);
    return correspondent && { kind: 'correspondent', address, correspondentId: correspondent.id };
  }

  return {
    /**
     * What an address is, or why it takes no mail now.
     * @param address whole, in small letters
     * @param before those that were taken for the same message: all must be of one application, or administrators
     */
    async recipient(address: string, envelope: Envelope, before: readonly Target[]): Promise<Target | Reply> {
      const found = address.endsWith(`@${aliasDomain}`) ? await find(address) : undefined;
      if (found === undefined) return NO_SUCH;
      const { applicationId } = envelope;
      // With a credential an application reaches its own profiles, and for it there is nothing else here.
      if (applicationId !== undefined && !(found.kind === 'profile' && found.applicationId === applicationId))
        return NO_SUCH;
      const [first] = before;
      return first === undefined || isOneAnswer(first, found) ? found : SEPARATELY;
    },
  };
}
