import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FRONT, MACHINE, openDesk, signing, write, type Desk } from './incoming.ts';

let desk: Desk;
let masto: string;
beforeAll(async () => {
  desk = await openDesk({
    ...signing('masto.test'),
    ...signing('mail.masto.test'),
    ...signing('sender.test'),
    ...signing('strict.test'),
    ...signing('mail.strict.test'),
    'masto.test': { TXT: [`v=spf1 ip4:${MACHINE} -all`] },
    'mail.masto.test': { TXT: [`v=spf1 ip4:${MACHINE} -all`], A: [MACHINE] },
    'sender.test': { TXT: [`v=spf1 ip4:${MACHINE} -all`] },
    'strict.test': { TXT: [`v=spf1 -all`] },
    'mail.strict.test': { TXT: [`v=spf1 ip4:${MACHINE} -all`] },
    '_dmarc.strict.test': { TXT: ['v=DMARC1; p=reject; adkim=s; aspf=s'] },
    'away.test': { fails: 'SERVFAIL' },
    'mail._domainkey.away.test': { fails: 'SERVFAIL' },
    '_dmarc.half.test': { fails: 'SERVFAIL' },
    ...signing('mail.half.test'),
  });
  masto = await desk.add({ senderDomains: ['masto.test'] });
});
afterAll(() => desk.close());

const fromMachine = { by: { address: MACHINE } };

describe('by signature', () => {
  test('mail that the registered domain signed is the application’s, wherever it comes from', async () => {
    const signedBy = ['masto.test'];
    expect(await desk.judge(masto, { signedBy }, { mailFrom: 'x@elsewhere.test' })).toEqual({
      kind: 'trusted',
      by: 'dkim',
      domain: 'masto.test',
    });
  });

  test('so is mail from below the domain, and mail signed above or beside what it is from', async () => {
    const from = 'notify@mail.masto.test';
    for (const signedBy of [['masto.test'], ['mail.masto.test']]) {
      expect(await desk.judge(masto, { from, signedBy })).toMatchObject({ kind: 'trusted', domain: 'mail.masto.test' });
    }
    expect(await desk.judge(masto, { signedBy: ['mail.masto.test'] })).toMatchObject({ kind: 'trusted', by: 'dkim' });
  });

  test('one signature of the domain is enough among those of others', async () => {
    expect(await desk.judge(masto, { signedBy: ['sender.test', 'masto.test'] })).toMatchObject({ kind: 'trusted' });
  });

  test('a changed message is a stranger’s', async () => {
    expect(await desk.judge(masto, { signedBy: ['masto.test'], tampered: true })).toEqual({
      kind: 'stranger',
      reason: 'signature_failed',
      domain: 'masto.test',
    });
  });

  test('a signature that leaves the end open, or of a service that sends for others, is not enough', async () => {
    expect(await desk.judge(masto, { signedBy: ['masto.test'], covered: 5 })).toMatchObject({
      reason: 'signature_partial',
    });
    const mailFrom = 'bounce@sender.test';
    expect(await desk.judge(masto, { signedBy: ['sender.test'] }, { ...fromMachine, mailFrom })).toMatchObject({
      reason: 'signature_other',
    });
  });

  test('a domain that asks for exactly itself is taken at its word', async () => {
    const strict = await desk.add({ senderDomains: ['strict.test'] });
    const from = 'notify@strict.test';
    const how = { mailFrom: 'x@elsewhere.test' };
    expect(await desk.judge(strict, { from, signedBy: ['strict.test'] }, how)).toMatchObject({ kind: 'trusted' });
    expect(await desk.judge(strict, { from, signedBy: ['mail.strict.test'] }, how)).toMatchObject({
      reason: 'alignment_strict',
    });
    const spf = { ...fromMachine, mailFrom: 'bounce@mail.strict.test' };
    expect(await desk.judge(strict, { from }, spf)).toMatchObject({ reason: 'alignment_strict' });
  });

  test('where DNS does not answer, the message may come again', async () => {
    const away = await desk.add({ senderDomains: ['away.test', 'half.test'] });
    const unasked = { mailFrom: 'x@elsewhere.test' };
    expect(await desk.judge(away, { from: 'a@away.test', signedBy: ['away.test'] }, unasked)).toEqual({
      kind: 'later',
    });
    expect(await desk.judge(away, { from: 'a@half.test', signedBy: ['mail.half.test'] }, unasked)).toEqual({
      kind: 'later',
    });
  });
});

describe('by machine', () => {
  test('mail from a machine that the domain sends with is the application’s', async () => {
    expect(await desk.judge(masto, {}, fromMachine)).toEqual({ kind: 'trusted', by: 'spf', domain: 'masto.test' });
    expect(await desk.judge(masto, {}, { ...fromMachine, mailFrom: 'x@mail.masto.test' })).toMatchObject({ by: 'spf' });
  });

  test('with the null sender, the name that the machine greets with counts', async () => {
    expect(await desk.judge(masto, {}, { ...fromMachine, mailFrom: '' })).toMatchObject({ by: 'spf' });
    const by = { address: MACHINE, name: 'mail.elsewhere.test' };
    expect(await desk.judge(masto, {}, { by, mailFrom: '' })).toMatchObject({ reason: 'unsigned' });
    expect(await desk.judge(masto, {}, { by: { address: MACHINE, name: '[192.0.2.10]' }, mailFrom: '' })).toMatchObject(
      {
        reason: 'unsigned',
      },
    );
  });

  test('mail from another machine is a stranger’s', async () => {
    expect(await desk.judge(masto, {})).toMatchObject({ reason: 'spf_failed', domain: 'masto.test' });
  });

  test('a domain that lets the machine send says nothing of a From elsewhere', async () => {
    expect(await desk.judge(masto, {}, { ...fromMachine, mailFrom: 'x@sender.test' })).toMatchObject({
      reason: 'unsigned',
    });
  });

  test('where the domain’s records do not answer, the message may come again', async () => {
    const away = await desk.add({ senderDomains: ['away.test'] });
    expect(await desk.judge(away, { from: 'a@away.test' }, { mailFrom: 'b@away.test' })).toEqual({ kind: 'later' });
  });

  test('a server in front that keeps its client to itself proves nothing, whatever the records say of it', async () => {
    desk.server.zone['front.test'] = { TXT: [`v=spf1 ip4:${FRONT} -all`] };
    const front = await desk.add({ senderDomains: ['front.test'], senderNetworks: ['127.0.0.0/8'] });
    const message = { from: 'a@front.test' };
    const mailFrom = 'b@front.test';
    expect(await desk.judge(front, message, { by: { address: FRONT }, mailFrom })).toMatchObject({
      reason: 'client_hidden',
    });
    const said = { address: FRONT, isForwarded: true };
    expect(await desk.judge(front, message, { by: said, mailFrom })).toMatchObject({ by: 'network' });
    const bare = await desk.add({ senderDomains: ['front.test'] });
    expect(await desk.judge(bare, message, { by: said, mailFrom })).toMatchObject({ reason: 'unsigned' });
  });
});

describe('by network and credential', () => {
  test('mail from the application’s own network needs no more proof, whatever it is from', async () => {
    const near = await desk.add({ senderNetworks: ['172.18.0.0/16', '2001:db8:1::/64'] });
    for (const address of ['172.18.0.5', '::ffff:172.18.0.5', '2001:db8:1::7']) {
      expect(await desk.judge(near, { from: 'root@cloud.test' }, { by: { address } })).toEqual({
        kind: 'trusted',
        by: 'network',
        domain: 'cloud.test',
      });
    }
    expect(await desk.judge(near, {}, { by: { address: '172.19.0.5' } })).toMatchObject({
      reason: 'unregistered_domain',
    });
  });

  test('an application that signed in writes from its own domains, or from any while it names none', async () => {
    const free = await desk.add({});
    expect(await desk.judge(masto, {}, { as: masto })).toEqual({
      kind: 'trusted',
      by: 'submission',
      domain: 'masto.test',
    });
    expect(await desk.judge(masto, { from: 'a@sender.test' }, { as: masto })).toMatchObject({
      reason: 'unregistered_domain',
    });
    expect(await desk.judge(free, { from: 'a@sender.test' }, { as: free })).toMatchObject({ by: 'submission' });
  });

  test('an application that nobody named a sender of gets no mail', async () => {
    const silent = await desk.add({});
    expect(await desk.judge(silent, { signedBy: ['masto.test'] }, fromMachine)).toMatchObject({
      reason: 'unregistered_domain',
    });
  });
});

describe('in words', () => {
  test('the results say what was looked at, and name nobody', async () => {
    const signed = await desk.examine(await write({ signedBy: ['masto.test', 'sender.test'] }));
    await signed.judge(masto);
    expect(signed.authentication()).toBe(
      'dkim=pass header.d=sender.test header.s=mail; dkim=pass header.d=masto.test header.s=mail',
    );
    const sent = await desk.examine(await write({}), { ...fromMachine, mailFrom: 'alix.secret@masto.test' });
    await sent.judge(masto);
    expect(sent.authentication()).toBe('spf=pass smtp.mailfrom=masto.test');
    const bounced = await desk.examine(await write({}), { mailFrom: '' });
    await bounced.judge(masto);
    expect(bounced.authentication()).toBe('spf=fail smtp.helo=mail.masto.test');
    expect((await desk.examine(await write({}), { as: masto })).authentication()).toBe('auth=pass');
    expect((await desk.examine(await write({}))).authentication()).toBe('none');
  });

  test('a message for several applications asks DNS once', async () => {
    const other = await desk.add({ senderDomains: ['once.test'] });
    const third = await desk.add({ senderDomains: ['once.test'] });
    desk.server.zone['once.test'] = { TXT: ['v=spf1 include:_spf.once.test -all'] };
    desk.server.zone['_spf.once.test'] = { TXT: [`v=spf1 ip4:${MACHINE} -all`] };
    const message = await write({ from: 'a@once.test' });
    const examined = await desk.examine(message, { ...fromMachine, mailFrom: 'b@once.test' });
    const verdicts = await Promise.all([masto, other, third].map((id) => examined.judge(id)));
    expect(verdicts.map(({ kind }) => kind)).toEqual(['stranger', 'trusted', 'trusted']);
    expect(desk.server.questions.filter((asked) => asked.endsWith('once.test'))).toEqual([
      'TXT once.test',
      'TXT _spf.once.test',
    ]);
  });
});
