import { domainToASCII } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MACHINE, openDesk, signing, STRANGER, type Desk } from '../mail/policy/incoming.ts';

/** Twelve names that each lead to the next; so many that the last is never asked for. */
const chain = (of: string, next: (name: string) => string, end: string) =>
  Object.fromEntries(
    Array.from({ length: 13 }, (_, at) => [
      at === 0 ? of : `c${at}.${of}`,
      { TXT: [at === 12 ? end : `v=spf1 ${next(`c${at + 1}.${of}`)}`] },
    ]),
  );

let desk: Desk;
let masto: string;
let cloud: string;
const everywhere = `v=spf1 ip4:${STRANGER} -all`;
const EVIL = ['evil.test', 'masto.test.evil.test', 'notmasto.test', 'masto-test.evil.test', 'masto.co', 'evil.co.uk'];
const LOOK_ALIKE = ['m\u0430sto.test', 'mastо.test', 'masto.tеst', 'ma\u0455to.test'].map((name) =>
  domainToASCII(name),
);
beforeAll(async () => {
  desk = await openDesk({
    ...signing('masto.test'),
    ...signing('cloud.test'),
    ...signing('co.uk'),
    ...signing('uk'),
    ...signing('test'),
    ...signing('github.io'),
    ...Object.assign({}, ...[...EVIL, ...LOOK_ALIKE].map((domain) => signing(domain))),
    ...Object.fromEntries([...EVIL, ...LOOK_ALIKE, 'co.uk', 'test'].map((name) => [name, { TXT: [everywhere] }])),
    'masto.test': { TXT: [`v=spf1 ip4:${MACHINE} -all`] },
    'cloud.test': { TXT: [everywhere] },
  });
  masto = await desk.add({ senderDomains: ['masto.test'] });
  cloud = await desk.add({ senderDomains: ['cloud.test'] });
});
afterAll(() => desk.close());

test('A77: whoever is not the application is refused, however well signed', async () => {
  for (const domain of [...EVIL, ...LOOK_ALIKE]) {
    const message = { from: `notify@${domain}`, signedBy: [domain] };
    expect(await desk.judge(masto, message, { mailFrom: `bounce@${domain}` }), domain).toEqual({
      kind: 'stranger',
      reason: 'unregistered_domain',
      domain,
    });
  }
});

test('A77: a forged From is proven neither by the forger’s signature nor by the forger’s envelope', async () => {
  for (const domain of [...EVIL, ...LOOK_ALIKE, 'co.uk']) {
    const verdict = await desk.judge(masto, { signedBy: [domain] }, { mailFrom: `bounce@${domain}` });
    expect(verdict, domain).toMatchObject({ kind: 'stranger', reason: 'signature_other' });
  }
  expect(await desk.judge(masto, { signedBy: ['test'] }, { mailFrom: 'bounce@test' })).toMatchObject({
    reason: 'unsigned',
  });
  expect(await desk.judge(masto, {}, { mailFrom: 'bounce@masto.test' })).toMatchObject({ reason: 'spf_failed' });
});

test('A77: what another registered application can sign and send is none of this one’s', async () => {
  const how = { mailFrom: 'bounce@cloud.test' };
  expect(await desk.judge(masto, { from: 'a@cloud.test', signedBy: ['cloud.test'] }, how)).toMatchObject({
    reason: 'unregistered_domain',
  });
  expect(await desk.judge(masto, { signedBy: ['cloud.test'] }, how)).toMatchObject({ reason: 'signature_other' });
  expect(await desk.judge(masto, { signedBy: ['masto.test'] }, { as: cloud })).toEqual({
    kind: 'stranger',
    reason: 'other_application',
    domain: 'masto.test',
  });
  expect(await desk.judge(cloud, { from: 'a@cloud.test', signedBy: ['cloud.test'] }, how)).toMatchObject({
    kind: 'trusted',
  });
});

test('A77: another application’s network is none of this one’s', async () => {
  await desk.applications.changeSenders(cloud, { senderDomains: ['cloud.test'], senderNetworks: ['172.18.0.5'] });
  const by = { address: '172.18.0.5' };
  expect(await desk.judge(cloud, { from: 'a@anywhere.test' }, { by })).toMatchObject({ by: 'network' });
  expect(await desk.judge(masto, {}, { by, mailFrom: 'x@nowhere.test' })).toMatchObject({ kind: 'stranger' });
});

test.each(['co.uk', 'github.io'])(
  'A77: a signature of the public suffix %s signs for nobody, even where it is registered',
  async (suffix) => {
    const shop = await desk.add({ senderDomains: [`shop.${suffix}`, suffix, 'evil.co.uk'] });
    const how = { mailFrom: `bounce@${suffix}` };
    expect(await desk.judge(shop, { from: `a@shop.${suffix}`, signedBy: [suffix] }, how)).toMatchObject({
      kind: 'stranger',
    });
    expect(await desk.judge(shop, { from: `a@${suffix}`, signedBy: [suffix] }, how)).toMatchObject({
      kind: 'stranger',
      reason: 'unregistered_domain',
    });
    expect(await desk.judge(shop, { from: `a@shop.${suffix}`, signedBy: ['uk'] }, how)).toMatchObject({
      kind: 'stranger',
    });
    expect(await desk.judge(shop, { from: `a@other.${suffix}`, signedBy: [`other.${suffix}`] }, how)).toMatchObject({
      kind: 'stranger',
    });
  },
);

test('A77: below a registered name is only what its owner answers for', async () => {
  desk.server.zone['mail._domainkey.mallory.github.io'] = desk.server.zone['mail._domainkey.github.io'] ?? {};
  const pages = await desk.add({ senderDomains: ['github.io', 'masto.test'] });
  const message = { from: 'a@mallory.github.io', signedBy: ['mallory.github.io'] };
  expect(await desk.judge(pages, message)).toMatchObject({ kind: 'stranger', reason: 'unregistered_domain' });
  const narrow = await desk.add({ senderDomains: ['mail.masto.test'] });
  for (const from of ['a@masto.test', 'a@notmail.masto.test', 'a@blog.masto.test']) {
    expect(await desk.judge(narrow, { from, signedBy: ['masto.test'] }), from).toMatchObject({
      reason: 'unregistered_domain',
    });
  }
});

test.each([
  ['two authors', 'a@masto.test, b@evil.test'],
  ['two addresses in brackets', '<a@masto.test> <b@evil.test>'],
  ['a name that looks like an address', '"a@masto.test" <b@evil.test>'],
  ['the domain as a local part', 'a@masto.test@evil.test'],
  ['a comment in the domain', 'a@masto.test(.evil.test)'],
  ['a percent', 'a%masto.test@evil.test'],
  ['a group', 'a@masto.test:b@evil.test;'],
])('A77: %s in From leads to no other verdict than that of the address all readers see', async (_what, from) => {
  const how = { mailFrom: 'bounce@evil.test' };
  expect(await desk.judge(masto, { from, signedBy: ['evil.test'] }, how)).toMatchObject({ kind: 'stranger' });
});

describe('A77: records that would have us ask for ever', () => {
  const of = async (name: string, mailFrom = `a@${name}`, by = {}): Promise<unknown> => {
    const id = await desk.add({ senderDomains: [name] });
    return desk.judge(id, { from: `a@${name}` }, { mailFrom, by });
  };
  const asked = (name: string): number => desk.server.questions.filter((each) => each.endsWith(name)).length;
  const refused = { kind: 'stranger', reason: 'spf_failed' };

  test('redirections in a circle end', async () => {
    desk.server.zone['circle.test'] = { TXT: ['v=spf1 redirect=round.circle.test'] };
    desk.server.zone['round.circle.test'] = { TXT: ['v=spf1 redirect=circle.test'] };
    expect(await of('circle.test')).toMatchObject(refused);
    // What was asked a moment ago is known.
    expect(asked('circle.test')).toBe(2);
  });

  test('inclusions in a circle end', async () => {
    desk.server.zone['ring.test'] = { TXT: ['v=spf1 include:ring.test +all'] };
    expect(await of('ring.test')).toMatchObject(refused);
  });

  test('the eleventh look-up is not made, whatever it would say', async () => {
    Object.assign(
      desk.server.zone,
      chain('long.test', (name) => `include:${name}`, 'v=spf1 +all'),
    );
    expect(await of('long.test')).toMatchObject(refused);
    expect(asked('long.test')).toBe(11);
    Object.assign(
      desk.server.zone,
      chain('way.test', (name) => `redirect=${name}`, 'v=spf1 +all'),
    );
    expect(await of('way.test')).toMatchObject(refused);
    expect(asked('way.test')).toBe(11);
  });

  test('ten look-ups are made', async () => {
    const names = Array.from({ length: 10 }, (_, at) => `i${at}.ten.test`);
    for (const name of names) desk.server.zone[name] = { TXT: ['v=spf1 ip4:203.0.113.1'] };
    desk.server.zone['ten.test'] = { TXT: [`v=spf1 ${names.map((name) => `include:${name}`).join(' ')} +all`] };
    expect(await of('ten.test')).toMatchObject({ kind: 'trusted', by: 'spf' });
  });

  test('a third name that is not there ends it', async () => {
    const terms = (count: number): string =>
      Array.from({ length: count }, (_, at) => `a:nothing${at}.void${count}.test`).join(' ');
    desk.server.zone['void2.test'] = { TXT: [`v=spf1 ${terms(2)} +all`] };
    desk.server.zone['void3.test'] = { TXT: [`v=spf1 ${terms(3)} +all`] };
    expect(await of('void2.test')).toMatchObject({ kind: 'trusted' });
    expect(await of('void3.test')).toMatchObject(refused);
  });

  test('macros grow no name beyond what DNS takes, and none that are unknown are read', async () => {
    const bomb = Array.from({ length: 60 }, () => '%{l}').join('.');
    desk.server.zone['macro.test'] = { TXT: [`v=spf1 exists:${bomb}.macro.test +all`] };
    expect(await of('macro.test', `${'x'.repeat(64)}@macro.test`)).toMatchObject({
      kind: expect.any(String) as string,
    });
    const longest = Math.max(...desk.server.questions.map((question) => question.split(' ')[1]?.length ?? 0));
    expect(longest).toBeLessThanOrEqual(253);
    desk.server.zone['odd.test'] = { TXT: ['v=spf1 exists:%{z}.odd.test +all'] };
    expect(await of('odd.test')).toMatchObject(refused);
  });

  test('no record asks for the name or the time of this machine', async () => {
    desk.server.zone['peek.test'] = { TXT: ['v=spf1 exists:%{r}.%{t}.peek.test +all'] };
    expect(await of('peek.test')).toMatchObject(refused);
    expect(desk.server.questions.filter((each) => each.endsWith('peek.test'))).toEqual(['TXT peek.test']);
  });

  test('many names of a machine are not all asked for', async () => {
    const names = Array.from({ length: 40 }, (_, at) => `p${at}.many.test`);
    desk.server.zone['66.100.51.198.in-addr.arpa'] = { PTR: names };
    desk.server.zone['many.test'] = { TXT: ['v=spf1 ptr:many.test -all'] };
    expect(await of('many.test')).toMatchObject(refused);
    expect(desk.server.questions.filter((each) => /^A p\d+\.many\.test$/u.test(each)).length).toBeLessThanOrEqual(10);
  });

  test('many mail hosts are not all asked for', async () => {
    const hosts = Array.from({ length: 40 }, (_, at) => ({ exchange: `m${at}.hosts.test`, priority: at }));
    desk.server.zone['hosts.test'] = { TXT: ['v=spf1 mx +all'], MX: hosts };
    for (const { exchange } of hosts) desk.server.zone[exchange] = { A: ['203.0.113.9'] };
    expect(await of('hosts.test')).toMatchObject(refused);
    expect(desk.server.questions.filter((each) => /^A m\d+\.hosts\.test$/u.test(each)).length).toBeLessThanOrEqual(10);
  });

  test('two records, and one of rubbish, let nobody in', async () => {
    desk.server.zone['two.test'] = { TXT: ['v=spf1 +all', 'v=spf1 +all'] };
    desk.server.zone['rubbish.test'] = { TXT: ['v=spf1 everybody +all'] };
    expect(await of('two.test')).toMatchObject(refused);
    expect(await of('rubbish.test')).toMatchObject(refused);
  });

  test('where no answer comes, the message may come again', async () => {
    desk.server.zone['mute.test'] = { fails: 'silence' };
    expect(await of('mute.test')).toEqual({ kind: 'later' });
  });
});
