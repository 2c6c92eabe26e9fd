import { afterEach, beforeEach, expect, test } from 'vitest';
import { openCarrier, type Carrier, type Outcome } from '../../../src/mail/courier/courier.ts';
import { makeDns } from '../../../src/mail/dns.ts';
import { openDnsServer, type DnsServer, type Zone } from '../dns-server.ts';
import { hangUp, openStrange } from './strange.ts';
import { BODY, message, openTarget, refusal, wayBy, type Target } from './target.ts';

/** Hosts of other people, each with an address and the same port: as all of them listen on 25. */
const [MAIL, SPARE, AWAY] = ['127.0.1.1', '127.0.1.2', '127.0.1.3'];

const closing: (() => unknown)[] = [];
let dns: DnsServer;
let mail: Target;
beforeEach(async () => {
  dns = await openDnsServer();
  mail = await openTarget({}, MAIL);
  closing.push(
    () => dns.close(),
    () => mail.close(),
  );
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function openSpare(options: Parameters<typeof openTarget>[0] = {}): Promise<Target> {
  const spare = await openTarget(options, SPARE, mail.port);
  closing.push(() => spare.close());
  return spare;
}

type Config = NonNullable<Parameters<typeof wayBy>[1]>['config'];

function direct(zone: Zone, config: Config = {}): Carrier {
  Object.assign(dns.zone, zone);
  const carrier = openCarrier(wayBy('mx:', { dns: makeDns([dns.address]), port: mail.port, config }));
  closing.push(() => carrier.close());
  return carrier;
}

const send = (zone: Zone, config: Config = {}): Promise<Outcome> => direct(zone, config).carry(message());

const mx = (...hosts: [string, number][]): Zone[string] => ({
  MX: hosts.map(([exchange, priority]) => ({ exchange, priority })),
});

test('a message goes to the mail server that the domain names', async () => {
  const outcome = await send({ 'mailbox.test': mx(['mail.mailbox.test', 10]), 'mail.mailbox.test': { A: [MAIL] } });
  expect([outcome.kind, mail.arrived.map(({ to }) => to)]).toEqual(['taken', [['alix@mailbox.test']]]);
});

test('a domain without a mail server of its own is one itself', async () => {
  expect((await send({ 'mailbox.test': { A: [MAIL] } })).kind).toBe('taken');
});

test('hosts are tried in the order of the domain: the next one where the first is away or takes nothing now', async () => {
  const spare = await openSpare();
  const zone: Zone = {
    'mailbox.test': mx(
      ['spare.mailbox.test', 30],
      ['gone.mailbox.test', 5],
      ['away.mailbox.test', 10],
      ['mail.mailbox.test', 20],
    ),
    'away.mailbox.test': { A: [AWAY] },
    'mail.mailbox.test': { A: [MAIL] },
    'spare.mailbox.test': { A: [SPARE] },
  };
  const carrier = direct(zone);
  await carrier.carry(message());
  expect([mail.arrived.length, spare.arrived.length]).toEqual([1, 0]);
  await mail.close();
  const busy = await openTarget({ onConnect: (_session, callback) => callback(refusal(421, 'busy')) }, MAIL, mail.port);
  closing.push(() => busy.close());
  await carrier.carry(message());
  expect([mail.arrived.length, spare.arrived.length]).toEqual([1, 1]);
});

test('a host that refuses the message has the last word, and the others are not asked', async () => {
  await mail.close();
  const no = await openTarget(
    { onRcptTo: (_address, _session, callback) => callback(refusal(450, '4.2.1 later')) },
    MAIL,
    mail.port,
  );
  closing.push(() => no.close());
  const spare = await openSpare();
  const zone = {
    'mailbox.test': mx(['mail.mailbox.test', 10], ['spare.mailbox.test', 20]),
    'mail.mailbox.test': { A: [MAIL] },
    'spare.mailbox.test': { A: [SPARE] },
  };
  expect(await send(zone)).toMatchObject({ fault: 'message', lasting: false, code: '450', enhanced: '4.2.1' });
  expect(spare.connections.made).toBe(0);
});

test('a message that a host has whole goes to no other, though it does not say that it took it', async () => {
  await mail.close();
  const mute = await openStrange({ end: hangUp }, MAIL, mail.port);
  closing.push(() => mute.close());
  const spare = await openSpare();
  const zone = {
    'mailbox.test': mx(['mail.mailbox.test', 10], ['spare.mailbox.test', 20]),
    'mail.mailbox.test': { A: [MAIL] },
    'spare.mailbox.test': { A: [SPARE] },
  };
  expect(await send(zone)).toMatchObject({ fault: 'host', lasting: false });
  expect(spare.connections.made).toBe(0);
});

test('equal hosts share the mail', async () => {
  const spare = await openSpare();
  Object.assign(dns.zone, { 'mail.mailbox.test': { A: [MAIL] }, 'spare.mailbox.test': { A: [SPARE] } });
  const domains = Array.from({ length: 40 }, (_, number) => `mailbox${number}.test`);
  const zone = Object.fromEntries(
    domains.map((domain) => [domain, mx(['mail.mailbox.test', 10], ['spare.mailbox.test', 10])]),
  );
  const carrier = direct(zone);
  for (const domain of domains) await carrier.carry(message([BODY], { to: `alix@${domain}` }));
  expect(mail.arrived.length).toBeGreaterThan(0);
  expect(spare.arrived.length).toBeGreaterThan(0);
  // Domains with the same host share connections to it.
  expect(mail.connections.made + spare.connections.made).toBe(2);
});

test('of many hosts five are tried', async () => {
  const names = Array.from({ length: 9 }, (_, number) => `away${number}.mailbox.test`);
  const zone: Zone = Object.fromEntries(names.map((name) => [name, { A: [AWAY] }]));
  zone['mailbox.test'] = mx(...names.map((name, at): [string, number] => [name, at]), ['mail.mailbox.test', 99]);
  zone['mail.mailbox.test'] = { A: [MAIL] };
  expect(await send(zone)).toMatchObject({ fault: 'host', lasting: false, code: 'ESOCKET' });
  expect(dns.questions.filter((question) => question.startsWith('A away'))).toHaveLength(5);
});

test.each<[string, Zone, Partial<Outcome>]>([
  ['takes no mail (RFC 7505)', { 'mailbox.test': mx(['.', 0]) }, { lasting: true, code: '556', enhanced: '5.1.10' }],
  ['does not exist', {}, { lasting: true, code: '550', enhanced: '5.1.2' }],
  ['has no address', { 'mailbox.test': { TXT: ['x'] } }, { lasting: true, code: '550', enhanced: '5.1.2' }],
  [
    'is not answered for',
    { 'mailbox.test': { fails: 'SERVFAIL' } },
    { lasting: false, code: 'EDNS', enhanced: '4.4.3' },
  ],
  [
    'names a host that is not answered for',
    { 'mailbox.test': mx(['mail.mailbox.test', 1]), 'mail.mailbox.test': { fails: 'SERVFAIL' } },
    { lasting: false, code: 'EDNS', enhanced: '4.4.3' },
  ],
  [
    'names hosts that do not exist',
    { 'mailbox.test': mx(['mail.mailbox.test', 1]) },
    { lasting: false, code: 'EDNS', enhanced: '4.4.4' },
  ],
  [
    'names an address as its host',
    { 'mailbox.test': mx([MAIL, 1]) },
    { lasting: false, code: 'EDNS', enhanced: '4.4.4' },
  ],
])('a domain that %s', async (_what, zone, expected) => {
  expect(await send(zone)).toMatchObject({ kind: 'refused', text: '', ...expected });
  expect(mail.connections.made).toBe(0);
});

test.each([
  ['127.0.0.1', '10.1.2.3', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '172.17.0.2'],
  ['::1', 'fe80::1', 'fd00::1', '::ffff:127.0.1.1', '64:ff9b::7f00:101'],
])('A90: a mailbox cannot point us at a private network (%s…)', async (...addresses) => {
  const [A, AAAA] = [addresses.filter((one) => !one.includes(':')), addresses.filter((one) => one.includes(':'))];
  const zone = { 'mailbox.test': mx(['mail.mailbox.test', 1]), 'mail.mailbox.test': { A: [...A, MAIL], AAAA } };
  const outcome = await send(zone, { ALUCO_PRIVATE_NETWORKS: [] });
  expect(outcome).toMatchObject({ fault: 'host', lasting: false, code: 'EPRIVATE', enhanced: '4.4.4' });
  expect(mail.connections.made).toBe(0);
});

const LOOP = { kind: 'refused', fault: 'message', lasting: true, code: '554', enhanced: '5.4.6', text: '' };

test('mail never comes back to the relay: neither by its domain, nor by its name, nor by its address', async () => {
  const carrier = direct({
    'alias.example': { A: [MAIL] },
    'mailbox.test': mx(['relay.nest.example', 10], ['mail.mailbox.test', 20]),
    'relay.nest.example': { A: [MAIL] },
    'mail.mailbox.test': { A: [MAIL] },
    'better.test': mx(['mail.mailbox.test', 5], ['RELAY.nest.example', 10]),
  });
  expect(await carrier.carry(message([BODY], { to: 'alix@alias.example' }))).toEqual(LOOP);
  expect(await carrier.carry(message())).toEqual(LOOP);
  expect(mail.connections.made).toBe(0);
  expect((await carrier.carry(message([BODY], { to: 'alix@better.test' }))).kind).toBe('taken');
  const here = direct({ 'here.test': { A: ['127.0.0.1'] } }, { ALUCO_RELAY: `0.0.0.0:${mail.port}` });
  expect(await here.carry(message([BODY], { to: 'alix@here.test' }))).toEqual(LOOP);
});
