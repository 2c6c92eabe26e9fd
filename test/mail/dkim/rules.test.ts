import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fc } from '../../properties.ts';
import { makeDns, type Dns } from '../../../src/mail/dns.ts';
import { signOctets } from '../../../src/mail/dkim/crypto.ts';
import { readKeyRecord } from '../../../src/mail/dkim/key-record.ts';
import { makeSelection, signedOctets } from '../../../src/mail/dkim/signed-octets.ts';
import type { DkimResult } from '../../../src/mail/dkim/verdict.ts';
import { openDnsServer, type DnsServer } from '../dns-server.ts';
import { fieldsOf, mailauthFinds, otherKey, ours, signedByMailauth, zoneOf, type OtherKey } from './oracles.ts';

const RSA = otherKey('masto.test', '2026a', 'rsa-sha256');
const ED = otherKey('masto.test', '2026b', 'ed25519-sha256');
const WEAK = otherKey('masto.test', 'weak', 'rsa-sha256', 768);
const NOW = Date.UTC(2026, 10, 27, 12);
const MESSAGE = [
  'From: notify@masto.test',
  'To: k7f3@alias.test',
  'Subject: one',
  'Subject: two',
  '',
  'Bruno wrote to you',
  '',
].join('\r\n');

let server: DnsServer;
let dns: Dns;
beforeAll(async () => {
  server = await openDnsServer(zoneOf(RSA, ED, WEAK));
  dns = makeDns([server.address]);
});
afterAll(() => server.close());

type Changes = Readonly<Record<string, string | undefined>>;

/** A message with a signature whose tags are changed before it is made: it is right but for that. */
async function signed(changes: Changes, { key = RSA, message = MESSAGE }: { key?: OtherKey; message?: string } = {}) {
  const { bodyHash } = await ours(message, dns);
  const usual = {
    v: '1',
    a: key.algorithm,
    c: 'relaxed/relaxed',
    d: key.domain,
    s: key.selector,
    t: String(NOW / 1000),
    h: 'from:to:subject:subject',
    bh: bodyHash,
  };
  const list = Object.entries<string | undefined>({ ...usual, ...changes })
    .filter(([, value]) => value !== undefined)
    .map(([tag, value]) => `${tag}=${value}`);
  const name = 'DKIM-Signature';
  const field = { name, key: name.toLowerCase(), raw: `${name}: ${[...list, 'b='].join('; ')}\r\n` };
  const names = (changes['h'] ?? usual.h).split(':').map((one) => one.trim().toLowerCase());
  const octets = signedOctets('relaxed', makeSelection(fieldsOf(message))(names), field);
  const b = await signOctets(key.algorithm, octets, key.privateKey);
  return `${field.raw.slice(0, -2)}${b.toString('base64')}\r\n${message}`;
}

async function found(message: string, at = NOW): Promise<DkimResult | undefined> {
  const { signatures } = await ours(message, dns, { now: () => at });
  expect(signatures.length).toBe(1);
  return signatures[0];
}

test.each<[string, Changes, string | undefined]>([
  ['as it should be', {}, undefined],
  ['another version', { v: '2' }, 'syntax'],
  ['no version', { v: undefined }, 'syntax'],
  ['an algorithm of yesterday', { a: 'rsa-sha1' }, 'weak'],
  ['an algorithm nobody knows', { a: 'rsa-sha512' }, 'algorithm'],
  ['no algorithm', { a: undefined }, 'syntax'],
  ['a form nobody knows', { c: 'nofws' }, 'algorithm'],
  ['a way to the key nobody knows', { q: 'ldap' }, 'algorithm'],
  ['the usual way to the key among others', { q: 'ldap : dns/txt' }, undefined],
  ['no domain', { d: undefined }, 'syntax'],
  ['a domain of one label', { d: 'test' }, 'syntax'],
  ['a domain with a dot too many', { d: 'masto..test' }, 'syntax'],
  ['a domain with something else in it', { d: 'masto.test/x' }, 'syntax'],
  ['no selector', { s: undefined }, 'syntax'],
  ['a selector that leads elsewhere', { s: '2026a._domainkey.else.test#' }, 'syntax'],
  ['a domain in large letters', { d: 'MASTO.test' }, undefined],
  ['From not among what is signed', { h: 'to:subject' }, 'from'],
  ['nothing that is signed', { h: '' }, 'syntax'],
  ['a name that is none', { h: 'from:to subject' }, 'syntax'],
  ['a field that is not there', { h: 'from:to:subject:subject:cc' }, undefined],
  ['white space between names', { h: 'From : To :\tSubject:Subject' }, undefined],
  ['no hash of the body', { bh: undefined }, 'syntax'],
  ['half a hash', { bh: 'AAAA' }, 'syntax'],
  ['a hash that is no base64', { bh: '!' }, 'syntax'],
  ['another hash', { bh: 'A'.repeat(43).concat('=') }, 'body'],
  ['times that are no numbers', { t: 'yesterday' }, 'syntax'],
  ['an end before the beginning', { x: String(NOW / 1000 - 1) }, 'syntax'],
  ['an end that is no number', { x: '-1' }, 'syntax'],
  ['an end to come', { x: String(NOW / 1000 + 60) }, undefined],
  ['an end that went by', { t: undefined, x: String(NOW / 1000 - 600) }, 'expired'],
  ['a beginning to come', { t: String(NOW / 1000 + 600) }, 'future'],
  ['a clock that is a little ahead', { t: String(NOW / 1000 + 60) }, undefined],
  ['somebody of a domain below', { i: 'a=20b@news.masto.test' }, undefined],
  ['somebody of another domain', { i: 'notify@else.test' }, 'identity'],
  ['somebody of a domain that ends alike', { i: 'notify@xmasto.test' }, 'identity'],
  ['somebody without a domain', { i: 'masto.test' }, 'identity'],
  ['a length that is no number', { l: '5x' }, 'syntax'],
  ['a length beyond the body', { l: '21' }, 'syntax'],
  ['a tag nobody knows', { zz: 'what; ever=1' }, undefined],
  ['a tag that has no name', { zz: '1; =2' }, 'syntax'],
  ['a tag that is there twice', { zz: '1; zz=2' }, 'syntax'],
  ['a domain that is there twice', { zz: '1; d=else.test' }, 'syntax'],
  ['an octet that is no ASCII', { zz: '\u00e9' }, 'syntax'],
])('a signature with %s', async (_what, changes, reason) => {
  const result = await found(await signed(changes));
  if (reason === undefined) expect(result).toMatchObject({ domain: 'masto.test', selector: '2026a', result: 'pass' });
  else expect(result?.reason).toBe(reason);
  expect(result?.result === 'pass').toBe(reason === undefined);
});

test.each([
  ['another From on top', (message: string) => message.replace('From:', 'From: root@masto.test\r\nFrom:')],
  ['another From below', (message: string) => message.replace('\r\n\r\n', '\r\nFrom: root@masto.test\r\n\r\n')],
  [
    'the two subjects turned',
    (message: string) => message.replace('Subject: one\r\nSubject: two', 'Subject: two\r\nSubject: one'),
  ],
  ['a third subject below', (message: string) => message.replace('\r\n\r\n', '\r\nSubject: three\r\n\r\n')],
  ['a Cc that was signed as absent', (message: string) => message.replace('To:', 'Cc: x@else.test\r\nTo:')],
  ['another letter in the signature', (message: string) => message.replace(/b=(.)(.)/u, 'b=$2$1')],
  ['another tag in the signature', (message: string) => message.replace('DKIM-Signature: ', 'DKIM-Signature: y=1; ')],
  ['one more line in the body', (message: string) => `${message}\r\nps\r\n`],
])('a message with %s after it was signed does not pass', async (_what, tamper) => {
  const message = await signed({ h: 'from:from:to:subject:subject:cc' });
  expect(await found(message)).toMatchObject({ result: 'pass' });
  expect(tamper(message)).not.toBe(message);
  expect((await found(tamper(message)))?.result).toBe('fail');
});

test('a field that is signed once may be joined by another on top, as the standard has it, unless one more was counted', async () => {
  const once = await signed({ h: 'from:to' });
  const added = once.replace('To:', 'To: x@else.test\r\nTo:');
  expect((await found(added))?.result).toBe('pass');
  expect((await found(added.replace('x@else', 'y@else')))?.result).toBe('pass');
  const closed = await signed({ h: 'from:from:to:to' });
  expect((await found(closed.replace('To:', 'To: x@else.test\r\nTo:')))?.result).toBe('fail');
});

test('a body that is signed in part passes, and the rest is told as nobody’s', async () => {
  const limited = await signedByMailauth(MESSAGE, RSA, 'relaxed/simple', 12);
  expect(await found(limited, Date.now())).toMatchObject({ result: 'pass', isLengthLimited: true });
  expect(await found(`${limited}anything\r\n`, Date.now())).toMatchObject({ result: 'pass', isLengthLimited: true });
  expect(await found(limited.replace('Bruno', 'Odile'), Date.now())).toMatchObject({ result: 'fail', reason: 'body' });
  expect(await found(await signed({ l: '20' }))).toMatchObject({ result: 'pass', isLengthLimited: false });
});

const key = (more: string): string => `v=DKIM1; ${more}p=${RSA.record.split('p=')[1] ?? ''}`;
test.each([
  ['as it is published', RSA.record, undefined],
  ['with everything it may say', key('k=rsa; h=sha1:sha256; s=email:other; t=y; n=for alix; '), undefined],
  ['without a version', RSA.record.replace('v=DKIM1; ', ''), undefined],
  ['with a semicolon at the end', `${RSA.record};`, undefined],
  ['of another version', RSA.record.replace('DKIM1', 'DKIM2'), 'key-syntax'],
  ['whose version comes late', `k=rsa; ${RSA.record.replace('k=rsa; ', '')}`, 'key-syntax'],
  ['of another kind', ED.record, 'key-syntax'],
  ['for other hashes', key('h=sha1; '), 'key-syntax'],
  ['for other services', key('s=tlsrpt; '), 'key-syntax'],
  ['that was withdrawn', 'v=DKIM1; k=rsa; p=', 'revoked'],
  ['without a key', 'v=DKIM1; k=rsa', 'key-syntax'],
  ['that is no base64', 'v=DKIM1; p=***', 'key-syntax'],
  ['that is no key', 'v=DKIM1; p=AAAA', 'key-syntax'],
  ['that is too weak', WEAK.record, 'weak'],
  ['that is too long', RSA.record.padEnd(5000), 'key-syntax'],
  ['that is something else', 'v=spf1 -all', 'key-syntax'],
])('a record of a key %s', async (_what, record, reason) => {
  const read = readKeyRecord(record, 'rsa-sha256');
  expect(typeof read === 'string' ? read : undefined).toBe(reason);
});

test('a key of more bits than prove anything is not read', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 4104 });
  const p = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
  expect(readKeyRecord(`v=DKIM1; p=${p}`, 'rsa-sha256')).toBe('weak');
});

test('a key in the form of PKCS #1 is read as well', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const p = publicKey.export({ format: 'der', type: 'pkcs1' }).toString('base64');
  expect(readKeyRecord(`v=DKIM1; p=${p}`, 'rsa-sha256')).toMatchObject({ isStrict: false });
});

test('a key that is strict signs for its domain alone', async () => {
  server.zone[RSA.name] = { TXT: [key('t=y:s; ')] };
  const fresh = makeDns([server.address]);
  const of = async (changes: Changes): Promise<DkimResult | undefined> =>
    (await ours(await signed(changes), fresh, { now: () => NOW })).signatures[0];
  expect((await of({ i: 'a@masto.test' }))?.result).toBe('pass');
  expect((await of({}))?.result).toBe('pass');
  expect(await of({ i: 'a@news.masto.test' })).toMatchObject({ result: 'permerror', reason: 'identity' });
  Object.assign(server.zone, zoneOf(RSA));
});

test('a key that is not published, and DNS that does not answer, are told apart', async () => {
  const message = await signed({});
  const withZone = async (records: DnsServer['zone'][string] | undefined): Promise<DkimResult | undefined> => {
    if (records === undefined) delete server.zone[RSA.name];
    else server.zone[RSA.name] = records;
    return (await ours(message, makeDns([server.address]), { now: () => NOW })).signatures[0];
  };
  expect(await withZone(undefined)).toMatchObject({ result: 'permerror', reason: 'key' });
  expect(await withZone({})).toMatchObject({ result: 'permerror', reason: 'key' });
  expect(await withZone({ fails: 'SERVFAIL' })).toMatchObject({ result: 'temperror', reason: 'dns' });
  expect(await withZone({ TXT: ['v=spf1 -all', RSA.record] })).toMatchObject({ result: 'pass' });
  expect(await withZone({ TXT: [otherKey('masto.test', '2026a', 'rsa-sha256').record] })).toMatchObject({
    result: 'fail',
    reason: 'header',
  });
  Object.assign(server.zone, zoneOf(RSA));
});

test('eight signatures are looked at, from the top, and what follows costs nothing', async () => {
  const one = fieldsOf(await signed({})).find(({ key: name }) => name === 'dkim-signature')?.raw ?? '';
  const many = Array.from({ length: 60 }, (_, index) => one.replace('s=2026a', `s=n${index}`)).join('');
  const before = server.questions.length;
  const { signatures } = await ours(many + MESSAGE, dns, { now: () => NOW });
  expect(signatures.map(({ selector }) => selector)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7']);
  expect(server.questions.length - before).toBe(8);
});

test('any octets for a signature or a record of a key are judged, never thrown over', async () => {
  const piece = fc.constantFrom(
    'v=1',
    'a=rsa-sha256',
    'c=relaxed',
    'd=masto.test',
    's=2026a',
    'h=from:to',
    'bh=',
    'b=',
    'l=0',
    'i=@',
    't=1',
    ';',
    '=',
    ' ',
    '\t',
    '\r\n ',
    '\0',
    '\u00ff',
    'p=',
    'k=ed25519',
    'AAAA',
    ':',
    '@',
    '.',
    'v=DKIM1',
  );
  const text = fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 40 }).map((some) => some.join(''));
  await fc.assert(
    fc.asyncProperty(text, async (value) => {
      const octets = Buffer.from(value.replaceAll(/\r\n(?! )|\n/gu, ''), 'utf8').toString('latin1');
      const fields = ['DKIM-Signature', 'ARC-Seal', 'ARC-Message-Signature', 'ARC-Authentication-Results'];
      const head = fields.map((name) => `${name}: ${octets}\r\n`).join('');
      const { signatures } = await ours(head + MESSAGE, { txt: async () => [value, octets] }, { now: () => NOW });
      expect(signatures.map(({ result }) => result)).not.toContain('pass');
      expect(signatures.length).toBe(1);
      readKeyRecord(value, 'rsa-sha256');
      readKeyRecord(value, 'ed25519-sha256');
    }),
    { numRuns: 2000 },
  );
});

test('a header as long as may be, made to take long, is judged in the time it takes to read it', async () => {
  const room = 250_000;
  const before = process.threadCpuUsage();
  for (const value of [
    `v=1; h=${'from:'.repeat(room / 5)}`,
    ';'.repeat(room),
    ' '.repeat(room),
    '\r\n '.repeat(room / 3),
    `b=${' A'.repeat(room / 2)}`,
    `d=${'a.'.repeat(room / 2)}; s=${'a-'.repeat(100)}`,
    'a'.repeat(room),
    `v=1; bh=${'='.repeat(room)}`,
  ]) {
    const { signatures } = await ours(`DKIM-Signature: ${value}\r\n${MESSAGE}`, dns);
    expect(signatures).toMatchObject([{ result: 'permerror', reason: 'syntax' }]);
    expect((await ours(`ARC-Seal: ${value}\r\n${MESSAGE}`, dns)).arc.cv).toBe('fail');
  }
  // Of the processor's time, which a busy machine does not make longer; in microseconds.
  const { user, system } = process.threadCpuUsage(before);
  expect(user + system).toBeLessThan(10_000_000);
});

test('mailauth agrees that a good signature is good and a tampered one is not', async () => {
  const message = await signedByMailauth(MESSAGE, ED, 'relaxed/relaxed');
  expect((await mailauthFinds(message, dns)).dkim).toEqual(['pass']);
  expect((await mailauthFinds(message.replace('one', 'two'), dns)).dkim).toEqual(['fail']);
  expect((await found(message.replace('one', 'two'), Date.now()))?.result).toBe('fail');
});
