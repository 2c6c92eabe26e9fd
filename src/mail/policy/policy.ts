import type { Applications } from '../../applications/applications.ts';
import type { Config } from '../../config.ts';
import type { Envelope } from '../arrival.ts';
import type { Dns } from '../dns.ts';
import type { Head } from '../head.ts';
import { readFrom, type Author } from './from.ts';
import type { Verdict } from './verdict.ts';

export { readFrom, type Author } from './from.ts';
export { makeRefusals, type Refusal, type Refusals } from './refusals.ts';
export { REASONS, type Proof, type Reason, type Verdict } from './verdict.ts';

/** What checking one signature of a message came to (RFC 6376). */
export type Signature = {
  /** `d=` */
  readonly domain: string;
  readonly selector: string;
  readonly result: 'pass' | 'fail' | 'neutral' | 'temperror' | 'permerror';
  /** Whether it has `l=`, and so leaves the end of the body open. */
  readonly isLengthLimited: boolean;
};

/** A message as it is judged. */
export type Message = {
  readonly envelope: Envelope;
  readonly head: Head;
  readonly dkim: readonly Signature[];
};

/** One message under examination: asked once for each application it is for, whatever DNS is asked for stays. */
export type Examination = {
  readonly author: Author | undefined;
  /** @param applicationId of the profile that the message is for */
  judge(applicationId: string): Promise<Verdict>;
  /**
   * What was found, in the words of Authentication-Results after the name of who found it (RFC 8601 §2.2), such as
   * `dkim=pass header.d=masto.test header.s=2026; spf=pass smtp.mailfrom=masto.test`: no local part, nobody's name.
   * Only what was looked at: SPF is not, where a signature has decided.
   */
  authentication(): string;
};

export type Policy = ReturnType<typeof makePolicy>;

type Needs = {
  applications: Pick<Applications, 'find'>;
  dns: Dns;
  config: Pick<Config, 'ALUCO_RELAY_PEERS'>;
};

/** Who may write to an application's profiles: the application, and nobody else. */
export function makePolicy(_needs: Needs) {
  return {
    examine({ head }: Message): Examination {
      const author = readFrom(head);
      return {
        author,
        judge: () => Promise.resolve({ kind: 'stranger', reason: 'unregistered_domain', domain: author?.domain }),
        authentication: () => 'none',
      };
    },
  };
}
