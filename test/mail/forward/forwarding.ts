import { simpleParser, type ParsedMail } from 'mailparser';
import { makeCorrespondents, makeForward, type Correspondents, type Sign } from '../../../src/mail/forward/forward.ts';
import { readHead, valueOf } from '../../../src/mail/head.ts';
import type { MessageMeta } from '../../../src/mail/spool/message.ts';
import { randomId } from '../../../src/storage/seal.ts';
import type { Ground } from '../../engines.ts';

export const ALIAS_DOMAIN = 'relay.example';
export const RELAY_NAME = 'mx.relay.example';
export const ALIAS = `k7f3aaaabbbbcccc@${ALIAS_DOMAIN}`;
/** Of another profile, of the same person or of another one. */
export const OTHER_ALIAS = `q9x2ddddeeeeffff@${ALIAS_DOMAIN}`;

/** What was known of a message when it was taken. */
export const META: MessageMeta = {
  mailFrom: 'bounces+77@masto.example',
  receivedAt: Date.UTC(2026, 10, 27, 9, 30, 12),
  size: 12,
  bodyHash: 'uoq1oCgLlTqpdDX/iUbLy7J1Wic=',
  client: { name: 'mail.masto.example', isEncrypted: true },
  authentication: 'dkim=pass header.d=masto.example header.s=2026; spf=pass smtp.mailfrom=masto.example',
  arc: { instance: 0, cv: 'none' },
};

/** A message that was forwarded, in the words of an independent reader and as it stands. */
export type Forwarded = {
  readonly octets: Buffer;
  readonly text: string;
  /** Names of fields in small letters, in their order. */
  readonly names: readonly string[];
  /** The values of all fields of one name, unfolded. */
  values(name: string): string[];
  readonly parsed: ParsedMail;
};

export type Options = {
  readonly meta?: Partial<MessageMeta>;
  /** undefined: the administrators. */
  readonly profileId?: string | undefined;
  readonly alias?: string;
  readonly returnLocal?: string;
};

/** Lines of a header as a message has them. */
export const lines = (...fields: readonly string[]): Buffer => Buffer.from(`${fields.join('\r\n')}\r\n\r\n`);

/** The room of a profile that mail is forwarded to. */
export function openForwarding(ground: Ground, sign: Sign = () => Promise.resolve([])) {
  const correspondents: Correspondents = makeCorrespondents({ ...ground, now: () => META.receivedAt });
  const forward = makeForward({ correspondents, aliasDomain: ALIAS_DOMAIN, relayName: RELAY_NAME, sign });
  const profileId = randomId();
  return {
    correspondents,
    profileId,

    /** The header that a message with this header is forwarded with. */
    async forward(head: Buffer, options: Options = {}): Promise<Forwarded> {
      const octets = await forward.head({
        message: { head, meta: { ...META, ...options.meta } },
        delivery: {
          ...('profileId' in options && options.profileId === undefined
            ? {}
            : { profileId: options.profileId ?? profileId }),
          returnLocal: options.returnLocal ?? 'vvvvvvvvvvvvvvvvvvvv',
        },
        alias: options.alias ?? ALIAS,
      });
      const { fields } = readHead(octets);
      return {
        octets,
        text: octets.toString('latin1'),
        names: fields.map(({ key }) => key),
        values: (name) => fields.filter(({ key }) => key === name).map(valueOf),
        parsed: await simpleParser(octets),
      };
    },
  };
}
