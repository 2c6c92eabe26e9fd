import { createHash } from 'node:crypto';
import { readHead, type Field } from '../head.ts';
import type { Mailbox } from '../addresses.ts';
import type { Delivery } from '../spool/delivery.ts';
import type { Message, MessageMeta } from '../spool/message.ts';
import type { Correspondents } from './correspondents.ts';
import { chain, date, dateOf, kept, makeField, messageId } from './fields.ts';
import { recipients, senders, sendersForAdministrators } from './people.ts';

export { makeChoices, type Choice } from './choices.ts';
export { makeCorrespondents, type Correspondents } from './correspondents.ts';
export { answerTo, writerOf } from './people.ts';

/** What the new header of a forwarded message is written from. */
export type Forwarding = {
  readonly message: Pick<Message, 'head' | 'meta'>;
  /** Without a profile it is the administrators'. What is random in the header is made of `returnLocal`: a retry writes the same. */
  readonly delivery: Pick<Delivery, 'profileId' | 'returnLocal'>;
  /** The address it was sent to: the alias, or postmaster@ or abuse@. */
  readonly alias: string;
};

/** What signs a header: the fields to put on top of it, DKIM signatures and the ARC set, in their order. */
export type Sign = (
  fields: readonly Field[],
  about: Pick<MessageMeta, 'bodyHash' | 'authentication' | 'arc'>,
) => Promise<Field[]>;

type Needs = {
  correspondents: Pick<Correspondents, 'of'>;
  aliasDomain: string;
  /** What we call ourselves in Received and Authentication-Results. */
  relayName: string;
  sign: Sign;
};

export type Forward = ReturnType<typeof makeForward>;

/** Printable ASCII alone, or a resinfo of nothing (RFC 8601 §2.2). */
function resultWords(authentication: string): string {
  const words = authentication
    .replaceAll(/[^\u0021-\u007e]+/gu, ' ')
    .split(';')
    .map((word) => word.trim().slice(0, 500))
    .filter((word) => word !== '');
  return words.length === 0 ? 'none' : words.slice(0, 20).join(';\r\n ');
}

/** A name that was said in a greeting, where it is a host's; a network address is nobody's business. */
const isHostName = (name: string): boolean => /^(?=.{1,253}$)([a-z0-9_-]+\.)+[a-z][a-z0-9-]*$/iu.test(name);

/**
 * Writes the header that a message is forwarded with (P6). Nothing of the application's passes that could have an answer,
 * a receipt or a bounce leave from the mailbox: an allow-list of fields, the people in them behind addresses of ours,
 * everything random. Nothing of the mailbox is known here. The body is never looked at.
 */
export function makeForward({ correspondents, aliasDomain, relayName, sign }: Needs) {
  function trace({ client, receivedAt, authentication }: MessageMeta, alias: string): Field[] {
    const from = isHostName(client.name) ? `from ${client.name}\r\n by ${relayName}` : `by ${relayName}`;
    const protocol = client.isEncrypted ? 'ESMTPS' : 'ESMTP';
    return [
      makeField('Authentication-Results', `${relayName};\r\n ${resultWords(authentication)}`),
      makeField('Received', `${from} with ${protocol}\r\n for <${alias}>;\r\n ${dateOf(receivedAt)}`),
    ];
  }

  return {
    /**
     * The whole new header, with the empty line that ends it, in octets. The same for the same message, but for what
     * signs it.
     */
    async head({ message, delivery, alias }: Forwarding): Promise<Buffer> {
      const { mailFrom, receivedAt } = message.meta;
      const { profileId, returnLocal } = delivery;
      const head = readHead(message.head);
      const standIn =
        profileId === undefined
          ? undefined
          : async (mailbox: Mailbox) => `${(await correspondents.of(profileId, mailbox)).local}@${aliasDomain}`;
      const from =
        standIn === undefined
          ? sendersForAdministrators(head, mailFrom, aliasDomain)
          : await senders(head, mailFrom, aliasDomain, standIn);
      const own = createHash('sha256').update(`message-id:${returnLocal}`).digest('hex').slice(0, 32);
      const fields = [
        ...trace(message.meta, alias),
        ...chain(head),
        ...from,
        ...(await recipients(head, { own: alias, aliasDomain, standIn })),
        date(head, receivedAt),
        messageId(head, `${own}@${aliasDomain}`),
        ...kept(head),
        makeField('X-Auto-Response-Suppress', 'All'),
      ];
      const signed = [...(await sign(fields, message.meta)), ...fields];
      // What passes came in octets, and what is written here is ASCII.
      return Buffer.from(`${signed.map(({ raw }) => raw).join('')}\r\n`, 'latin1');
    },
  };
}
