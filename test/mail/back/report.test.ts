import { expect, test } from 'vitest';
import { fc } from '../../properties.ts';
import { mediaTypeOf, partsOf, readMediaType } from '../../../src/mail/back/parts.ts';
import { readReport, type Report } from '../../../src/mail/back/report.ts';
import { bounceOf, reasonOf, wordsOf } from '../../../src/mail/back/reason.ts';
import { come, REPORTS } from './letters.ts';

function read(text: string): Report | undefined {
  const { head, body } = come(text);
  return readReport(mediaTypeOf(head), body.toString('latin1'));
}

test.each([
  ['postfix', 'failed', 'unknown', '5.1.1', 'unknown user: "alix"'],
  ['exim', 'failed', 'full', '5.0.0', '552 Quota exceeded for this mailbox'],
  [
    'exchange',
    'failed',
    'unknown',
    '5.1.10',
    '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
  ],
  [
    'gmail',
    'failed',
    'disabled',
    '5.2.1',
    '550-5.2.1 The account that you tried to reach is inactive. 550 5.2.1 https://help.example/?p=Disabled - gsmtp',
  ],
  ['delayed', 'delayed', 'delayed', '4.4.1', 'connect to mx.home.example: Connection timed out'],
  ['expired', 'failed', 'expired', '4.4.1', 'connect to mx.home.example: Connection refused'],
  ['international', 'failed', 'spam', '5.7.1', '550 5.7.1 Refusé par le filtre: spam'],
] as const)('a report as %s writes it is understood', (name, action, reason, enhanced, text) => {
  expect(read(REPORTS[name])).toMatchObject({ action, reason, enhanced, text });
});

test('a report names whom it is about, in either of two fields', () => {
  expect(read(REPORTS.exchange)?.recipients).toEqual(['alix@home.example', 'Alix.D@home.example']);
});

test('what is quoted in a report is not read as one', () => {
  const quoted = REPORTS.postfix.replace('Content-Type: message/delivery-status', 'Content-Type: text/plain');
  expect(
    read(quoted.replace('Subject: hello', 'Content-Type: message/delivery-status\nAction: failed')),
  ).toBeUndefined();
});

test('a report that was cut off says what it said before, or nothing', () => {
  const { head, body } = come(REPORTS.postfix);
  const whole = body.toString('latin1');
  const end = whole.indexOf('Status: 5.1.1') + 'Status: 5.1.1'.length;
  expect(readReport(mediaTypeOf(head), whole.slice(0, end))).toMatchObject({ action: 'failed', reason: 'unknown' });
  for (let cut = 0; cut < whole.length; cut += 1) readReport(mediaTypeOf(head), whole.slice(0, cut));
});

const words = fc.constantFrom(
  '--b',
  '--b--',
  '\r\n',
  '\r\n\r\n',
  'Content-Type: ',
  'multipart/report; boundary=b',
  'message/delivery-status',
  'Action: failed',
  'Status: 5.1.1',
  'Diagnostic-Code: smtp; ',
  ':',
  ' ',
  '\t',
  '=',
  '\0',
  '\u00e9',
  '"',
  '\\',
  ';',
  'Content-Transfer-Encoding: base64',
  'Content-Transfer-Encoding: quoted-printable',
  '=C3=',
  'boundary="b',
);

test('P8: nothing that a report holds makes reading it fail or take for ever', () => {
  const soup = fc.array(fc.oneof(words, fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 120 });
  fc.assert(
    fc.property(soup, fc.constantFrom('b', '', 'b c', '-', '\\'), (pieces, boundary) => {
      const media = readMediaType(`multipart/report; boundary="${boundary}"`);
      const found = readReport(media, Buffer.from(pieces.join('')).toString('latin1'));
      expect(found === undefined || found.text.length <= 300).toBe(true);
      readMediaType(pieces.join(''));
    }),
    { numRuns: 2000 },
  );
});

test('P8: many parts, deep parts, long lines and headers without end are bounded', () => {
  const part = '--b\r\n\r\nx\r\n';
  expect(partsOf(readMediaType('multipart/mixed; boundary=b'), part.repeat(20_000))).toHaveLength(40);
  let deep = 'Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\n';
  for (let depth = 20; depth > 0; depth -= 1) {
    deep = `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n${deep}\r\n--b${depth}--\r\n`;
  }
  const nested = partsOf(readMediaType('multipart/report; boundary=b'), `--b\r\n${deep}\r\n--b--\r\n`);
  expect(nested.map(({ media }) => media.type)).toEqual(Array.from({ length: 4 }, () => 'multipart/mixed'));
  const long = 'a'.repeat(260_000);
  for (const body of [
    long,
    `--b\r\n${long}`,
    `--b\r\nContent-Type: ${long}\r\n\r\n`,
    '--b\r\n'.repeat(50_000),
    `--b${' '.repeat(260_000)}`,
  ]) {
    readReport(readMediaType('multipart/report; boundary=b'), body);
  }
  const status = (text: string): string => `--b\r\nContent-Type: message/delivery-status\r\n\r\n${text}\r\n--b--\r\n`;
  for (const text of [
    'Status: 5.'.repeat(25_000),
    'Action:\r\n '.repeat(25_000),
    '\r\n'.repeat(125_000),
    `Action: failed\r\nDiagnostic-Code: ${'x; '.repeat(80_000)}`,
  ]) {
    readReport(readMediaType('multipart/report; boundary=b'), status(text));
  }
  for (const value of [
    `text/plain${';'.repeat(100_000)}`,
    `a/b; boundary="${'\\'.repeat(100_000)}`,
    `a/b${'; a=b'.repeat(50_000)}`,
  ]) {
    readMediaType(value);
  }
});

test.each([
  ['5.1.1', 'whatever', 'unknown'],
  ['5.1.0', 'Address rejected: user unknown in virtual mailbox table', 'unknown'],
  ['5.4.1', 'Recipient address rejected: Access denied. AS(201806281)', 'unknown'],
  ['', '550 No such user here', 'unknown'],
  ['', "554 delivery error: dd This user doesn't have a home.example account", 'unknown'],
  ['5.2.2', 'The email account that you tried to reach is over quota', 'full'],
  ['4.2.2', 'Mailbox full', 'full'],
  ['', '552 mailbox is full', 'full'],
  ['5.2.1', 'disabled', 'disabled'],
  ['5.7.1', 'Mailbox disabled, not accepting messages', 'disabled'],
  ['5.3.4', 'Message size exceeds fixed limit', 'large'],
  ['', '552 Message exceeds maximum size', 'large'],
  ['5.7.1', 'Message rejected due to policy', 'spam'],
  ['5.7.26', 'This mail is unauthenticated', 'spam'],
  ['', '554 Spam detected', 'spam'],
  ['4.4.7', 'delivery temporarily suspended', 'expired'],
  ['5.6.0', 'mailbox unknown format', 'other'],
  ['5.1.8', "Sender's mailbox address does not exist", 'other'],
  ['', '554 Transaction failed', 'other'],
] as const)('%s "%s" is %s', (status, text, reason) => {
  expect(reasonOf({ status, text })).toBe(reason);
});

test('only what is about the mailbox counts against it', () => {
  const kinds = (['unknown', 'full', 'disabled', 'expired', 'large', 'spam', 'other'] as const).map(
    (reason) => bounceOf(reason, true).kind,
  );
  expect(kinds).toEqual(['gone', 'mailbox', 'mailbox', 'mailbox', 'message', 'message', 'message']);
});

test('the words of another host are one short line, without what is not seen', () => {
  expect(wordsOf('  a\r\n\tb\u0000\u202e c  ')).toBe('a b c');
  expect(wordsOf('é'.repeat(5000))).toHaveLength(300);
});
