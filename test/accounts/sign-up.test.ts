import { expect, test } from 'vitest';
import type { AccountNeeds } from '../../src/accounts/accounts.ts';
import { ASKED_MAX } from '../../src/accounts/sign-up.ts';
import { onBothEngines, type Ground } from '../engines.ts';
import { countQueries, HOME, makeHouse, PASSWORD, refusalOf, type House } from './house.ts';
import { tokenIn } from './letters.ts';

const HOUR = 3_600_000;
const MEADOW = { id: 'meadow', name: 'Meadow' };
const WHY = 'I look after the bees of the harbour.';

onBothEngines('sign-up', (ground) => {
  const open = (needs: Partial<AccountNeeds> = {}, on: Ground = ground()): House =>
    makeHouse(on, { signUpMode: 'open', ...needs });
  let network = 0;
  const ask = (house: House, mailbox: string, more = {}) => {
    network += 1;
    const from = `2001:db8:${network.toString(16)}::1`;
    const asked = { mailbox, language: 'en' as const, network: from, journeyId: 'journey', application: MEADOW };
    return house.accounts.signUp.ask({ ...asked, ...more });
  };
  const person = (loginName: string, more = {}) => ({
    loginName,
    password: PASSWORD,
    language: 'en' as const,
    reason: WHY,
    acceptsTerms: false,
    ...more,
  });
  async function invited(house: House, mailbox: string): Promise<string> {
    await ask(house, mailbox);
    return tokenIn(house.letters, mailbox);
  }

  test('makes an account with its mailbox proven, and nothing before the link is used', async () => {
    const house = open();
    await ask(house, 'Alix@home.example');
    expect(house.letters).toMatchObject([
      { kind: 'sign_up', to: 'Alix@home.example', language: 'en', values: { application: 'Meadow' } },
    ]);
    expect(await house.accounts.search('alix@home.example')).toEqual([]);
    const token = tokenIn(house.letters, 'Alix@home.example');
    const link = await house.accounts.findLink(token);
    expect(link === undefined ? undefined : house.accounts.signUp.whatFor(link)).toMatchObject({
      mailbox: 'Alix@home.example',
      journeyId: 'journey',
      applicationId: 'meadow',
    });
    const alix = await house.accounts.signUp.accept(token, person('alix'));
    expect(alix).toMatchObject({
      status: 'active',
      role: 'person',
      mailboxVerified: true,
      mailbox: 'Alix@home.example',
    });
    const signedIn = await house.accounts.signIn({
      identifier: 'alix@HOME.example',
      password: PASSWORD,
      network: HOME,
    });
    expect(signedIn.id).toBe(alix.id);
    expect(await refusalOf(house.accounts.signUp.accept(token, person('other')))).toBe('link_gone');
  });

  test('A44: a mailbox with an account and one without cost the same queries, and get different letters', async () => {
    const watched = countQueries(ground().storage);
    const house = open({}, { ...ground(), storage: watched.storage });
    await house.add('known', { mailbox: 'known@home.example', mailboxVerified: true, language: 'fr' });
    await house.add('asserted', { mailbox: 'asserted@home.example' });
    await house.add('away', { mailbox: 'away@home.example', mailboxVerified: true });
    await house.accounts.suspend((await house.accounts.findByLogin('away'))?.id ?? '');
    const costs: string[] = [];
    for (const name of ['unknown', 'known', 'asserted', 'away']) {
      const before = { ...watched.counts };
      const hashes = house.hasher.counts();
      await ask(house, `${name}@home.example`);
      costs.push(
        JSON.stringify(
          Object.entries(watched.counts)
            .map(([kind, count]) => [kind, count - (before[kind] ?? 0)])
            .toSorted(),
        ),
      );
      expect(house.hasher.counts()).toEqual(hashes);
    }
    expect(new Set(costs).size).toBe(1);
    expect(house.letters.map(({ kind, to }) => [kind, to])).toEqual([
      ['sign_up', 'unknown@home.example'],
      ['sign_up_known', 'known@home.example'],
      ['sign_up', 'asserted@home.example'],
      ['sign_up_known', 'away@home.example'],
    ]);
    expect(house.letters[1]).toMatchObject({ language: 'fr', values: { login_name: 'known', application: 'Meadow' } });
    expect(JSON.stringify(house.letters[1])).not.toContain('token');
  });

  test('is closed where the house says so, and where no letter can leave', async () => {
    for (const needs of [{ signUpMode: 'closed' }, { signUpMode: 'invitation' }, { hasMail: false }] as const) {
      const house = open(needs);
      expect(house.accounts.signUp.isOffered).toBe(false);
      expect(await refusalOf(ask(house, 'closed@home.example'))).toBe('sign_up_closed');
      expect(house.letters).toEqual([]);
    }
    const before = open();
    const link = await invited(before, 'meanwhile@home.example');
    const closed = open({ signUpMode: 'closed' });
    expect(await refusalOf(closed.accounts.signUp.accept(link, person('meanwhile')))).toBe('sign_up_closed');
    expect(await refusalOf(before.accounts.signUp.accept(link, person('meanwhile')))).toBe('fine');
  });

  test('a link made while anybody could come in asks for a reason once an administrator decides', async () => {
    const token = await invited(open(), 'reason@home.example');
    const { accounts, letters } = open({ signUpMode: 'approval' });
    const accept = (reason: string) => refusalOf(accounts.signUp.accept(token, person('reason', { reason })));
    expect(await accept('bees')).toBe('words_too_few min=10');
    expect(await accept('b'.repeat(1001))).toBe('words_too_many max=1000');
    expect(await accept('b'.repeat(1_000_000))).toBe('words_too_many max=1000');
    const made = await accounts.signUp.accept(token, person('reason'));
    expect(made).toMatchObject({ status: 'awaiting', mailboxVerified: true });
    expect(letters).toMatchObject([{ kind: 'sign_up_waiting', to: 'reason@home.example', values: { days: '' } }]);
  });

  test('keeps which rules were accepted, and takes nobody without', async () => {
    const house = open({ termsVersion: '2026-11' });
    const token = await invited(house, 'rules@home.example');
    expect(await refusalOf(house.accounts.signUp.accept(token, person('rules')))).toBe('terms_required');
    const made = await house.accounts.signUp.accept(token, person('rules', { acceptsTerms: true }));
    expect(made.termsAccepted).toBe('2026-11');
  });

  test('of twenty who use one link at the same moment exactly one has an account', async () => {
    const house = open();
    const token = await invited(house, 'race@home.example');
    const ends = await Promise.all(
      Array.from({ length: 20 }, (_, at) => refusalOf(house.accounts.signUp.accept(token, person(`race${at}`)))),
    );
    expect(ends.toSorted()).toEqual(['fine', ...Array.from({ length: 19 }, () => 'link_gone')]);
    const found = await house.accounts.search('race@home.example');
    expect(found.map(({ mailboxVerified }) => mailboxVerified)).toEqual([true]);
    // The names of those who lost are nobody's.
    const loser = ends.indexOf('link_gone');
    expect((await house.add(`race${loser}`)).loginName).toBe(`race${loser}`);
  });

  test('opens nothing where the mailbox became somebody’s meanwhile, and takes no name then', async () => {
    const house = open();
    const token = await invited(house, 'meantime@home.example');
    await house.add('meantime', { mailbox: 'meantime@home.example', mailboxVerified: true });
    expect(await refusalOf(house.accounts.signUp.accept(token, person('second')))).toBe('link_gone');
    expect(await house.accounts.findByLogin('second')).toBeUndefined();
    expect((await house.add('second')).loginName).toBe('second');
  });

  test('A51: a link lives a day, is used once, and a newer one takes its place', async () => {
    const house = open();
    const first = await invited(house, 'day@home.example');
    const second = await invited(house, 'day@home.example');
    expect(await house.accounts.findLink(first)).toBeUndefined();
    house.clock.time += 24 * HOUR - 1;
    expect(await house.accounts.findLink(second)).toBeDefined();
    house.clock.time += 1;
    expect(await refusalOf(house.accounts.signUp.accept(second, person('day')))).toBe('link_gone');
  });

  test('sends a few letters an hour to one mailbox, whoever asks, and says nothing of it', async () => {
    const house = open();
    for (let at = 0; at < 10; at += 1) expect(await refusalOf(ask(house, 'flood@home.example'))).toBe('fine');
    const sent = house.letters.length;
    expect([sent > 1, sent < 5]).toEqual([true, true]);
    expect(await house.accounts.findLink(tokenIn(house.letters, 'flood@home.example'))).toBeDefined();
    house.clock.time += 3 * HOUR;
    await ask(house, 'flood@home.example');
    expect(house.letters.length).toBe(sent + 1);
  });

  test('one network waits after a while, whatever mailboxes it names', async () => {
    const house = open();
    const ends: string[] = [];
    for (let at = 0; at < 40; at += 1) ends.push(await refusalOf(ask(house, `m${at}@home.example`, { network: HOME })));
    expect(ends[0]).toBe('fine');
    expect(ends.at(-1)).toMatch(/^try_later/u);
  });

  test('P8: keeps one row for a mailbox however often it is asked for, and no more than so many in all', async () => {
    const { storage } = ground();
    const { invitation } = storage.tables;
    await storage.write(async (tx) => void (await tx.delete(invitation)));
    const house = open();
    for (const mailbox of ['one@home.example', 'ONE@home.example', 'one@home.example']) await ask(house, mailbox);
    expect(await storage.read.select().from(invitation)).toHaveLength(1);
    await storage.write(async (tx) => {
      for (let from = 0; from < ASKED_MAX; from += 1000) {
        const rows = Array.from({ length: 1000 }, (_, at) => `k.${from + at}`);
        await tx.insert(invitation).values(rows.map((id) => ({ id, tokenHash: id, sealed: 'x', expiresHour: 0 })));
      }
    });
    expect(await refusalOf(ask(house, 'full@home.example'))).toBe('sign_up_full');
    await house.add('full', { mailbox: 'full.known@home.example', mailboxVerified: true });
    expect(await refusalOf(ask(house, 'full.known@home.example'))).toBe('sign_up_full');
    // Invitations have room of their own.
    const invitation1 = house.accounts.invitations.invite({ label: 'Bruno', role: 'person', groups: [] });
    expect(await refusalOf(invitation1)).toBe('fine');
    await house.accounts.sweepLinks();
    expect(await refusalOf(ask(house, 'full@home.example'))).toBe('fine');
  });

  test('takes a mailbox in any form mail takes, and nothing else', async () => {
    const house = open();
    for (const mailbox of [
      '',
      'nobody',
      'a@b',
      'a@b.example\nBcc: c@d.example',
      `${'a'.repeat(300)}@home.example`,
      '\0',
    ])
      expect(await refusalOf(ask(house, mailbox))).toBe('mailbox_invalid');
    expect(house.letters).toEqual([]);
  });
});
