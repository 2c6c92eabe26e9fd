import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { fc } from '../properties.ts';
import { leaksIn, sharedTokens, type Secrets } from './outgoing.ts';

const ALIX = 'alix.martin@home.example';
const secrets: Secrets = {
  mailboxes: [ALIX],
  names: ['Alix Martin', 'alixm'],
  ids: ['Zk3vQ9sLw0aTtqXo'],
  networks: ['203.0.113.77', '2001:db8::77'],
  aliases: ['k7f3aaaabbbbcccc@relay.example', 'q9x2ddddeeeeffff@relay.example'],
};

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const wrapped = (text: string): string => text.replaceAll(/(.{20})/gu, '$1\r\n');
const hex = (one: string): string => one.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
const percent = (text: string): string => [...text].map((one) => `%${hex(one)}`).join('');
const quoted = (text: string): string => [...text].map((one) => `=${hex(one)}`).join('');

test.each([
  ['as it is', ALIX],
  ['in capitals', ALIX.toUpperCase()],
  ['in base64', base64(`to ${ALIX}, see`)],
  ['in base64 over several lines', wrapped(base64(`a longer text that goes to ${ALIX} at last`))],
  ['in base64 within base64', base64(wrapped(base64(`it goes to ${ALIX} at last`)))],
  ['in base64url within a link', `https://masto.example/u?x=${Buffer.from(`u:${ALIX}`).toString('base64url')}`],
  ['in hexadecimal digits', Buffer.from(ALIX).toString('hex')],
  ['in quoted-printable', quoted(ALIX)],
  ['with a soft line break in it', 'alix.mar=\r\ntin@home.ex=\r\nample'],
  ['folded in a header', 'X-To: alix.martin\r\n @home.example'],
  ['in an encoded word', `=?UTF-8?B?${base64(ALIX)}?=`],
  ['in two encoded words', '=?UTF-8?Q?alix=2Emart?=\r\n =?UTF-8?Q?in=40home=2Eexample?='],
  ['in percent signs', `mailto:${percent(ALIX)}`],
  ['in percent signs within percent signs', percent(percent(ALIX))],
  ['in entities', 'alix.martin&#64;home&period;example'],
  ['in hexadecimal entities', 'alix&#x2e;martin&#x40;home&#x2E;example'],
  ['with a tag in it', 'alix.<wbr>martin@<span>home</span>.example'],
  ['with a soft hyphen in it', 'alix.mar\u00ADtin@home.example'],
  ['in full-width letters', 'ａｌｉｘ.martin@home.example'],
  ['in UTF-16', Buffer.from(ALIX, 'utf16le')],
  ['in UTF-16 within base64', Buffer.from(ALIX, 'utf16le').toString('base64')],
  ["in JavaScript's escapes", String.raw`alix.martin\u0040home.example`],
  ['quoted over a line end', '> alix.martin@\r\n> home.example'],
])('G0 finds the mailbox %s', (_, captured) => {
  expect(leaksIn(captured, secrets)).toContain('the mailbox');
});

test.each(['md5', 'sha1', 'sha256', 'sha512'])('G0 finds the mailbox as a hash: %s', (algorithm) => {
  for (const form of ['hex', 'base64', 'base64url'] as const) {
    const picture = `https://pictures.example/${createHash(algorithm).update(ALIX).digest(form)}.png`;
    expect(leaksIn(picture, secrets)).toContain('a hash of the mailbox');
  }
});

test.each([
  ['the local part of the mailbox', 'Hello alix.martin, welcome'],
  ['the domain of the mailbox', 'Message-ID: <20261127@mx.home.example>'],
  ['the name Alix Martin', 'From: =?iso-8859-1?Q?Alix_Martin?= <x@relay.example>'],
  ['the name alixm', '/users/alixm/settings'],
  ['the identifier Zk3vQ9sLw0aTtqXo', 'X-Id: Zk3vQ9sLw0aTtqXo'],
  ['the network address 203.0.113.77', 'Received: from [203.0.113.77]'],
  ['the network address 203.0.113.77', 'X-Client: cb00714d'],
  ['the network address 2001:db8::77', 'from [IPv6:2001:db8::77]'],
  ['the alias q9x2ddddeeeeffff@relay.example', 'X-Other: Q9X2DDDDEEEEFFFF'],
])('G0 finds %s', (what, captured) => {
  expect(leaksIn(captured, secrets, 'k7f3aaaabbbbcccc@relay.example')).toEqual([what]);
});

test('G0 finds the domain of a mailbox beyond ASCII in both its forms', () => {
  const there: Secrets = { mailboxes: ['alix@hôte.example'] };
  expect(leaksIn('EHLO xn--hte-kna.example', there)).toContain('the domain of the mailbox');
  expect(leaksIn(Buffer.from('EHLO hôte.example'), there)).toContain('the domain of the mailbox');
});

test('G0 lets the addressed alias pass, and words that only hold a secret one', () => {
  const captured = 'To: k7f3aaaabbbbcccc@relay.example\r\n\r\nThe alixmade thing at homes.example; 1203.0.113.778\r\n';
  expect(leaksIn(captured, secrets, 'k7f3aaaabbbbcccc@relay.example')).toEqual([]);
  expect(leaksIn(captured, secrets)).toEqual(['the alias k7f3aaaabbbbcccc@relay.example']);
});

test('G0 finds the mailbox under any two encodings, wherever it stands', () => {
  const encodings: ((text: string) => string)[] = [
    (text) => text,
    (text) => wrapped(base64(text)),
    (text) => Buffer.from(text).toString('base64url'),
    quoted,
    percent,
    (text) => Buffer.from(text).toString('hex'),
    (text) => [...text].map((one) => `&#${one.charCodeAt(0)};`).join(''),
  ];
  const words = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '.', '\n', '/'), maxLength: 40 });
  fc.assert(
    fc.property(
      fc.constantFrom(...encodings),
      fc.constantFrom(...encodings),
      words,
      words,
      (inner, outer, before, after) => {
        expect(leaksIn(outer(`${before} ${inner(` ${ALIX} `)} ${after}`), secrets)).toContain('the mailbox');
      },
    ),
    { numRuns: 300 },
  );
});

const letter = (id: string, alias: string, more = ''): string =>
  `Received: by mx.relay.example with ESMTPS\r\n\tfor <${alias}>\r\nMessage-ID: <${id}@relay.example>\r\n${more}\r\nSomething new for you\r\n`;

test('G1 finds nothing between two artefacts that share the words of the product alone', () => {
  const neutral = letter('aaaaaaaaaaaaaaaaaaaa', 'zzzzyyyyxxxxwwww@relay.example');
  const one = letter('bbbbbbbbbbbbbbbbbbbb', 'k7f3aaaabbbbcccc@relay.example');
  const other = letter('cccccccccccccccccccc', 'q9x2ddddeeeeffff@relay.example');
  expect(sharedTokens([one], [other], [neutral])).toEqual([]);
});

test('G1 finds what two artefacts share besides, decoded as well', () => {
  const neutral = letter('aaaaaaaaaaaaaaaaaaaa', 'zzzzyyyyxxxxwwww@relay.example');
  const one = letter('bbbbbbbbbbbbbbbbbbbb', 'k7f3aaaabbbbcccc@relay.example', 'X-Node: node-4711-west\r\n');
  const other = letter(
    'cccccccccccccccccccc',
    'q9x2ddddeeeeffff@relay.example',
    `X-Id: ${base64('on node-4711-west')}\r\n`,
  );
  expect(sharedTokens([one], [other], [neutral])).toEqual(['node-4711-west']);
  expect(sharedTokens([one], [one], [neutral])).toContain('bbbbbbbbbbbbbbbbbbbb');
});
