import { valueOf, type Field, type Head } from '../head.ts';

/** Longest line, in octets without its end (RFC 5322 §2.1.1), and where a longer one is broken at the latest. */
const LINE_MAX = 998;
/** A longer field is left out, in octets: no receiver reads it (P8). */
const FIELD_MAX = 16 * 1024;
/** A longer Date is not read, in octets. */
const DATE_MAX = 200;
/** So many addresses to unsubscribe are kept, and none that is longer, so that each stands on one line. */
const LINKS_MAX = 2;
const LINK_MAX = 900;

/** Fields that pass as they came, once each. Whatever is not named in this file is left out. */
const KEPT: ReadonlySet<string> = new Set([
  'subject',
  'in-reply-to',
  'references',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'content-disposition',
  'content-description',
  'content-id',
  'content-location',
  'content-language',
  'content-md5',
  'list-id',
  'auto-submitted',
  'precedence',
  'importance',
]);

/** The chain that came with it passes whole, or the seal that is put on it would seal nothing (RFC 8617 §5.1). */
const CHAIN: ReadonlySet<string> = new Set(['arc-authentication-results', 'arc-message-signature', 'arc-seal']);

/** A field of ours; the value may hold folds, each a CRLF and white space. */
export function makeField(name: string, value: string): Field {
  return { name, key: name.toLowerCase(), raw: `${name}: ${value}\r\n` };
}

/** A line in pieces that are short enough, broken before white space, and where there is none, anywhere. */
function shortLines(line: string): string[] {
  const pieces: string[] = [];
  let rest = line;
  while (rest.length > LINE_MAX) {
    const space = Math.max(rest.lastIndexOf(' ', LINE_MAX), rest.lastIndexOf('\t', LINE_MAX));
    const at = space > 1 ? space : LINE_MAX - 1;
    pieces.push(rest.slice(0, at));
    rest = space > 1 ? rest.slice(at) : ` ${rest.slice(at)}`;
  }
  return [...pieces, rest].filter((piece, index) => index === 0 || piece.trim() !== '');
}

/** A field as it came, octet by octet, but for what no receiver should have to understand. */
function tidied({ name, key, raw }: Field): Field {
  const lines = raw
    .slice(raw.indexOf(':') + 1)
    .replace(/\r\n$/u, '')
    .split(/\r\n(?=[ \t])/u)
    // The guard lets none of them in; a header is not to depend on it.
    .map((line) => line.replaceAll(/[\0\r\n]/gu, ' '));
  const [first = '', ...more] = lines;
  // A line of white space alone ends the header for some.
  const kept = [`${name}:${first}`, ...more.filter((line) => line.trim() !== '')].flatMap(shortLines);
  return { name, key, raw: `${kept.join('\r\n')}\r\n` };
}

/** The first field of a name (small letters) that is not longer than may be, as it came; undefined where there is none. */
function first(head: Head, key: string): Field | undefined {
  return head.fields.find((field) => field.key === key && field.raw.length <= FIELD_MAX);
}

/** What a message is known by; where it has none that any program would read, one made of `own`. */
export function messageId(head: Head, own: string): Field {
  const field = first(head, 'message-id');
  const isGood = field !== undefined && /^<[\u0021-\u003b\u003d\u003f-\u007e]{1,900}>$/u.test(valueOf(field));
  return isGood ? tidied(field) : makeField('Message-ID', `<${own}>`);
}

/** A time in milliseconds as headers say it (RFC 5322 §3.3), in UTC. */
export function dateOf(time: number): string {
  return new Date(time).toUTCString().replace(/GMT$/u, '+0000');
}

/** A date without the name of its zone behind it. */
const withoutZone = (date: string): string => date.replace(/\s*\([^()]*\)$/u, '');

/** When it was written, as it came; where that cannot be read, when it was received. */
export function date(head: Head, receivedAt: number): Field {
  const field = first(head, 'date');
  // A longer one is none; looked at, it could cost much (P8).
  const value = field === undefined || field.raw.length > DATE_MAX ? '' : withoutZone(valueOf(field));
  const isGood = /^[\u0020-\u007e]{1,60}$/u.test(value) && !Number.isNaN(Date.parse(value));
  return field !== undefined && isGood ? tidied(field) : makeField('Date', dateOf(receivedAt));
}

/**
 * Where to unsubscribe. An answer by mail would come from the mailbox, so those go. A web address stays as the
 * application wrote it, with the word that one POST is enough (RFC 8058): like every link in the message it tells nobody
 * anything before the person follows it, while a page of ours in between would have to fetch it for them.
 */
function unsubscribing(head: Head): Field[] {
  const field = first(head, 'list-unsubscribe');
  if (field === undefined) return [];
  const links = Array.from(valueOf(field).matchAll(/<([^<>]*)>/gu), ([, link = '']) => link.replaceAll(/\s/gu, ''))
    .filter((link) => link.length <= LINK_MAX && /^https:\/\/[\u0021-\u007e]+$/iu.test(link) && URL.canParse(link))
    .slice(0, LINKS_MAX);
  if (links.length === 0) return [];
  const post = first(head, 'list-unsubscribe-post');
  const isOneClick = post !== undefined && /^List-Unsubscribe=One-Click$/iu.test(valueOf(post));
  return [
    makeField('List-Unsubscribe', links.map((link) => `<${link}>`).join(',\r\n ')),
    ...(isOneClick ? [makeField('List-Unsubscribe-Post', 'List-Unsubscribe=One-Click')] : []),
  ];
}

/** All that passes of a header beside who wrote to whom, when, and as what: an allow-list, for what is new leaks. */
export function kept(head: Head): Field[] {
  const passing = [...KEPT].map((key) => first(head, key)).filter((field) => field !== undefined);
  return [...passing.map(tidied), ...unsubscribing(head)];
}

/** The ARC chain that came with it. */
export function chain(head: Head): Field[] {
  return head.fields.filter(({ key, raw }) => CHAIN.has(key) && raw.length <= FIELD_MAX).map(tidied);
}
