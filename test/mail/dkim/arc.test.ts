import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeDns, type Dns } from '../../../src/mail/dns.ts';
import { sealedOctets } from '../../../src/mail/dkim/arc.ts';
import { readChain } from '../../../src/mail/dkim/chain.ts';
import { signOctets } from '../../../src/mail/dkim/crypto.ts';
import { makeSelection, signedOctets } from '../../../src/mail/dkim/signed-octets.ts';
import { resultsField, tagField, withSignature } from '../../../src/mail/dkim/write.ts';
import { makeSigner } from '../../../src/mail/dkim/signer.ts';
import type { ArcResult } from '../../../src/mail/dkim/verdict.ts';
import { openDnsServer, type DnsServer } from '../dns-server.ts';
import {
  cut,
  dkimpyChain,
  dkimpyTakes,
  drawn,
  fieldsOf,
  mailauthFinds,
  otherKey,
  ours,
  sealedByDkimpy,
  signedByMailauth,
  zoneOf,
} from './oracles.ts';

const THEIRS = otherKey('masto.test', '2026a', 'rsa-sha256');
const LIST = otherKey('list.test', 'seal', 'rsa-sha256');
const RSA = otherKey('alias.test', 'ours-r', 'rsa-sha256');
const ED = otherKey('alias.test', 'ours-e', 'ed25519-sha256');
const KEYS = [THEIRS, LIST, RSA, ED];
const MESSAGE = [
  'Authentication-Results: mx.list.test; dkim=pass header.d=masto.test',
  'From: notify@masto.test',
  'To: k7f3@alias.test',
  'Subject: bruno wrote to you',
  'Date: Fri, 27 Nov 2026 10:00:00 +0000',
  'Message-ID: <1@masto.test>',
  '',
  'Hello alix',
  '',
].join('\r\n');

let server: DnsServer;
let dns: Dns;
beforeAll(async () => {
  server = await openDnsServer(zoneOf(...KEYS));
  dns = makeDns([server.address]);
});
afterAll(() => server.close());

const signer = makeSigner({
  keys: { current: async () => ({ rsa: RSA, ed25519: ED }) },
  domain: 'alias.test',
  authservId: 'mx.alias.test',
  now: Date.now,
});

/** What we put on top of a message that was found to be so. */
async function leave(message: string, arc?: ArcResult): Promise<string> {
  const verdict = await ours(message, dns);
  const about = {
    bodyHash: verdict.bodyHash,
    authentication: 'dkim=pass header.d=masto.test',
    arc: arc ?? verdict.arc,
  };
  return drawn(await signer(fieldsOf(message), about)) + message;
}

/** Another hop that has not been asked yet: the next set over the message. */
const sealedByList = (message: string): string => sealedByDkimpy(message, LIST, 'mx.list.test');

test('what leaves carries two signatures and a seal that hold at mailauth and dkimpy', async () => {
  const left = await leave(MESSAGE);
  expect(await mailauthFinds(left, dns)).toEqual({ dkim: ['pass', 'pass'], arc: 'pass' });
  expect(dkimpyTakes(left, 2, ...KEYS)).toEqual([true, true]);
  expect(dkimpyChain(left, ...KEYS)).toEqual({ cv: 'pass', isSealed: true });
  expect(await ours(left, dns)).toMatchObject({
    signatures: [{ result: 'pass' }, { result: 'pass' }],
    arc: { instance: 1, cv: 'pass' },
  });
  for (const { raw } of fieldsOf(left))
    for (const line of raw.split('\r\n')) expect(line.length).toBeLessThanOrEqual(78);
});

test('F25: a chain that came with a message is kept and continued, though its fields are others now', async () => {
  const sealed = sealedByList(await signedByMailauth(MESSAGE, THEIRS, 'relaxed/relaxed'));
  const arrived = await ours(sealed, dns);
  expect(arrived).toMatchObject({ signatures: [{ result: 'pass' }], arc: { instance: 1, cv: 'pass' } });
  const rewritten = sealed
    .replace('From: notify@masto.test', 'From: x4@alias.test')
    .replace(/DKIM-Signature:/u, 'X-Was:');
  const left = await leave(rewritten, arrived.arc);
  expect(left.match(/ARC-Seal: i=\d; a=rsa-sha256; cv=\w+/gu)).toEqual(['ARC-Seal: i=2; a=rsa-sha256; cv=pass']);
  expect(await ours(left, dns)).toMatchObject({ arc: { instance: 2, cv: 'pass' } });
  expect((await mailauthFinds(left, dns)).arc).toBe('pass');
  expect(dkimpyChain(left, ...KEYS)).toEqual({ cv: 'pass', isSealed: true });
});

test('F25: a chain that is broken is sealed as broken, and nobody trusts it any more', async () => {
  const sealed = sealedByList(MESSAGE).replace('Hello alix', 'Hello bruno');
  const left = await leave(sealed);
  expect(left).toMatch(/^ARC-Seal: i=2; a=rsa-sha256; cv=fail/u);
  expect((await ours(left, dns)).arc).toEqual({ instance: 2, cv: 'fail' });
  expect((await mailauthFinds(left, dns)).arc).toBe('fail');
  expect(dkimpyChain(left, ...KEYS).cv).toBe('ended');
  // The seal is over its own set, as if there were no other.
  const alone = drawn(fieldsOf(left).filter(({ raw }) => !/^ARC-.*\bi=1;/u.test(raw)));
  expect(dkimpyChain(`${alone}\r\nHello bruno\r\n`, ...KEYS)).toEqual({ cv: 'fail', isSealed: true });
  // And it ends there.
  expect(await leave(left)).not.toContain('i=3');
});

test('F25: a verdict that does not fit what stands there vouches for nothing', async () => {
  expect(await leave(sealedByList(MESSAGE), { instance: 0, cv: 'none' })).toMatch(/^ARC-Seal: i=2; .*cv=fail/u);
  expect(await leave(MESSAGE, { instance: 1, cv: 'pass' })).toMatch(/^ARC-Seal: i=1; .*cv=none/u);
});

test('our seal goes into no other message, and under no other words', async () => {
  const left = await leave(MESSAGE);
  const changes: [string, string][] = [
    ['Hello', 'Hallo'],
    ['From: notify', 'From: other'],
    ['ARC-Authentication-Results: i=1; mx.alias.test', 'ARC-Authentication-Results: i=1; mx.other.test'],
    ['cv=none', 'cv=pass'],
    ['ARC-Seal: i=1', 'ARC-Seal: i=2'],
    ['ARC-Message-Signature: i=1', 'ARC-Message-Signature: i=1; x=1'],
    ['\r\nFrom:', '\r\nFrom: somebody@else.test\r\nFrom:'],
  ];
  for (const [from, to] of changes) {
    const changed = left.replace(from, to);
    expect(changed).not.toBe(left);
    expect([to, (await ours(changed, dns)).arc.cv]).toEqual([to, 'fail']);
  }
});

test('a chain holds in any order of its fields, ten sets long and no longer', async () => {
  let message = MESSAGE;
  for (let instance = 1; instance <= 10; instance += 1) {
    message = await leave(message);
    expect((await ours(message, dns)).arc).toEqual({ instance, cv: 'pass' });
  }
  const { head, body } = cut(message);
  const isOfChain = ({ key }: { key: string }): boolean => key.startsWith('arc-');
  const others = fieldsOf(head).filter((field) => !isOfChain(field));
  const turned = drawn([...others, ...fieldsOf(head).filter(isOfChain).toReversed()]);
  expect((await ours(`${turned}\r\n${body.toString('latin1')}`, dns)).arc).toEqual({ instance: 10, cv: 'pass' });
  expect((await mailauthFinds(message, dns)).arc).toBe('pass');
  const eleventh = await leave(message);
  expect((await ours(eleventh, dns)).arc).toEqual({ instance: 11, cv: 'fail' });
  expect(await leave(eleventh)).toMatch(/^ARC-Seal: i=12; .*cv=fail/u);
});

test('a set that lacks a field, has one twice or leaves out a number is no chain', async () => {
  const once = await leave(MESSAGE);
  const twice = await leave(once);
  const without = (message: string, name: string): string =>
    drawn(fieldsOf(message).filter((field, index, all) => all.findIndex(({ key }) => key === name) !== index)) +
    `\r\n${cut(message).body.toString('latin1')}`;
  for (const name of ['arc-seal', 'arc-message-signature', 'arc-authentication-results']) {
    expect([name, (await ours(without(once, name), dns)).arc.cv]).toEqual([name, 'fail']);
    expect([name, (await ours(without(twice, name), dns)).arc.cv]).toEqual([name, 'fail']);
    const field = fieldsOf(once).find(({ key }) => key === name)?.raw ?? '';
    expect([name, (await ours(field + once, dns)).arc.cv]).toEqual([name, 'fail']);
  }
  const onlySecond = drawn(fieldsOf(twice).filter(({ raw }) => !/^ARC-.*\bi=1;/u.test(raw)));
  expect((await ours(`${onlySecond}\r\nHello alix\r\n`, dns)).arc).toEqual({ instance: 2, cv: 'fail' });
  for (const value of ['i=0; x', 'i=51x; x', 'x', '']) {
    expect((await ours(`ARC-Authentication-Results: ${value}\r\n${MESSAGE}`, dns)).arc.cv).toBe('fail');
  }
  expect((await ours(MESSAGE, dns)).arc).toEqual({ instance: 0, cv: 'none' });
});

test('a chain whose keys cannot be looked up is taken as broken', async () => {
  const left = await leave(sealedByList(MESSAGE));
  server.zone[LIST.name] = { fails: 'SERVFAIL' };
  const fresh = makeDns([server.address]);
  expect((await ours(left, fresh)).arc).toEqual({ instance: 2, cv: 'fail' });
  delete server.zone[LIST.name];
  expect((await ours(left, makeDns([server.address]))).arc).toEqual({ instance: 2, cv: 'fail' });
  Object.assign(server.zone, zoneOf(LIST));
  expect((await ours(left, makeDns([server.address]))).arc).toEqual({ instance: 2, cv: 'pass' });
});

test('a message signature that is over a seal is none, however good', async () => {
  const once = await leave(MESSAGE);
  const { bodyHash } = await ours(MESSAGE, dns);
  const complete = async (names: string[]): Promise<string> => {
    const fields = fieldsOf(once);
    const common = [
      ['i', '2'],
      ['a', RSA.algorithm],
      ['d', RSA.domain],
      ['s', RSA.selector],
    ] as const;
    const unsigned = tagField('ARC-Message-Signature', [...common, ['c', 'relaxed/relaxed'], ['bh', bodyHash]], names);
    const octets = signedOctets('relaxed', makeSelection(fields)(names), unsigned);
    const message = withSignature(unsigned, await signOctets(RSA.algorithm, octets, RSA.privateKey));
    const results = resultsField(2, 'mx.alias.test', 'none');
    const unsealed = tagField('ARC-Seal', [...common, ['cv', 'pass']], undefined);
    const sealed = sealedOctets([...(readChain(fields).sets ?? []), { results, message, seal: unsealed }]);
    const seal = withSignature(unsealed, await signOctets(RSA.algorithm, sealed, RSA.privateKey));
    return drawn([seal, message, results]) + once;
  };
  expect((await ours(await complete(['from', 'to']), dns)).arc).toEqual({ instance: 2, cv: 'pass' });
  expect((await ours(await complete(['from', 'arc-seal']), dns)).arc).toEqual({ instance: 2, cv: 'fail' });
});
