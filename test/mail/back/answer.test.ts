import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';
import { fc } from '../../properties.ts';
import { compose, type Answer } from '../../../src/mail/back/answer.ts';
import { readHead, valuesOf } from '../../../src/mail/head.ts';
import { leaksIn, sharedTokens } from '../outgoing.ts';

const AT = Date.UTC(2026, 10, 27, 23, 59, 30);
const ALIX: Answer = {
  alias: 'k7f3q9x2m1z8c5v3b6n0@alias.test',
  name: 'Alix la Hulotte',
  to: 'notify@lake.example',
  subject: 'Re: Un nouveau message',
  text: 'Bonjour,\n\nmerci !\n',
  inReplyTo: '<one@lake.example>',
  references: '<zero@lake.example>\r\n <minus.one@lake.example>',
  at: AT,
};
/** What nobody outside may learn of alix. */
const SECRETS = {
  mailboxes: ['alix@home.example', 'alix.second@else.example'],
  names: ['alix'],
  ids: ['the-account-of-alix'],
  networks: ['192.0.2.17'],
  aliases: [ALIX.alias, 'q9x2m7k1z3c8v5b0n6a4@alias.test'],
};

async function written(answer: Partial<Answer> = {}) {
  const { head, body, messageId } = await compose({ ...ALIX, ...answer });
  const octets = Buffer.concat([head, body]);
  return { head: readHead(head), octets, body, messageId, parsed: await simpleParser(octets) };
}

test('R1: an answer is from the relay address under the name of the profile, to the correspondent, and has no other field', async () => {
  const { head, parsed } = await written();
  expect(parsed.from?.value).toEqual([{ address: ALIX.alias, name: 'Alix la Hulotte' }]);
  expect([parsed.to].flat()[0]?.value).toEqual([{ address: 'notify@lake.example', name: '' }]);
  expect(head.fields.map(({ name }) => name).toSorted()).toEqual(
    [
      'Content-Transfer-Encoding',
      'Content-Type',
      'Date',
      'From',
      'In-Reply-To',
      'MIME-Version',
      'Message-ID',
      'References',
      'Subject',
      'To',
    ].toSorted((a, b) => (a < b ? -1 : 1)),
  );
  const { head: nameless } = await written({ name: '' });
  expect(valuesOf(nameless, 'from')).toEqual([ALIX.alias]);
});

test('R2, R3: the date is in UTC, the version plain, and nothing says with what or where it was written', async () => {
  const { head, octets } = await written();
  expect(valuesOf(head, 'date')).toEqual(['Fri, 27 Nov 2026 23:59:30 +0000']);
  expect(valuesOf(head, 'mime-version')).toEqual(['1.0']);
  expect(octets.toString('latin1')).not.toMatch(/nodemailer|x-mailer|user-agent|received|boundary|format=/iu);
});

test('R4: every answer has a Message-ID of its own, random, at the alias domain', async () => {
  const ids = await Promise.all(Array.from({ length: 50 }, async () => (await written()).messageId));
  expect(new Set(ids).size).toBe(50);
  for (const id of ids) expect(id).toMatch(/^<[a-z0-9]{20}@alias\.test>$/u);
  const { head, messageId } = await written();
  expect(valuesOf(head, 'message-id')).toEqual([messageId]);
});

test('R5, R6: it stands in the thread of what it answers, by the identifiers that its sender wrote', async () => {
  const { head } = await written();
  expect(valuesOf(head, 'in-reply-to')).toEqual(['<one@lake.example>']);
  expect(valuesOf(head, 'references')[0]?.split(/\s+/u)).toEqual([
    '<zero@lake.example>',
    '<minus.one@lake.example>',
    '<one@lake.example>',
  ]);
  const long = Array.from({ length: 300 }, (_, at) => `<${at}@lake.example>`).join(' ');
  expect(valuesOf((await written({ references: long })).head, 'references')[0]?.split(/\s+/u)).toHaveLength(20);
  const { head: without } = await written({ inReplyTo: 'no identifier' });
  expect([...valuesOf(without, 'in-reply-to'), ...valuesOf(without, 'references')]).toEqual([]);
});

test.each([
  ['plain', 'Hello,\n\n.\nFrom here\n-- \n> all is well\n', '7bit'],
  ['accented', 'Bonjour, ça va très bien ; « merci » — à bientôt\n', 'quoted-printable'],
  ['Greek', 'Καλημέρα, ευχαριστώ πολύ\n', 'base64'],
  ['long', `${'a long line without any end, '.repeat(40)}\n`, 'quoted-printable'],
  ['emoji', 'Merci 🦉\n', 'quoted-printable'],
])('R31: a text that is %s arrives as it was typed, packed for any server', async (_, text, encoding) => {
  const { head, octets, body, parsed } = await written({ text });
  expect(valuesOf(head, 'content-type')).toEqual(['text/plain; charset=utf-8']);
  expect(valuesOf(head, 'content-transfer-encoding')).toEqual([encoding]);
  expect(parsed.text?.replaceAll('\r\n', '\n').trimEnd()).toBe(text.trimEnd());
  expect(parsed.attachments).toEqual([]);
  expect(octets.toString('latin1')).toMatch(/^[\u0020-\u007e\r\n]*$/u);
  expect(octets.toString('latin1').replaceAll('\r\n', '')).not.toMatch(/[\r\n]/u);
  for (const line of octets.toString('latin1').split('\r\n')) expect(line.length).toBeLessThanOrEqual(78);
  expect(body.subarray(-2).toString()).toBe('\r\n');
});

test('R25: the name of the correspondent is in no answer, and nothing that is typed becomes a field or another recipient', async () => {
  const nasty = 'x\r\nBcc: <alix@home.example>\r\n\r\nhello';
  const { head, parsed } = await written({ subject: nasty, name: `"${nasty}", <b@evil.example>`, text: 'ok' });
  expect(valuesOf(head, 'bcc')).toEqual([]);
  expect(head.fields.filter(({ key }) => key === 'to')).toHaveLength(1);
  expect(parsed.from?.value.map(({ address }) => address)).toEqual([ALIX.alias]);
  expect(parsed.text?.trim()).toBe('ok');
  for (const to of [
    'a@b.example>\r\nBcc: <c@d.example',
    'a@b.example, c@d.example',
    '"x y"@b.example',
    '',
    'Lac <a@b.example>',
  ]) {
    await expect(compose({ ...ALIX, to })).rejects.toMatchObject({ code: 'mail_unanswerable' });
  }
});

test('A76, R31, G0: an answer shows nothing of the person but what they typed', async () => {
  for (const text of ['Merci !', 'Καλημέρα', 'a '.repeat(5000), 'plain']) {
    const { octets } = await written({ text, name: 'Hulotte' });
    expect(leaksIn(octets, SECRETS, ALIX.alias)).toEqual([]);
  }
  const told = await written({ text: 'Écrivez à alix@home.example, s’il vous plaît' });
  expect(leaksIn(told.octets, SECRETS, ALIX.alias)).not.toEqual([]);
});

test('R31, G1: the answers of two profiles of one person share nothing that those of two people do not', async () => {
  const other = {
    alias: 'q9x2m7k1z3c8v5b0n6a4@alias.test',
    name: 'Chouette',
    to: 'hello@forge.example',
    subject: 'Re: Issue',
    text: 'Voilà, à demain',
    inReplyTo: '<two@forge.example>',
    references: '',
  };
  const brunos = {
    ...other,
    alias: 'b1b2b3b4b5b6b7b8b9b0@alias.test',
    name: 'Bruno',
    to: 'm@third.example',
    subject: 'Ok',
    text: 'Été',
    inReplyTo: '<3@third.example>',
  };
  const [one, two, neutral] = [(await written()).octets, (await written(other)).octets, (await written(brunos)).octets];
  expect(sharedTokens([one], [two], [neutral])).toEqual([]);
});

test('whatever is typed, a message comes out that reads as it was typed', async () => {
  const typed = fc.string({ unit: 'grapheme', maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(typed, typed, typed, async (text, subject, name) => {
      const { head, octets } = await written({ text, subject, name });
      expect(head.fields.filter(({ key }) => ['from', 'to', 'subject'].includes(key))).toHaveLength(3);
      expect(octets.toString('latin1').replaceAll('\r\n', '')).not.toMatch(/[\r\n\0]/u);
    }),
    { numRuns: 300 },
  );
});
