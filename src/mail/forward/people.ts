import { addressDomain, addressesOf, canonicalAddress, isAddress, wordsOf, type Mailbox } from '../addresses.ts';
import type { Field, Head } from '../head.ts';
import { readFrom } from '../policy/from.ts';
import { makeField } from './fields.ts';
import { asText, phrase, plainName, shownName } from './names.ts';

/** So many of those an answer would go to are kept, and so many of the others a message was sent to. */
const ANSWERS_MAX = 5;
const OTHERS_MAX = 10;
/** So many further ones are named. */
const NAMED_MAX = 20;

/** Whoever cannot be told. */
const UNKNOWN: Mailbox = { address: 'unknown@invalid', name: '' };

const isAt = (domain: string, { address }: Mailbox): boolean => addressDomain(address) === domain;

function unique(mailboxes: readonly Mailbox[]): Mailbox[] {
  return [...new Map(mailboxes.toReversed().map((one) => [canonicalAddress(one.address), one])).values()].toReversed();
}

/**
 * Who wrote a message: its author, else whoever handed it over (MAIL FROM). Never an address at the alias domain, which
 * is ours or another person's (and of which two must not be brought together).
 */
export function writerOf(head: Head, mailFrom: string, aliasDomain: string): Mailbox {
  const author = readFrom(head);
  const written = author === undefined ? addressesOf(head, 'from') : [{ ...author, name: wordsOf(author.name) }];
  const envelope = isAddress(mailFrom) ? [{ address: mailFrom, name: written[0]?.name ?? '' }] : [];
  return [...written.slice(0, 1), ...envelope].find((one) => !isAt(aliasDomain, one)) ?? UNKNOWN;
}

/** Whom an answer would go to, at most five: Reply-To, else the writer. Never an address at the alias domain. */
export function answerTo(head: Head, mailFrom: string, aliasDomain: string): Mailbox[] {
  const asked = unique(addressesOf(head, 'reply-to').filter((one) => !isAt(aliasDomain, one))).slice(0, ANSWERS_MAX);
  return asked.length > 0 ? asked : [writerOf(head, mailFrom, aliasDomain)];
}

/** Who is to be seen in a message that is for one address of ours, `own`. */
export type Sight = {
  readonly own: string;
  readonly aliasDomain: string;
  /** The address that stands for somebody; undefined where nobody is to be answered through us. */
  readonly standIn: ((mailbox: Mailbox) => Promise<string>) | undefined;
};

const entry = (shown: string, address: string): string =>
  shown === '' ? `<${address}>` : `${phrase(shown)}\r\n <${address}>`;

/**
 * To and Cc. The own address stays, and is added where it is in neither, so that its owner sees what was written to.
 * Others get the address that stands for them: an answer to all goes through us, and not from the mailbox to them.
 * Addresses at the alias domain, and those for whom there is no room, are text alone: nobody writes to them by mistake,
 * and nothing is kept that brings two aliases together.
 */
export async function recipients(head: Head, { own, aliasDomain, standIn }: Sight): Promise<Field[]> {
  const isOwn = (one: Mailbox): boolean => canonicalAddress(one.address) === canonicalAddress(own);
  let room = standIn === undefined ? 0 : OTHERS_MAX;
  let isSeen = false;
  const lists = { to: [] as string[], cc: [] as string[] };
  const asides = { to: [] as Mailbox[], cc: [] as Mailbox[] };
  for (const key of ['to', 'cc'] as const) {
    for (const one of unique(addressesOf(head, key))) {
      if (isOwn(one)) {
        if (!isSeen) lists[key].push(entry(plainName(one.name), own));
        isSeen = true;
      } else if (standIn === undefined || isAt(aliasDomain, one) || room === 0) asides[key].push(one);
      else {
        room -= 1;
        lists[key].push(entry(shownName(one), await standIn(one)));
      }
    }
  }
  if (!isSeen) lists.to.push(entry('', own));
  for (const key of ['to', 'cc'] as const) {
    if (asides[key].length > 0) lists[key].push(asText(asides[key].slice(0, NAMED_MAX)));
  }
  return [
    ...(lists.to.length > 0 ? [makeField('To', lists.to.join(',\r\n '))] : []),
    ...(lists.cc.length > 0 ? [makeField('Cc', lists.cc.join(',\r\n '))] : []),
  ];
}

/** From and Reply-To: the addresses that stand for whom it is from, and for those who are to be answered instead. */
export async function senders(
  head: Head,
  mailFrom: string,
  aliasDomain: string,
  standIn: (mailbox: Mailbox) => Promise<string>,
): Promise<Field[]> {
  const writer = writerOf(head, mailFrom, aliasDomain);
  const from = makeField('From', entry(shownName(writer), await standIn(writer)));
  const answers = answerTo(head, mailFrom, aliasDomain);
  const isWriter = (one: Mailbox): boolean => canonicalAddress(one.address) === canonicalAddress(writer.address);
  if (answers.every(isWriter)) return [from];
  const entries: string[] = [];
  for (const one of answers) entries.push(entry(shownName(one), await standIn(one)));
  return [from, makeField('Reply-To', entries.join(',\r\n '))];
}

/** The same for the administrators, who write to people themselves: from postmaster@, answers to whom it is from. */
export function sendersForAdministrators(head: Head, mailFrom: string, aliasDomain: string): Field[] {
  const writer = writerOf(head, mailFrom, aliasDomain);
  const answers = answerTo(head, mailFrom, aliasDomain)
    .map((one) => ({
      ...one,
      address: `${one.address.slice(0, one.address.lastIndexOf('@'))}@${addressDomain(one.address)}`,
    }))
    // One beyond ASCII would need servers that all take it (RFC 6531).
    .filter(({ address }) => address !== UNKNOWN.address && /^[\u0021-\u007e]+$/u.test(address));
  return [
    makeField('From', entry(shownName(writer), `postmaster@${aliasDomain}`)),
    ...(answers.length > 0
      ? [makeField('Reply-To', answers.map((one) => entry(plainName(one.name), one.address)).join(',\r\n '))]
      : []),
  ];
}
