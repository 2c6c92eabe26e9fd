import { afterEach, expect, test } from 'vitest';
import { aluco } from '../aluco.ts';
import { openHouse } from '../house.ts';
import { openDnsServer } from '../mail/dns-server.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** The name and the text of a line of a zone file. */
function published(line: string): [name: string, text: string] {
  const [, name = '', strings = ''] = /^\s*(\S+)\. IN TXT (.*)$/u.exec(line) ?? [];
  const texts = [...strings.matchAll(/"([^"]*)"/gu)].map(([, text = '']) => text);
  for (const text of texts) expect(text.length).toBeLessThanOrEqual(255);
  return [name, texts.join('')];
}

test('an administrator changes the keys of mail, and no key signs before it is published', async () => {
  const dns = await openDnsServer();
  closing.push(() => dns.close());
  const house = await openHouse({ settings: { ALUCO_DNS: dns.address, ALUCO_ALIAS_DOMAIN: 'alias.example' } });
  closing.push(() => house.close());
  const run = (...words: string[]) => aluco(house.environment, ['mail', 'keys', ...words]);

  const first = await run();
  expect(first.status).toBe(0);
  expect(first.said.join('\n')).toMatch(
    /^aluco-\d{6}-\w+r {2}RSA, made 20\d\d-\d\d-\d\d, signs\n {2}aluco-\d{6}-\w+r\._domainkey\.alias\.example\. IN TXT \( "v=DKIM1; k=rsa; p=/mu,
  );
  const old = first.said.find((line) => line.includes('RSA'))?.split(' ', 1)[0] ?? '';

  const added = await run('add');
  const line = added.said.find((one) => one.includes('k=rsa')) ?? '';
  const [name, text] = published(line);
  const selector = name.split('.', 1)[0] ?? '';
  expect(added.said.at(-1)).toContain(`aluco mail keys use ${selector}`);

  const tooSoon = await run('use', selector);
  expect(tooSoon).toMatchObject({
    status: 1,
    said: [],
    complained: [expect.stringMatching(/^DNS has nothing/u), line],
  });
  dns.zone[name] = { TXT: ['v=DKIM1; k=rsa; p='] };
  expect(await run('use', selector)).toMatchObject({
    status: 1,
    complained: [expect.stringMatching(/another key/u), line],
  });
  dns.zone[name] = { fails: 'SERVFAIL' };
  expect(await run('use', selector)).toMatchObject({
    status: 1,
    complained: [expect.stringMatching(/not answer/u), line],
  });
  expect((await run()).said.join('\n')).toMatch(new RegExp(`^${old} .*, signs$`, 'mu'));

  dns.zone[name] = { TXT: [text] };
  const used = await run('use', selector);
  expect(used).toMatchObject({ status: 0, complained: [], said: [expect.stringContaining(`record of ${old} in DNS`)] });
  expect((await run()).said.join('\n')).toMatch(new RegExp(`^${selector} .*, signs$`, 'mu'));

  expect((await run('remove', selector)).status).toBe(1);
  expect(await run('remove', old)).toMatchObject({ status: 0, complained: [] });
  expect((await run()).said.join('\n')).not.toContain(old);
  expect((await run('use', old)).complained).toEqual(['There is no such key for mail.']);
  expect((await run('revoke')).status).toBe(2);
});
