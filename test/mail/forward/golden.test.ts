import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeSigner } from '../../../src/mail/dkim/signer.ts';
import { makeDns, type Dns } from '../../../src/mail/dns.ts';
import { openGround, type Ground } from '../../engines.ts';
import {
  cut,
  dkimpyChain,
  dkimpyTakes,
  mailauthFinds,
  otherKey,
  ours,
  sealedByDkimpy,
  zoneOf,
} from '../dkim/oracles.ts';
import { openDnsServer, type DnsServer } from '../dns-server.ts';
import { ALIAS_DOMAIN, openForwarding, RELAY_NAME, type Options } from './forwarding.ts';

/** What applications send, and what becomes of it. Lines end in LF there, and in CRLF on their way. */
const FOLDER = path.join(import.meta.dirname, 'golden');
const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.in.eml'))
  .map((file) => file.replace('.in.eml', ''));

const RSA = otherKey(ALIAS_DOMAIN, 'ours-r', 'rsa-sha256');
const ED = otherKey(ALIAS_DOMAIN, 'ours-e', 'ed25519-sha256');
const LIST = otherKey('list.example', 'seal', 'rsa-sha256');
const KEYS = [RSA, ED, LIST];

let ground: Ground;
let server: DnsServer;
let dns: Dns;
beforeAll(async () => {
  ground = await openGround('sqlite');
  server = await openDnsServer(zoneOf(...KEYS));
  dns = makeDns([server.address]);
});
afterAll(async () => {
  await server.close();
  await ground.close();
});

const sign = makeSigner({
  keys: { current: async () => ({ rsa: RSA, ed25519: ED }) },
  domain: ALIAS_DOMAIN,
  authservId: RELAY_NAME,
  now: Date.now,
});

const OPTIONS: Readonly<Record<string, Options>> = {
  administrators: { profileId: undefined, alias: `postmaster@${ALIAS_DOMAIN}` },
};

async function read(file: string): Promise<string> {
  return (await readFile(path.join(FOLDER, file), 'latin1')).replaceAll('\n', '\r\n');
}

/** A message as it leaves, and the addresses that were made for it, by whom they stand for. */
async function forwarded(incoming: string, options: Options = {}) {
  const { forward, correspondents, profileId } = openForwarding(ground, sign);
  const { head, body } = cut(incoming);
  const { bodyHash, arc } = await ours(incoming, dns);
  const { octets } = await forward(head, { ...options, meta: { bodyHash, arc } });
  const known = await correspondents.list(profileId);
  return {
    message: Buffer.concat([octets, body]).toString('latin1'),
    standIns: new Map(known.map(({ local, address }) => [local, `for.${address.replaceAll('@', '.')}`])),
  };
}

/** What is random or of this moment, put aside. */
function normalised(message: string, standIns: ReadonlyMap<string, string>): string {
  return message
    .replaceAll(/[a-z0-9]{20}(?=@relay\.example)/gu, (local) => standIns.get(local) ?? local)
    .replaceAll(/(?<=\bt=)\d+(?=;)/gu, '0')
    .replaceAll(/(?<=\r\n\tb=)[A-Za-z\d+/=\s]+?(?=\r\n\S)/gu, '');
}

test.each(NAMES)('what %s sends arrives as it should, octet by octet', async (name) => {
  const incoming = await read(`${name}.in.eml`);
  const { message, standIns } = await forwarded(incoming, OPTIONS[name]);
  expect(normalised(message, standIns)).toBe(await read(`${name}.out.eml`));
  expect(message.endsWith(cut(incoming).body.toString('latin1'))).toBe(true);
});

test.each(NAMES)(
  'what %s sends says the same to an independent reader, and is signed and sealed for others',
  async (name) => {
    const incoming = await read(`${name}.in.eml`);
    const { message } = await forwarded(incoming, OPTIONS[name]);
    const [before, after] = await Promise.all(
      [incoming, message].map((text) => simpleParser(Buffer.from(text, 'latin1'))),
    );
    expect([after?.subject, after?.text, after?.html]).toEqual([before?.subject, before?.text, before?.html]);
    expect([after?.date, after?.messageId, after?.references]).toEqual([
      before?.date,
      before?.messageId,
      before?.references,
    ]);
    expect(await mailauthFinds(message, dns)).toEqual({ dkim: ['pass', 'pass'], arc: 'pass' });
    expect(dkimpyTakes(message, 2, ...KEYS)).toEqual([true, true]);
    expect(dkimpyChain(message, ...KEYS)).toEqual({ cv: 'pass', isSealed: true });
  },
);

/** What a mailing list makes of a notification: its results and its seal on top. */
const sealedByList = async (): Promise<string> =>
  sealedByDkimpy(
    `Authentication-Results: mx.list.example; spf=pass\r\n${await read('mastodon.in.eml')}`,
    LIST,
    'mx.list.example',
  );

test('F25: a chain that came with a message passes whole under ours, and holds for others', async () => {
  const sealed = await sealedByList();
  const { message } = await forwarded(sealed);
  expect(message.match(/^ARC-Seal: i=\d/gmu)).toEqual(['ARC-Seal: i=2', 'ARC-Seal: i=1']);
  expect(message).not.toMatch(/^Authentication-Results: mx\.list/mu);
  expect(await mailauthFinds(message, dns)).toEqual({ dkim: ['pass', 'pass'], arc: 'pass' });
  expect(dkimpyChain(message, ...KEYS)).toEqual({ cv: 'pass', isSealed: true });
});

test('F25: a chain that is broken ends there, and nobody trusts it more for having come through us', async () => {
  const sealed = await sealedByList();
  const { message } = await forwarded(sealed.replace('PHA+QnJ1bm8', 'PHA+QnJ1bmE'));
  expect(message).toMatch(/^ARC-Seal: i=2; a=rsa-sha256; cv=fail/u);
  expect(await mailauthFinds(message, dns)).toEqual({ dkim: ['pass', 'pass'], arc: 'fail' });
});

test('F26: the body leaves octet by octet, whatever it holds', async () => {
  const head = 'From: n@masto.example\r\nContent-Type: text/html\r\n\r\n';
  const bodies = [
    '',
    '\r\n',
    '.\r\n..\r\n',
    '<img src="https://masto.example/pixel.gif?u=k7f3aaaabbbbcccc@relay.example">\r\n',
    'trailing white space \t \r\n\r\n\r\n',
    Buffer.from([0x80, 0xff, 0x20, 0x0d, 0x0a, 0xc3, 0x28]).toString('latin1'),
    'no end of line',
  ];
  for (const body of bodies) {
    const { message } = await forwarded(head + body);
    expect(cut(message).body.toString('latin1')).toBe(body);
    expect((await mailauthFinds(message, dns)).dkim).toEqual(['pass', 'pass']);
  }
});
