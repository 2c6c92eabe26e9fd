import { afterEach, expect, test } from 'vitest';
import { NotSent } from '../../../src/mail/mail.ts';
import { makeTransport } from '../../../src/mail/transport.ts';
import { openDnsServer } from '../dns-server.ts';
import { openTarget, refusal, wayBy } from './target.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const letter = (to: string) => ({
  to,
  language: 'fr',
  subject: 'Bonsoir',
  text: '.\n..\nBonsoir',
  html: '<p>Bonsoir</p>',
});

test('without a smart host a letter goes straight to its mailbox, and no other one waits for a host that is away', async () => {
  const target = await openTarget({
    onRcptTo: ({ address }, _session, callback) =>
      callback(address.startsWith('bruno') ? refusal(550, 'nobody') : null),
  });
  const dns = await openDnsServer({
    'home.example': { MX: [{ exchange: 'mail.home.example', priority: 10 }] },
    'mail.home.example': { A: ['127.0.0.1'] },
    'away.example': { A: ['127.0.1.9'] },
  });
  const { config } = wayBy('mx:');
  const settings = { ...config, ALUCO_DNS: [dns.address], ALUCO_MAIL_FROM: 'aluco@nest.example', ALUCO_NAME: 'Le Nid' };
  const line = await makeTransport({ config: settings, port: target.port }).open();
  closing.push(
    () => target.close(),
    () => dns.close(),
    () => line.close(),
  );
  await line.check();
  const failure = (to: string): Promise<unknown> => line.send(letter(to)).catch((error: unknown) => error);
  for (const to of ['alix@away.example', 'odile@AWAY.example']) {
    const error = await failure(to);
    expect(error).toBeInstanceOf(NotSent);
    expect(error).toMatchObject({ fault: 'letter', lasting: false, code: 'ESOCKET' });
  }
  expect(await failure('bruno@home.example')).toMatchObject({
    fault: 'letter',
    lasting: true,
    code: '550',
    said: '550 5.1.1 nobody',
  });
  expect(await line.send(letter('alix@home.example'))).toMatch(/^250 /u);
  expect(target.arrived.map(({ from, to }) => [from, to])).toEqual([['aluco@nest.example', ['alix@home.example']]]);
  expect(target.arrived[0]?.octets.toString()).toContain('\r\n.\r\n..\r\nBonsoir');
  expect(dns.questions.filter((question) => question === 'A away.example')).toHaveLength(1);
});
