import { afterEach, expect, test } from 'vitest';
import { fc } from '../../properties.ts';
import { judge } from '../../../src/mail/courier/judge.ts';
import { openStrange } from './strange.ts';
import { sendOnce, wayBy } from './target.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

type Step = 'greeting' | 'MAIL' | 'RCPT' | 'DATA' | 'end';
const host = { kind: 'refused', fault: 'host', lasting: false };
const later = { kind: 'refused', fault: 'message', lasting: false };
const never = { kind: 'refused', fault: 'message', lasting: true };

test.each<[Step, string, object]>([
  ['greeting', '554 5.7.1 you are on a list', { ...host, code: 'EPROTOCOL 554', enhanced: '5.7.1' }],
  ['greeting', '450 busy', { ...host, code: 'EPROTOCOL 450', enhanced: '4.0.0' }],
  ['MAIL', '451 4.7.1 not yet', { ...host, code: 'EENVELOPE 451', enhanced: '4.7.1' }],
  ['MAIL', '550 5.7.1 not from there', { ...host, code: 'EENVELOPE 550', enhanced: '5.7.1' }],
  ['MAIL', '552 5.3.4 too large', { ...never, code: '552', enhanced: '5.3.4' }],
  ['RCPT', '450 4.2.0 greylisted', { ...later, code: '450', enhanced: '4.2.0' }],
  ['RCPT', '550 5.1.1 nobody', { ...never, code: '550', enhanced: '5.1.1' }],
  ['RCPT', '550 nobody', { ...never, code: '550', enhanced: '5.0.0' }],
  ['RCPT', '550 4.1.1 confused', { ...never, code: '550', enhanced: '5.0.0' }],
  ['RCPT', '503 5.5.1 MAIL first', { ...later, code: '503', enhanced: '5.5.1' }],
  ['RCPT', '421 4.3.2 shutting down', { ...host, code: 'ECONNECTION 421', enhanced: '4.3.2' }],
  ['RCPT', '299 what', { kind: 'taken' }],
  ['RCPT', '600 what', { ...host, code: 'EENVELOPE' }],
  ['DATA', '451 4.3.0 no room', { ...later, code: '451', enhanced: '4.3.0' }],
  ['DATA', '554 5.7.1 no', { ...never, code: '554', enhanced: '5.7.1' }],
  ['end', '452 4.2.2 full', { ...later, code: '452', enhanced: '4.2.2' }],
  ['end', '552 5.2.2 full', { ...never, code: '552', enhanced: '5.2.2' }],
  ['end', '421 4.3.2 shutting down', { ...host, code: 'EMESSAGE 421', enhanced: '4.3.2' }],
])('at %s, "%s" means what it says', async (step, reply, expected) => {
  for (const pipelining of ['PIPELINING', 'HELP']) {
    const strange = await openStrange({ [step]: reply, EHLO: `250-strange.test\r\n250 ${pipelining}` });
    closing.push(() => strange.close());
    const { code, ...rest } = expected as { code?: string };
    // Where the connection ends, what the library calls it depends on how the steps went.
    const kind = code?.endsWith(' 421') === true ? expect.stringMatching(/^E[A-Z]+ 421$/u) : code;
    expect(await sendOnce(wayBy(strange.smtp))).toMatchObject(code === undefined ? rest : { ...rest, code: kind });
  }
});

test('the words of the other server are told without their codes, as one short line without control characters', async () => {
  const lines = ['550-5.1.1 no \u0000\u001b[31mmailbox\u202e', `550 5.1.1 alix@mailbox.test ${'é'.repeat(400)}`];
  const strange = await openStrange({ RCPT: lines.join('\r\n') });
  closing.push(() => strange.close());
  const outcome = await sendOnce(wayBy(strange.smtp));
  expect(outcome.text).toMatch(/^no \[31mmailbox alix@mailbox\.test é{200,}$/u);
  expect(outcome.text).toHaveLength(300);
});

test('no error of whatever shape makes a message lasting refused, but a reply of 5xx', () => {
  const errors = fc.record(
    {
      code: fc.oneof(fc.string(), fc.constantFrom('EENVELOPE', 'EMESSAGE', 'ESOCKET', 'ECONNECTION')),
      command: fc.oneof(fc.string(), fc.constantFrom('RCPT TO', 'DATA', 'MAIL FROM', 'CONN')),
      responseCode: fc.oneof(fc.constant(undefined), fc.integer({ min: -1, max: 1000 })),
      response: fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant(false)),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(errors, (error) => {
      const { lasting, fault, code, enhanced, text } = judge(error);
      const isFive = (error.responseCode ?? 0) >= 500 && (error.responseCode ?? 0) < 600;
      // Of a message that is larger than the host takes, the library knows by itself.
      const isLarge = error.code === 'EMESSAGE' && error.command === 'MAIL FROM' && error.responseCode === undefined;
      expect(lasting && !isFive && !isLarge).toBe(false);
      expect(lasting && fault === 'host').toBe(false);
      expect(code).toMatch(/^(?:\d{3}|E[A-Z]{2,18}(?: \d{3})?)$/u);
      expect(enhanced).toMatch(/^[45]\.\d{1,3}\.\d{1,3}$/u);
      expect(text).toMatch(/^\P{C}{0,300}$/u);
    }),
  );
});
