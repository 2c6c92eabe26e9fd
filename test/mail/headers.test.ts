import { simpleParser } from 'mailparser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTransport } from '../../src/mail/transport.ts';
import { openMailCatcher, type Caught, type MailCatcher } from '../mail-catcher.ts';

let catcher: MailCatcher;
beforeAll(async () => {
  catcher = await openMailCatcher();
});
afterAll(() => catcher.close());

const ALIX = 'alix@home.example';

/** The letter of a house of this name, as it arrives. */
async function letterOf(name: string, subject = 'A letter', to = ALIX): Promise<Caught> {
  const config = {
    ALUCO_ALIAS_DOMAIN: 'alias.example',
    ALUCO_DNS: [],
    ALUCO_MAIL_FROM: 'aluco@nest.example',
    ALUCO_NAME: name,
    ALUCO_PRIVATE_NETWORKS: [],
    ALUCO_RELAY: '',
    ALUCO_RELAY_NAME: '',
    ALUCO_SMTP: catcher.smtp,
    ALUCO_URL: 'https://nest.example',
  };
  const transport = makeTransport({ config });
  const line = await transport.open();
  await line.send({ to, language: 'fr', subject, text: 'Bonjour', html: '<p>Bonjour</p>' });
  line.close();
  return catcher.next(to);
}

/** Names of headers before the first empty line, folded lines joined. */
const headersOf = ({ raw }: Caught): string[] =>
  (raw.split('\r\n\r\n', 1)[0] ?? '')
    .replaceAll(/\r\n[ \t]/gu, ' ')
    .split('\r\n')
    .map((line) => line.split(':', 1)[0] ?? '');

test('a letter has these headers and no other', async () => {
  const letter = await letterOf('Le Nid');
  expect(headersOf(letter).toSorted()).toEqual([
    'Auto-Submitted',
    'Content-Language',
    'Content-Type',
    'Date',
    'From',
    'MIME-Version',
    'Message-ID',
    'Subject',
    'To',
  ]);
  expect(letter.raw).toMatch(/^Auto-Submitted: auto-generated\r$/mu);
  expect(letter.raw).toMatch(/^Content-Language: fr\r$/mu);
  expect(letter.raw).toMatch(/^Message-ID: <[\w-]{22}@nest\.example>\r$/mu);
  expect(letter.raw).toMatch(/^Content-Type: multipart\/alternative;/mu);
  expect(letter.raw.toLowerCase()).not.toContain('nodemailer');
});

test('no two letters have the same Message-ID or boundary', async () => {
  const ids = [await letterOf('Le Nid'), await letterOf('Le Nid')].map(({ raw }) => [
    /^Message-ID: (.*)\r$/mu.exec(raw)?.[1],
    /boundary="(.*)"/u.exec(raw)?.[1],
  ]);
  expect(new Set(ids.flat()).size).toBe(4);
});

test.each([
  'Nid\r\nBcc: mallory@evil.example',
  'Nid\nBcc: mallory@evil.example\n\nBuy this',
  'Nid" <mallory@evil.example>, "x',
  'Nid <mallory@evil.example>',
  'mallory@evil.example',
  'Les Chouettes, hiboux & Cie; (le « nid »)',
  'Nid\u2028Bcc: mallory@evil.example',
  'Nid\u0000\u0085\u001b[31m',
  '=?utf-8?Q?Nid=0D=0ABcc:_mallory@evil.example?=',
  '鴞の巣 🦉',
  'É'.repeat(60),
])('a house called %j writes no header of its own and is no other sender', async (name) => {
  const letter = await letterOf(name, `${name}: a letter`);
  const { headers, from } = await simpleParser(Buffer.from(letter.raw, 'latin1'));
  expect(headersOf(letter)).toHaveLength(9);
  expect([headers.has('bcc'), headers.has('cc'), letter.to]).toEqual([false, false, ALIX]);
  expect(from?.value.map(({ address }) => address)).toEqual(['aluco@nest.example']);
  expect(letter.raw).not.toMatch(/^bcc:/imu);
  expect(letter.raw.split('\r\n\r\n', 1)[0]).toMatch(/^[\t\r\n -~]*$/u);
});

test('names with accents and quotes arrive as they are', async () => {
  for (const name of ['Les Chouettes « d’ici »', 'The "Owls"', 'Owls, and others', '鴞の巣 🦉']) {
    const letter = await letterOf(name, `${name}: bienvenue`);
    const { from } = await simpleParser(Buffer.from(letter.raw, 'latin1'));
    expect([from?.value[0]?.name, letter.subject]).toEqual([name, `${name}: bienvenue`]);
  }
});
