import { afterEach, beforeEach, expect, test } from 'vitest';
import { isMissing, makeDns } from '../../src/mail/dns.ts';
import { openDnsServer, reverseOf, type DnsServer, type Zone } from './dns-server.ts';

let server: DnsServer;
let time: number;
beforeEach(async () => {
  server = await openDnsServer();
  time = 0;
});
afterEach(() => server.close());

const withZone = (zone: Zone) => {
  Object.assign(server.zone, zone);
  return makeDns([server.address], () => time);
};
const failure = (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => undefined,
    (error: unknown) => error,
  );

test('every kind of record is answered, and the strings of one text are put together', async () => {
  const long = `v=DKIM1; p=${'A'.repeat(700)}`;
  const dns = withZone({
    'masto.test': {
      TXT: [long, 'v=spf1 -all'],
      MX: [{ exchange: 'mx.masto.test', priority: 10 }],
      A: ['192.0.2.4'],
      AAAA: ['2001:db8::4'],
    },
    [reverseOf('192.0.2.4')]: { PTR: ['mx.masto.test'] },
    ['4.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa']: { PTR: ['six.masto.test'] },
  });
  expect((await dns.txt('masto.test')).toSorted()).toEqual([long, 'v=spf1 -all']);
  expect(await dns.mx('masto.test')).toEqual([{ exchange: 'mx.masto.test', priority: 10 }]);
  expect(await dns.addresses('masto.test')).toEqual(['192.0.2.4', '2001:db8::4']);
  expect(await dns.names('192.0.2.4')).toEqual(['mx.masto.test']);
  expect(await dns.names('2001:db8::4')).toEqual(['six.masto.test']);
  expect(await dns.names('::ffff:192.0.2.4')).toEqual(['mx.masto.test']);
});

test('what does not exist is missing, and what is not answered is not', async () => {
  const dns = withZone({ 'empty.test': {}, 'broken.test': { fails: 'SERVFAIL' } });
  for (const name of ['empty.test', 'nowhere.test', '', 'a..test', `${'a'.repeat(64)}.test`, 'ö.test', 'a b.test']) {
    expect([name, isMissing(await failure(dns.txt(name)))]).toEqual([name, true]);
  }
  expect(isMissing(await failure(dns.names('mx.masto.test')))).toBe(true);
  expect(await dns.addresses('nowhere.test')).toEqual([]);
  const broken = await failure(dns.txt('broken.test'));
  expect(broken).toBeInstanceOf(Error);
  expect(isMissing(broken)).toBe(false);
  await expect(dns.addresses('broken.test')).rejects.toThrow();
});

test('silence ends, and is no answer', async () => {
  const dns = withZone({ 'silent.test': { fails: 'silence' } });
  const error = await failure(dns.txt('silent.test'));
  expect([error instanceof Error, isMissing(error)]).toEqual([true, false]);
});

test('an answer is remembered for minutes, a missing one for a minute, a failure for seconds', async () => {
  const dns = withZone({ 'masto.test': { TXT: ['one'] }, 'broken.test': { fails: 'SERVFAIL' } });
  const asked = (name: string): number => server.questions.filter((question) => question === `TXT ${name}`).length;
  const askAll = async (): Promise<void> => {
    await dns.txt('masto.test');
    await dns.txt('MASTO.test');
    await failure(dns.txt('nowhere.test'));
    await failure(dns.txt('broken.test'));
  };
  await askAll();
  const atOnce = asked('broken.test');
  await askAll();
  expect([asked('masto.test'), asked('nowhere.test'), asked('broken.test')]).toEqual([1, 1, atOnce]);
  time = 6000;
  await askAll();
  expect([asked('masto.test'), asked('nowhere.test'), asked('broken.test')]).toEqual([1, 1, 2 * atOnce]);
  time = 61_000;
  await askAll();
  expect([asked('masto.test'), asked('nowhere.test')]).toEqual([1, 2]);
  server.zone['masto.test'] = { TXT: ['two'] };
  time = 301_000;
  expect(await dns.txt('masto.test')).toEqual(['two']);
});

test('the same question asked by many at once goes out once, and nobody can change the answer of another', async () => {
  const dns = withZone({ 'masto.test': { TXT: ['one'] } });
  const answers = await Promise.all(Array.from({ length: 50 }, () => dns.txt('masto.test')));
  expect(server.questions).toEqual(['TXT masto.test']);
  answers[0]?.push('mine');
  (await dns.resolve('masto.test', 'TXT')).length = 0;
  expect(await dns.txt('masto.test')).toEqual(['one']);
});

test('a flood of names waits in a bounded line, and the rest is refused at once', async () => {
  const dns = withZone({});
  const asked = await Promise.all(
    Array.from({ length: 5000 }, (_, index) => failure(dns.txt(`n${index}.test`)) as Promise<{ code: string }>),
  );
  const refused = asked.filter(({ code }) => code === 'ETIMEOUT').length;
  expect(refused).toBeGreaterThanOrEqual(5000 - 2000 - 64);
  expect(isMissing(await failure(dns.txt('after.test')))).toBe(true);
});
