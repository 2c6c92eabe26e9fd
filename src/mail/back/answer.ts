import MailComposer from 'nodemailer/lib/mail-composer';
import { UserError } from '../../errors.ts';
import { addressDomain, isAddress } from '../addresses.ts';
import { makeBodyHashes, type BodyHashWanted } from '../dkim/body-hashes.ts';
import { randomLocal } from '../random-local.ts';
import type { Delivery, Spool } from '../spool/spool.ts';

/** An answer that somebody wrote to a message for one of their profiles. */
export type Answer = {
  /** The address of the profile. */
  readonly alias: string;
  /** The name of the profile; without one the address stands alone. */
  readonly name?: string;
  /** The correspondent's address; their name is written nowhere. */
  readonly to: string;
  /** One line; where it is empty, only that this is an answer. */
  readonly subject: string;
  readonly text: string;
  /** The Message-ID of what is answered, and its References, as their sender wrote them. */
  readonly inReplyTo?: string | undefined;
  readonly references?: string | undefined;
  /** When it is written, in milliseconds. */
  readonly at: number;
};

/** A message; its header ends with the empty line, its body with CRLF. */
export type Composed = { readonly head: Buffer; readonly body: Buffer; readonly messageId: string };

/** So many identifiers of a thread are named, and so long is each at most: the beginning of it says little. */
const THREAD_MAX = 20;
const ID = /^<[\u0021-\u003b\u003d\u003f-\u007e]{1,250}>$/u;

const idsIn = (text: string): string[] => text.split(/\s+/u).filter((id) => ID.test(id));

/**
 * Writes an answer as a message of ours: plain text, and no field that says where or with what it was written (RFC 5322
 * §3.6). The date is in UTC, the Message-ID random, the thread that of the message that is answered.
 */
export async function compose(answer: Answer): Promise<Composed> {
  const { alias, name = '', to, subject, at, inReplyTo = '', references = '' } = answer;
  if (!isAddress(to) || !isAddress(alias)) throw new UserError('mail_unanswerable');
  const text = `${answer.text.replaceAll(/\r\n?/gu, '\n').trimEnd()}\n`;
  const [answered] = idsIn(inReplyTo);
  const thread = answered === undefined ? [] : [...idsIn(references).filter((id) => id !== answered), answered];
  const messageId = `<${randomLocal()}@${addressDomain(alias)}>`;
  const built = await new MailComposer({
    from: { name: name.replaceAll(/\p{C}+/gu, ' '), address: alias },
    to: { name: '', address: to },
    subject: subject.replaceAll(/\p{C}+/gu, ' ').trim() || 'Re:',
    date: new Date(at),
    messageId,
    ...(answered === undefined ? {} : { inReplyTo: answered, references: thread.slice(-THREAD_MAX) }),
    text,
    newline: '\r\n',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
  const end = built.indexOf('\r\n\r\n') + 4;
  const body = built.subarray(end);
  const isEnded = body.subarray(-2).equals(Buffer.from('\r\n'));
  return { head: built.subarray(0, end), body: isEnded ? body : Buffer.concat([body, Buffer.from('\r\n')]), messageId };
}

type Needs = {
  aliasDomain: string;
  now: () => number;
  spool: Pick<Spool, 'begin' | 'commit'>;
};

/** What the signature that is made when it leaves needs (RFC 6376 §3.4.4). */
const RELAXED: BodyHashWanted = { kind: 'relaxed', limit: undefined };

function bodyHashOf(body: Buffer): string {
  const hashes = makeBodyHashes([RELAXED]);
  hashes.update(body);
  return hashes.finish()(RELAXED).sha256.toString('base64');
}

/**
 * Keeps the answer of a profile's owner to a message, to be sent like any other delivery. That it is theirs to answer,
 * and that they want to say what they say, is for the caller to see to; so is that it leaves when it says it was written.
 * @returns what is to be delivered
 * @throws {UserError} mail_unanswerable, where the message came from no address that can be written to
 */
export function makeAnswer({ aliasDomain, now, spool }: Needs) {
  return async (
    profile: { readonly id: string; readonly name: string; readonly aliasLocal: string },
    answered: Delivery,
    { subject, text }: Pick<Answer, 'subject' | 'text'>,
    leaves = now(),
  ): Promise<Delivery[]> => {
    const { correspondent, messageId: inReplyTo, references } = answered;
    if (correspondent === undefined) throw new UserError('mail_unanswerable');
    const { name, aliasLocal, id: profileId } = profile;
    const at = now();
    const alias = `${aliasLocal}@${aliasDomain}`;
    const composed = await compose({
      alias,
      name,
      to: correspondent.address,
      subject,
      text,
      inReplyTo,
      references,
      // Not when it was written: that would tell of two people that they wrote together.
      at: leaves,
    });
    const writer = spool.begin();
    await writer.write(composed.body);
    const meta = {
      mailFrom: '',
      receivedAt: at,
      bodyHash: bodyHashOf(composed.body),
      client: { name: '', isEncrypted: false },
      authentication: '',
      arc: { instance: 0, cv: 'none' as const },
    };
    const { messageId } = composed;
    const fromDomain = addressDomain(correspondent.address);
    return spool.commit({ head: composed.head, meta, body: await writer.finish() }, [
      { kind: 'reply', state: 'waiting', profileId, fromDomain, correspondent, messageId },
    ]);
  };
}

export type SendAnswer = ReturnType<typeof makeAnswer>;
