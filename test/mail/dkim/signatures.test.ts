import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeDns, type Dns } from '../../../src/mail/dns.ts';
import { sign } from '../../../src/mail/dkim/sign.ts';
import { openDnsServer, type DnsServer } from '../dns-server.ts';
import {
  dkimpyTakes,
  fieldsOf,
  mailauthFinds,
  otherKey,
  ours,
  signedByDkimpy,
  signedByMailauth,
  zoneOf,
} from './oracles.ts';

const RSA = otherKey('masto.test', '2026a', 'rsa-sha256');
const ED = otherKey('masto.test', '2026b', 'ed25519-sha256');
const FORMS = ['simple/simple', 'simple/relaxed', 'relaxed/simple', 'relaxed/relaxed'];
/** A notification to alix, with white space of every kind. */
const MESSAGE = [
  'From: "Masto \xc3\xa9t\xe9"  <notify@masto.test>',
  'To: k7f3@alias.test',
  'Subject:   a\tfolded \t one',
  ' \tthat goes on  ',
  'DATE: Fri, 27 Nov 2026 10:00:00 +0000',
  'Message-ID: <1@masto.test>',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=utf-8',
  'List-Unsubscribe: <https://masto.test/u/1>',
  'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
  '',
  'Bruno\t\twrote  to you:   ',
  '',
  '  \t ',
  'h\xe9llo \x00\xff',
  '',
  ' ',
  '',
  '',
].join('\r\n');

let server: DnsServer;
let dns: Dns;
beforeAll(async () => {
  server = await openDnsServer(zoneOf(RSA, ED));
  dns = makeDns([server.address]);
});
afterAll(() => server.close());

test.each(FORMS.flatMap((form) => [RSA, ED].map((key) => [form, key.algorithm, key] as const)))(
  'what mailauth and dkimpy sign in the form %s with %s passes, and not when a word of the body or of From is another',
  async (form, _algorithm, key) => {
    for (const signed of [await signedByMailauth(MESSAGE, key, form), signedByDkimpy(MESSAGE, key, form)]) {
      const { signatures } = await ours(signed, dns);
      const covers = { isLengthLimited: false, isHeaderOpen: false };
      const passed = { domain: 'masto.test', selector: key.selector, result: 'pass', ...covers };
      expect(signatures).toEqual([passed]);
      const body = await ours(signed.replace('wrote', 'writes'), dns);
      expect(body.signatures).toMatchObject([{ result: 'fail', reason: 'body' }]);
      const from = await ours(signed.replace('notify@', 'Notify@'), dns);
      expect(from.signatures).toMatchObject([{ result: 'fail', reason: 'header' }]);
    }
  },
);

test.each([RSA, ED])('what we sign passes at mailauth and dkimpy: $algorithm', async (key) => {
  const { bodyHash } = await ours(MESSAGE, dns);
  const field = await sign(fieldsOf(MESSAGE), bodyHash, key, { domain: 'masto.test', at: Date.now() });
  const signed = field.raw + MESSAGE;
  for (const line of field.raw.split('\r\n')) expect(line.length).toBeLessThanOrEqual(78);
  expect((await ours(signed, dns)).signatures).toMatchObject([{ result: 'pass' }]);
  expect(await mailauthFinds(signed, dns)).toMatchObject({ dkim: ['pass'] });
  expect(dkimpyTakes(signed, 1, RSA, ED)).toEqual([true]);
});
