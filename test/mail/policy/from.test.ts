import { expect, test } from 'vitest';
import { readHead } from '../../../src/mail/head.ts';
import { readFrom } from '../../../src/mail/policy/policy.ts';

const authorOf = (...lines: string[]) =>
  readFrom(readHead(Buffer.from([...lines, 'Subject: Hello', '', ''].join('\r\n'), 'utf8')));

test.each([
  ['From: notify@masto.test', 'notify@masto.test', ''],
  ['From: Masto <notify@Masto.TEST>', 'notify@masto.test', 'Masto'],
  ['From: "Masto, of @alix" <notify@masto.test>', 'notify@masto.test', 'Masto, of @alix'],
  ['From: =?utf-8?q?Mast=C3=B6?=\r\n <notify@masto.test>', 'notify@masto.test', '=?utf-8?q?Mast=C3=B6?='],
  ['From: notify@masto.test (the birds)', 'notify@masto.test', 'the birds'],
  ['From: no-reply@masto.test <no-reply@masto.test>', 'no-reply@masto.test', ''],
  ['From: "\\"Masto\\"" <notify@masto.test>', 'notify@masto.test', '"Masto"'],
  ['From: <été@forêt.test>', 'été@xn--fort-ipa.test', ''],
])('%j is one author', (line, address, name) => {
  expect(authorOf(line)).toEqual({ address, name, domain: address.slice(address.indexOf('@') + 1) });
});

test.each([
  ['nobody', 'From: '],
  ['a name without an address', 'From: Masto'],
  ['two people', 'From: a@masto.test, b@masto.test'],
  ['two in angle brackets', 'From: <a@masto.test> <b@evil.test>'],
  ['two without any', 'From: a@masto.test b@evil.test'],
  ['an address after the brackets', 'From: <a@masto.test> b@evil.test'],
  ['a group', 'From: friends: a@masto.test;'],
  ['an empty group', 'From: undisclosed-recipients:;'],
  ['an address in an address', 'From: a@masto.test@evil.test'],
  ['a source route', 'From: <@evil.test:a@masto.test>'],
  ['a quoted local part', 'From: "a@evil.test "@masto.test'],
  ['a local part with a space', 'From: a b@masto.test'],
  ['a bracket that does not end', 'From: <a@masto.test'],
  ['a quotation that does not end', 'From: "Masto <a@masto.test>'],
  ['a comment that does not end', 'From: (Masto <a@masto.test>'],
  ['a comment within the address', 'From: <a@masto.test(.evil.test)>'],
  ['an address literal', 'From: a@[192.0.2.1]'],
  ['a network address', 'From: a@192.0.2.1'],
  ['a single label', 'From: root@localhost'],
  ['a dot at the end', 'From: a@masto.test.'],
  ['an empty label', 'From: a@masto..test'],
  ['a percent', 'From: a@masto%2etest'],
  ['a control character', 'From: "a\u0007b" <a@masto.test>'],
  ['full-width letters', 'From: a@ｍasto.test'],
  ['an ideographic full stop', 'From: a@masto。test'],
  ['a soft hyphen', 'From: a@ma\u00adsto.test'],
  ['a zero-width joiner', 'From: a@mas\u200dto.test'],
  ['more than anybody writes', `From: ${'x'.repeat(2000)} <a@masto.test>`],
  ['a domain longer than any', `From: a@${'x'.repeat(60)}.${'y.'.repeat(100)}test`],
])('A77: %s in From is no author', (_what, line) => {
  expect(authorOf(line)).toBeUndefined();
});

test('A77: a message without From, or with two, has no author', () => {
  expect(authorOf('Sender: notify@masto.test')).toBeUndefined();
  expect(authorOf('From: notify@masto.test', 'From: notify@masto.test')).toBeUndefined();
  expect(authorOf('From: notify@masto.test', 'fRoM: evil@evil.test')).toBeUndefined();
});

test('A77: From in another character set than UTF-8 has no author', () => {
  const octets = Buffer.from('From: "M\u00e2sto" <notify@masto.test>\r\n\r\n', 'latin1');
  expect(readFrom(readHead(octets))).toBeUndefined();
});

test('A77: letters of another script make another domain', () => {
  expect(authorOf('From: a@m\u0430sto.test')?.domain).toBe('xn--msto-53d.test');
});
