import { afterEach, expect, test } from 'vitest';
import { aluco } from '../aluco.ts';
import { openHouse } from '../house.ts';
import { openDnsServer, reverseOf, type DnsServer, type Zone } from '../mail/dns-server.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const ADDRESS = '93.184.215.14';

/** A house that relays mail for alias.example, and what its doctor says of that. */
async function open(settings: Record<string, string> = {}, zone: Zone = {}) {
  const dns = await openDnsServer(zone);
  closing.push(() => dns.close());
  const house = await openHouse({
    settings: {
      ALUCO_DNS: dns.address,
      ALUCO_ALIAS_DOMAIN: 'alias.example',
      ALUCO_RELAY: '127.0.0.1:0',
      ALUCO_RELAY_NAME: 'mx.house.example',
      ALUCO_SMTP: 'mx:',
      ALUCO_MAIL_FROM: 'aluco@house.example',
      ...settings,
    },
  });
  closing.push(() => house.close());
  await house.parts.mailKeys.ensure();
  const examine = async (): Promise<string[]> => {
    const { said } = await aluco(house.environment, ['doctor']);
    for (const line of said) expect(line).toMatch(/^(ok {5}|warning|problem) {2}[a-z ]+: .*[.?]$/u);
    expect(said.join('\n')).not.toContain('@');
    return said.filter((line) => line.slice(9).startsWith('relay '));
  };
  return { dns, house, examine };
}

/** Puts the lines that the doctor gives into the zone, as an administrator would. */
function publish({ zone }: DnsServer, lines: readonly string[]): void {
  for (const line of lines) {
    for (const [, name = '', kind = '', value = ''] of line.matchAll(/`(\S+)\. IN (TXT|MX|A) ([^`]*)`/gu)) {
      const records = (zone[name] ??= {});
      if (kind === 'A') records.A = [ADDRESS];
      else if (kind === 'MX') {
        const [priority, exchange = ''] = value.split(' ');
        records.MX = [{ priority: Number(priority), exchange: exchange.replace(/\.$/u, '') }];
      } else records.TXT = [[...value.matchAll(/"([^"]*)"/gu)].map(([, text]) => text).join('')];
    }
  }
}

test('an administrator who publishes each line that the doctor gives has a relay in order', async () => {
  const { dns, examine } = await open();
  const before = await examine();
  expect(before.map((line) => line.slice(0, line.indexOf(':')))).toEqual([
    'problem  relay name',
    'problem  relay exchanger',
    'problem  relay senders',
    'problem  relay signature',
    'problem  relay signature',
    'problem  relay policy',
  ]);
  publish(dns, before);
  const between = await examine();
  expect(between.at(-1)).toBe(
    `warning  relay reverse name: ${ADDRESS} has no name. Have whoever gives you this address call it mx.house.example: many servers refuse mail from others.`,
  );
  dns.zone[reverseOf(ADDRESS)] = { PTR: ['mx.house.example'] };
  const after = await examine();
  expect(after.length).toBe(7);
  for (const line of after) expect(line).toMatch(/^ok /u);
});

test('each record that is not as it should be is told, with what it should be', async () => {
  const { dns, examine } = await open();
  publish(dns, await examine());
  dns.zone[reverseOf(ADDRESS)] = { PTR: ['host-14.provider.example'] };
  const key = Object.keys(dns.zone).find((name) => name.includes('._domainkey.')) ?? '';
  const good: Zone = structuredClone(dns.zone);
  const withChange = async (name: string, records: Zone[string]): Promise<string> => {
    Object.assign(dns.zone, structuredClone(good), { [name]: records });
    return (await examine()).filter((line) => !line.startsWith('ok ') && !line.includes('reverse name')).join('\n');
  };
  expect((await examine()).at(-1)).toContain('is called host-14.provider.example.');
  const domain = good['alias.example'] ?? {};
  expect(await withChange('alias.example', { ...domain, TXT: ['v=spf1 a:mx.house.example ~all'] })).toMatch(
    /^warning {2}relay senders: .*does not end with -all.*IN TXT "v=spf1 a:mx\.house\.example -all"/u,
  );
  expect(await withChange('alias.example', { ...domain, TXT: ['v=spf1 a:other.example -all'] })).toMatch(
    /^warning {2}relay senders: .*does not let 93\.184\.215\.14 \(mx\.house\.example\) send/u,
  );
  expect(
    await withChange('alias.example', { ...domain, TXT: ['v=spf1 -all', 'v=spf1 a:mx.house.example -all'] }),
  ).toMatch(/^problem {2}relay senders: .*2 SPF records/u);
  expect(
    await withChange('alias.example', { ...domain, MX: [{ exchange: 'mx.elsewhere.example', priority: 5 }] }),
  ).toMatch(/^warning {2}relay exchanger: .*mx\.elsewhere\.example.*`alias\.example\. IN MX 10 mx\.house\.example\.`/u);
  expect(await withChange(key, { TXT: ['v=DKIM1; k=rsa; p='] })).toMatch(
    /^problem {2}relay signature: .*is published as another\. Add `/u,
  );
  expect(await withChange('_dmarc.alias.example', { TXT: ['v=DMARC1; p=none'] })).toMatch(
    /^warning {2}relay policy: .*does not say p=reject.*"v=DMARC1; p=reject; adkim=s; aspf=s"/u,
  );
});

test('an exchanger of another name that is the same machine is in order', async () => {
  const { dns, examine } = await open();
  publish(dns, await examine());
  dns.zone['mail.house.example'] = { A: [ADDRESS] };
  dns.zone['alias.example'] = { ...dns.zone['alias.example'], MX: [{ exchange: 'mail.house.example', priority: 1 }] };
  expect((await examine()).find((line) => line.includes('exchanger'))).toMatch(
    /^ok .* goes to mail\.house\.example\.$/u,
  );
});

test('behind a smart host, that one must be allowed to send, and no reverse name of ours is looked at', async () => {
  const { dns, examine } = await open(
    { ALUCO_SMTP: 'smtp://smart.example:2525' },
    { 'smart.example': { A: ['93.184.215.99'] } },
  );
  const before = await examine();
  expect(before.join('\n')).toContain('"v=spf1 a:smart.example -all"');
  publish(dns, before);
  const after = await examine();
  for (const line of after) expect(line).toMatch(/^ok /u);
  expect(after.join('\n')).not.toContain('reverse name');
});

test('when DNS does not answer, the doctor says so of each record, gives its line, and ends', async () => {
  const { dns, examine } = await open();
  const names = [...(await examine()).join('\n').matchAll(/`(\S+)\. IN/gu)].map(([, name = '']) => name);
  for (const name of names) dns.zone[name] = { fails: 'silence' };
  const lines = await examine();
  expect(lines.length).toBe(names.length);
  for (const line of lines)
    expect(line).toMatch(/^warning .*DNS does not answer about \S+\. It should have `\S+\. IN .*ALUCO_DNS\.$/u);
});

test('where no mail is received, nothing is said of it', async () => {
  const { examine } = await open({ ALUCO_RELAY: '' });
  expect(await examine()).toEqual([]);
});
