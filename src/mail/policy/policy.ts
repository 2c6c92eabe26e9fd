import {
  domainOf,
  isAligned,
  isRegisteredSender,
  isSenderAddress,
  type Applications,
} from '../../applications/applications.ts';
import type { Config } from '../../config.ts';
import { isInside } from '../../private-networks.ts';
import type { Envelope } from '../arrival.ts';
import type { DkimResult } from '../dkim/dkim.ts';
import type { Dns } from '../dns.ts';
import type { Head } from '../head.ts';
import { resultWords } from './authentication.ts';
import { makeDomainProofs } from './domain-proofs.ts';
import { readFrom, type Author } from './from.ts';
import { checkSpf } from './spf.ts';
import type { Reason, Verdict } from './verdict.ts';

export { readFrom, type Author } from './from.ts';
export { makeRefusals, type Refusals } from './refusals.ts';
export { REASONS, type Reason, type Verdict } from './verdict.ts';

/** A message as it is judged. `dkim`: what became of its signatures. */
export type Message = {
  readonly envelope: Envelope;
  readonly head: Head;
  readonly dkim: readonly DkimResult[];
};

/** One message under examination: asked once for each application it is for; DNS is asked once. */
export type Examination = {
  /** Who wrote it, where that can be read. */
  readonly author: Author | undefined;
  /**
   * Whether it is from the application. Never throws for what the message holds or DNS says.
   * @param applicationId of the profile that the message is for
   */
  judge(applicationId: string): Promise<Verdict>;
  /**
   * Whether a refusal reaches whoever sent the message, and nobody else. A mail server in front of us has answered 250
   * already: it would send the refusal to MAIL FROM, which anybody can write there (backscatter, RFC 3834 §2).
   */
  mayBeRefused(): Promise<boolean>;
  /**
   * What was found, in the words of Authentication-Results after the name of who found it (RFC 8601 §2.2), such as
   * `dkim=pass header.d=masto.test header.s=2026; spf=pass smtp.mailfrom=masto.test`: no local part, nobody's name.
   * Only what was looked at: SPF is not, where a signature has decided. To be asked after `judge`.
   */
  authentication(): string;
};

export type Policy = ReturnType<typeof makePolicy>;

type Needs = {
  applications: Pick<Applications, 'find'>;
  dns: Pick<Dns, 'resolve' | 'txt'>;
  config: Pick<Config, 'ALUCO_RELAY_PEERS'>;
};

/**
 * Who may write to an application's profiles: the application, and nobody else. It is known by the credential it signs
 * in with, by the network its machines stand in, or by what its domain proves of the message (DKIM, SPF).
 */
export function makePolicy({ applications, dns, config }: Needs) {
  return {
    examine({ envelope, head, dkim }: Message): Examination {
      const { client } = envelope;
      const author = readFrom(head);
      const isFront = isInside(client.address, config.ALUCO_RELAY_PEERS);
      const proofs = author && makeDomainProofs({ dns, envelope, signatures: dkim, domain: author.domain, isFront });
      const stranger = (reason: Reason): Verdict => ({ kind: 'stranger', reason, domain: author?.domain });

      async function judge(applicationId: string): Promise<Verdict> {
        if (author === undefined || proofs === undefined) return stranger('from_unreadable');
        const { domain } = author;
        const application = await applications.find(applicationId);
        if (application === undefined) return stranger('unregistered_domain');
        const { senderDomains, senderNetworks } = application;
        const isRegistered = isRegisteredSender(domain, senderDomains);
        if (envelope.applicationId !== undefined) {
          if (envelope.applicationId !== applicationId) return stranger('other_application');
          const isTaken = isRegistered || senderDomains.length === 0;
          return isTaken ? { kind: 'trusted', by: 'submission', domain } : stranger('unregistered_domain');
        }
        // A server in front that keeps its client to itself would bring everybody's mail from its own address.
        const isKnown = !isFront || client.isForwarded === true;
        if (isKnown && isSenderAddress(client.address, senderNetworks))
          return { kind: 'trusted', by: 'network', domain };
        if (!isRegistered) return stranger('unregistered_domain');
        const proof = await proofs.ask();
        if (proof.kind === 'proven') return { kind: 'trusted', by: proof.by, domain };
        return proof.kind === 'later' ? proof : stranger(proof.reason);
      }

      async function mayBeRefused(): Promise<boolean> {
        if ((!isFront && client.isForwarded !== true) || envelope.from === '') return true;
        const sender = domainOf(envelope.from.slice(envelope.from.lastIndexOf('@') + 1)) ?? '';
        const isSigned = dkim.some(({ result, domain }) => result === 'pass' && isAligned(domain, sender));
        return isSigned || (!isFront && (await checkSpf(envelope, dns)) === 'pass');
      }

      return {
        author,
        judge,
        mayBeRefused,
        authentication: () =>
          resultWords({ isSubmitted: envelope.applicationId !== undefined, signatures: dkim, spf: proofs?.spf() }),
      };
    },
  };
}
