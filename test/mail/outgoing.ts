import { createHash } from 'node:crypto';
import { domainToASCII, domainToUnicode } from 'node:url';
import { decodeWords } from 'postal-mime';

/** Who is not to be found in what leaves. */
export type Secrets = {
  /** All real addresses of the person, or of several. */
  readonly mailboxes: readonly string[];
  /** The person's name, the login name: words that stand alone somewhere. */
  readonly names?: readonly string[];
  /** Identifiers of the account, its sessions, its other profiles: whatever is looked for as it is. */
  readonly ids?: readonly string[];
  /** Network addresses of the person. */
  readonly networks?: readonly string[];
  /** Every alias there is, each whole. */
  readonly aliases?: readonly string[];
};

/** Rounds of decoding: base64 within quoted-printable within an encoded word within … */
const ROUNDS = 4;
/** A captured thing has no more readings than this; with more, the function throws rather than pass something over. */
const READINGS_MAX = 4000;

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  commat: '@',
  period: '.',
  lowbar: '_',
  hyphen: '-',
  dash: '-',
  plus: '+',
  colon: ':',
  num: '#',
  shy: '',
  zwnj: '',
  zwj: '',
};

const fromCode = (code: number): string => (code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : '');

/** Each takes a text as latin1 octets or as characters, and gives what it may also be read as. */
const DECODERS: readonly ((text: string) => string[])[] = [
  // UTF-8, UTF-16 of both orders: what stands between the characters goes.
  (text) => (/[\u0080-\u00ff]/u.test(text) ? [Buffer.from(text, 'latin1').toString('utf8')] : []),
  (text) => (text.includes('\0') ? [text.replaceAll('\0', '')] : []),
  // Lines of a header that were folded, lines of a format=flowed text, quotation marks of answers at their start.
  (text) => (/[\r\n]/u.test(text) ? [text.replaceAll(/\r?\n[> \t]*/gu, ''), text.replaceAll(/ ?\r?\n/gu, '')] : []),
  (text) =>
    /=[\dA-Fa-f]{2}|=\r?\n/u.test(text)
      ? [
          text
            .replaceAll(/=[ \t]*\r?\n/gu, '')
            .replaceAll(/=([\dA-Fa-f]{2})/gu, (_, hex: string) => fromCode(Number.parseInt(hex, 16))),
        ]
      : [],
  (text) => (text.includes('=?') ? [decodeWords(text.replaceAll(/\r?\n(?=[ \t])/gu, ''))] : []),
  (text) =>
    /%[\dA-Fa-f]{2}/u.test(text)
      ? [text.replaceAll(/%([\dA-Fa-f]{2})/gu, (_, hex: string) => fromCode(Number.parseInt(hex, 16)))]
      : [],
  (text) =>
    /&(?:#|[a-z])/iu.test(text)
      ? [
          text
            .replaceAll(/&#x([\dA-Fa-f]{1,6});?/giu, (_, hex: string) => fromCode(Number.parseInt(hex, 16)))
            .replaceAll(/&#(\d{1,7});?/gu, (_, number: string) => fromCode(Number(number)))
            .replaceAll(/&([a-z]+);/giu, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole),
        ]
      : [],
  // Tags in the middle of a word, comments.
  (text) => (/<[^>]*>/u.test(text) ? [text.replaceAll(/<!--[\s\S]*?-->|<[^<>@]*>/gu, '')] : []),
  // JavaScript's and JSON's escapes.
  (text) =>
    /\\[ux]/u.test(text)
      ? [
          text.replaceAll(/\\u([\dA-Fa-f]{4})|\\x([\dA-Fa-f]{2})/gu, (_, four?: string, two?: string) =>
            fromCode(Number.parseInt(four ?? two ?? '0', 16)),
          ),
        ]
      : [],
  (text) =>
    /xn--/iu.test(text) ? [text.replaceAll(/[\w.-]*xn--[\w.-]+/giu, (name) => domainToUnicode(name) || name)] : [],
  // Runs of base64, over the ends of lines too, and of hexadecimal digits.
  (text) =>
    Array.from(text.matchAll(/[A-Za-z\d+/_-]{8,}(?:\r?\n[ \t]*[A-Za-z\d+/_-]+)*={0,2}/gu), ([run]) =>
      Buffer.from(run.replaceAll(/\s/gu, ''), 'base64').toString('latin1'),
    ),
  (text) => Array.from(text.matchAll(/(?:[\dA-Fa-f]{2}){6,}/gu), ([run]) => Buffer.from(run, 'hex').toString('latin1')),
];

/** Most of it can be read: what is made of random characters is noise, and is not decoded any further. */
function isReadable(text: string): boolean {
  const noise = text.match(/[^\P{Cc}\t\n\r\0]|\uFFFD/gu)?.length ?? 0;
  return noise <= text.length / 10;
}

/** Everything that octets may be read as: as they are, and decoded in each way, and each of these again. */
export function readingsOf(captured: Buffer | string): string[] {
  const start = typeof captured === 'string' ? Buffer.from(captured).toString('latin1') : captured.toString('latin1');
  const all = new Set([start]);
  let latest = [start];
  for (let round = 0; round < ROUNDS && latest.length > 0; round += 1) {
    const found = latest.flatMap((text) => DECODERS.flatMap((decode) => decode(text)));
    latest = [...new Set(found)].filter((text) => text.length >= 4 && !all.has(text));
    for (const text of latest) all.add(text);
    if (all.size > READINGS_MAX) throw new Error(`more than ${READINGS_MAX} readings: look at smaller pieces`);
    latest = latest.filter(isReadable);
  }
  return [...all];
}

/** Small letters, compatibility forms put together, without what cannot be seen. */
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .replaceAll(/[\p{Cf}\u00ad]/gu, '')
    .toLowerCase();
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`);

/** A word that stands alone: no letter or digit beside it. */
const alone = (word: string): RegExp =>
  new RegExp(String.raw`(?<![\p{L}\p{N}])${escaped(plain(word))}(?![\p{L}\p{N}])`, 'u');
const anywhere = (text: string): RegExp => new RegExp(escaped(plain(text)), 'u');

/** What a text becomes where somebody hashes it, as services of pictures do. */
function hashesOf(text: string): string[] {
  return ['md5', 'sha1', 'sha256', 'sha512'].flatMap((algorithm) => {
    const digest = createHash(algorithm).update(text).digest();
    return [digest.toString('hex'), digest.toString('base64url'), digest.toString('base64')];
  });
}

/** A mailbox in all its parts: whole, its local part alone, with and without what stands behind a plus, its domain. */
function partsOf(mailbox: string): [string, RegExp][] {
  const at = mailbox.lastIndexOf('@');
  const [local, domain] = [mailbox.slice(0, at), mailbox.slice(at + 1)];
  const bare = local.replace(/\+.*$/u, '');
  const domains = [domain, domainToASCII(domain), domainToUnicode(domain)].filter((name) => name !== '');
  return [
    ['the mailbox', anywhere(mailbox)],
    [
      'a hash of the mailbox',
      new RegExp(
        hashesOf(mailbox.toLowerCase())
          .map((hash) => escaped(plain(hash)))
          .join('|'),
        'u',
      ),
    ],
    ...[...new Set([local, bare, bare.replaceAll('.', '')])].map((word): [string, RegExp] => [
      'the local part of the mailbox',
      alone(word),
    ]),
    ...[...new Set(domains)].map((name): [string, RegExp] => ['the domain of the mailbox', anywhere(name)]),
  ];
}

/** A network address as it may be written. */
function networkForms(address: string): RegExp[] {
  const octets = address.split('.').map(Number);
  if (octets.length !== 4 || octets.some((octet) => !Number.isInteger(octet))) return [alone(address)];
  const hex = octets.map((octet) => octet.toString(16).padStart(2, '0')).join('');
  return [alone(address), alone(hex), alone(octets.toReversed().join('.')), alone(String(Number.parseInt(hex, 16)))];
}

/**
 * G0: what a captured thing shows that it must not, in words; empty where it shows nothing. It is read as it is and
 * decoded from base64, quoted-printable, encoded words, percent signs, entities, escapes and A-labels, one in the other.
 * @param addressed the alias that the thing is about, or aliases: those may stand in it
 */
export function leaksIn(
  captured: Buffer | string,
  secrets: Secrets,
  addressed: string | readonly string[] = [],
): string[] {
  const about = new Set([addressed].flat().map(plain));
  const wanted: [string, RegExp][] = [
    ...secrets.mailboxes.flatMap(partsOf),
    ...(secrets.names ?? []).map((name): [string, RegExp] => [`the name ${name}`, alone(name)]),
    ...(secrets.ids ?? []).map((id): [string, RegExp] => [`the identifier ${id}`, anywhere(id)]),
    ...(secrets.networks ?? []).flatMap((address) =>
      networkForms(address).map((form): [string, RegExp] => [`the network address ${address}`, form]),
    ),
    ...(secrets.aliases ?? [])
      .filter((alias) => !about.has(plain(alias)))
      .map((alias): [string, RegExp] => [`the alias ${alias}`, alone(alias.slice(0, alias.lastIndexOf('@')))]),
  ];
  const readings = readingsOf(captured).map(plain);
  return [...new Set(wanted.filter(([, form]) => readings.some((text) => form.test(text))).map(([what]) => what))];
}

/** What is compared of two things: words of letters and digits, and what dashes and the like join. */
function tokensOf(things: readonly (Buffer | string)[]): Set<string> {
  const tokens = new Set<string>();
  for (const reading of things.flatMap((thing) => readingsOf(thing)).filter(isReadable)) {
    for (const form of [/[\p{L}\p{N}]{6,}/gu, /[\p{L}\p{N}_-]{6,}/gu]) {
      for (const [token] of plain(reading).matchAll(form)) tokens.add(token);
    }
  }
  return tokens;
}

/**
 * G1: the tokens of six characters or more that what one application got shares with what another got, but for those of
 * `neutral`: the same about somebody else, from which the fixed words of the product are read. Empty where the two
 * could be about two people. Give `neutral` the same hour, or what is shared may be a time.
 */
export function sharedTokens(
  one: readonly (Buffer | string)[],
  other: readonly (Buffer | string)[],
  neutral: readonly (Buffer | string)[],
): string[] {
  const fixed = tokensOf(neutral);
  const others = tokensOf(other);
  return [...tokensOf(one)].filter((token) => others.has(token) && !fixed.has(token)).toSorted();
}
