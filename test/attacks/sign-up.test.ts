import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { makeCredentials } from '../../src/accounts/credentials.ts';
import { HOME, countQueries, makeHouse, PASSWORD, refusalOf } from '../accounts/house.ts';
import { tokenIn } from '../accounts/letters.ts';
import { begin, openService, type Service } from '../application.ts';
import { onBothEngines } from '../engines.ts';
import { askFor, CHOSEN, followNoAccount, openDoor, proveAs, useLink, WHY, type OpenDoor } from '../open-door.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';
import { answered } from '../working.ts';
import { withoutChance } from './sameness.ts';

/** What somebody chose who is after the account of another. */
const EVIL = 'four crows upon the fence';

let door: OpenDoor;
let meadow: Service;
beforeAll(async () => {
  door = await openDoor('open');
  await addPerson(door.house.parts, 'odile');
  meadow = await openService(door.house, 'Meadow');
});
afterAll(async () => {
  await meadow.close();
  await door.close();
});

let number = 0;
let victim: { name: string; mailbox: string };
beforeEach(() => {
  number += 1;
  victim = { name: `victim${number}`, mailbox: `victim${number}@home.example` };
});

const at = (path: string): string => `${door.house.url}${path}`;
const browser = (): Visitor => makeVisitor((url) => meadow.isHome(url));
const portal = (visitor: Visitor): Promise<Page> => visitor.get(at('/account'));
const isIn = async (visitor: Visitor): Promise<boolean> => (await portal(visitor)).url.pathname === '/account';

/** The victim signs up as anybody does, and has an account of their own. */
async function signUpVictim(): Promise<{ id: string; visitor: Visitor }> {
  const visitor = browser();
  await askFor(visitor, await portal(visitor), victim.mailbox);
  await useLink(visitor, at(await door.linkTo(victim.mailbox)), victim.name);
  const account = await door.house.parts.accounts.findByLogin(victim.name);
  if (account === undefined) throw new Error('no account of the victim');
  expect(account).toMatchObject({ mailbox: victim.mailbox, mailboxVerified: true, secondFactor: false });
  return { id: account.id, visitor };
}

/** An account of the attacker's, who says that the victim's mailbox is theirs, with everything an account may have. */
async function hijackerByInvitation(): Promise<{ id: string; visitor: Visitor }> {
  const { accounts, seals, storage } = door.house.parts;
  const visitor = browser();
  const { token } = await accounts.invitations.invite({ label: 'somebody', role: 'person', groups: [] });
  const loginName = `attacker${number}`;
  const page = await visitor.get(at(`/link/${token}`));
  await visitor.submit(page, `/link/${token}`, { loginName, password: EVIL, mailbox: victim.mailbox });
  const account = await accounts.findByLogin(loginName);
  if (account === undefined) throw new Error('no account of the attacker');
  const credentials = makeCredentials({ storage, seals, now: Date.now });
  await storage.write(async (tx) => {
    await credentials.add(tx, account.id, 'passkey', { name: 'kept' }, seals.tag('passkey', loginName));
    await credentials.add(tx, account.id, 'totp', { secret: 'kept' });
  });
  return { id: account.id, visitor };
}

/** That nothing of the attacker's opens the victim's account, and that the mailbox is the victim's alone. */
async function expectVictimAlone(victimId: string, attackerId?: string): Promise<void> {
  const { accounts, seals, storage } = door.house.parts;
  const [first, ...others] = await accounts.search(victim.mailbox);
  expect([first?.id, first?.mailboxVerified]).toEqual([victimId, true]);
  expect(others.filter(({ mailboxVerified }) => mailboxVerified)).toEqual([]);
  const signIn = (password: string) =>
    refusalOf(accounts.signIn({ identifier: victim.mailbox, password, network: HOME }));
  expect([await signIn(EVIL), await signIn(CHOSEN)]).toEqual(['credentials_wrong', 'fine']);
  const credentials = makeCredentials({ storage, seals, now: Date.now });
  for (const kind of ['passkey', 'totp', 'recovery-code', 'second-mailbox'] as const) {
    expect(await credentials.list(victimId, kind, z.unknown())).toEqual([]);
  }
  if (attackerId === undefined) return;
  expect((await accounts.find(attackerId))?.mailboxVerified).toBe(false);
  expect(await accounts.markMailboxVerified(attackerId, victim.mailbox)).toBe(false);
}

describe('A54: a mailbox that somebody else got hold of first', () => {
  test('by asking for an account with it: the browser that asked has nothing once its owner uses the link', async () => {
    for (const mode of ['open', 'approval'] as const) {
      number += 1;
      victim = { name: `victim${number}`, mailbox: `victim${number}@home.example` };
      await door.letIn(mode);
      try {
        const attacker = browser();
        const signIn = await attacker.get((await begin(meadow)).url);
        await askFor(attacker, signIn, victim.mailbox);
        expect(await door.house.parts.accounts.search(victim.mailbox)).toEqual([]);
        const owner = browser();
        await useLink(owner, at(await door.linkTo(victim.mailbox)), victim.name, { reason: WHY });
        for (const path of [signIn.url.pathname, `${signIn.url.pathname}/applicant`]) {
          const page = await attacker.get(at(path));
          expect(page.document.querySelector('input[name=password]')).not.toBeNull();
          expect(page.text).not.toContain(victim.name);
        }
        expect(await isIn(attacker)).toBe(false);
        const account = await door.house.parts.accounts.findByLogin(victim.name);
        if (mode === 'approval') await door.house.parts.accounts.applicants.approve([account?.id ?? '']);
        await expectVictimAlone(account?.id ?? '');
        expect(await isIn(attacker)).toBe(false);
      } finally {
        await door.letIn('open');
      }
    }
  });

  test('by the journey of the link: another browser’s cookie, or none, does not bring it onto that journey', async () => {
    const attacker = browser();
    const signIn = await portal(attacker);
    await askFor(attacker, signIn, victim.mailbox);
    const link = await door.linkTo(victim.mailbox);
    const owner = browser();
    const others = await portal(owner);
    // With a journey of one's own in the address, and with the attacker's while one has only one's own.
    const page = await owner.post(at(`${others.url.pathname}${link}`), { loginName: victim.name, password: CHOSEN });
    expect(textOf(page)).not.toContain('newcomer');
    const { accounts } = door.house.parts;
    expect(await accounts.findByLogin(victim.name)).toMatchObject({ mailboxVerified: true });
    expect([await isIn(attacker), await isIn(owner)]).toEqual([false, true]);
    expect((await attacker.get(signIn.url)).document.querySelector('input[name=password]')).not.toBeNull();
  });

  test('by saying so on an invitation, with session, password, passkey and codes: none of it is the victim’s', async () => {
    const attacker = await hijackerByInvitation();
    const { id } = await signUpVictim();
    await expectVictimAlone(id, attacker.id);
    const theirs = await portal(attacker.visitor);
    expect(theirs.text).not.toContain(victim.name);
  });

  test('by saying so after the victim has it: nothing changes for the victim', async () => {
    const { id } = await signUpVictim();
    const attacker = await hijackerByInvitation();
    await expectVictimAlone(id, attacker.id);
  });

  test('by a link asked for before, which the attacker cannot read: the newest alone opens anything', async () => {
    const attacker = browser();
    await askFor(attacker, await portal(attacker), victim.mailbox);
    const first = await door.linkTo(victim.mailbox);
    const { id } = await signUpVictim();
    expect((await attacker.get(at(first))).status).toBe(410);
    const late = await attacker.post(at(first), { loginName: `late${number}`, password: EVIL });
    expect([late.status, await door.house.parts.accounts.findByLogin(`late${number}`)]).toEqual([410, undefined]);
    await expectVictimAlone(id);
  });

  test('by a new password: whoever resets has the account of the mailbox, and the attacker’s session is not in it', async () => {
    const attacker = await hijackerByInvitation();
    const { id, visitor } = await signUpVictim();
    const { accounts } = door.house.parts;
    await accounts.recovery.ask({ identifier: victim.mailbox, network: HOME, language: 'en' });
    const token = (await door.linkTo(victim.mailbox)).slice('/link/'.length);
    expect((await accounts.findLink(token))?.content).toMatchObject({ kind: 'recovery', accountId: id });
    await accounts.recovery.use(token, 'nine lanterns on the quay');
    expect(await isIn(visitor)).toBe(false);
    expect((await accounts.find(attacker.id))?.mailboxVerified).toBe(false);
    const reset = browser();
    const page = await proveAs(reset, await portal(reset), victim.mailbox, 'nine lanterns on the quay');
    expect(page.url.pathname).toBe('/account');
  });
});

test('A44: asking with the mailbox of an account shows the same page, and its owner gets another letter', async () => {
  const known = await signUpVictim();
  const pages: string[] = [];
  for (const mailbox of [victim.mailbox, `nobody${number}@home.example`]) {
    const visitor = browser();
    pages.push(withoutChance(await askFor(visitor, await portal(visitor), mailbox)));
  }
  expect(pages[0]).toBe(pages[1]);
  const told = await door.letterTo(victim.mailbox);
  expect(told.text).toContain(victim.name);
  expect(told.links.filter((link) => link.includes('/link/'))).toEqual([]);
  expect((await door.letterTo(`nobody${number}@home.example`)).links[0]).toMatch(/\/link\//u);
  await expectVictimAlone(known.id);
});

test('A47: the link in a letter has our own address, whatever the request said it was', async () => {
  const visitor = browser();
  const signIn = await portal(visitor);
  const form = await followNoAccount(visitor, signIn);
  const csrf = form.document.querySelector('form input[name=csrf]')?.getAttribute('value') ?? '';
  const hidden = form.document.querySelector('input[name=work_question]')?.getAttribute('value') ?? '';
  const worked = { work_question: hidden, ...answered(form) };
  const lies = {
    'x-forwarded-host': 'evil.net',
    forwarded: 'host=evil.net',
    'x-forwarded-proto': 'gopher',
    host: 'evil.net',
  };
  await visitor.post(at(`${signIn.url.pathname}/sign-up`), { csrf, mailbox: victim.mailbox, ...worked }, lies);
  const letter = await door.letterTo(victim.mailbox);
  expect(letter.raw).not.toContain('evil.net');
  expect(letter.links[0]).toContain(`${door.house.url}/link/`);
});

test('A51: asking for the link changes nothing, by whatever method; used twice it opens nothing', async () => {
  const asker = browser();
  await askFor(asker, await portal(asker), victim.mailbox);
  const link = await door.linkTo(victim.mailbox);
  const query = `loginName=${victim.name}&password=${encodeURIComponent(CHOSEN)}`;
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'GET']) await fetch(at(`${link}?${query}`), { method });
  const { pathname } = (await portal(asker)).url;
  for (const method of ['GET', 'HEAD']) await fetch(at(`${pathname}${link}?${query}`), { method });
  expect(await door.house.parts.accounts.findByLogin(victim.name)).toBeUndefined();
  await useLink(asker, at(link), victim.name);
  for (const visitor of [asker, browser()]) {
    expect((await visitor.post(at(link), { loginName: `twice${number}`, password: CHOSEN })).status).not.toBe(200);
  }
  expect((await browser().get(at(link))).status).toBe(410);
  expect(await door.house.parts.accounts.findByLogin(`twice${number}`)).toBeUndefined();
});

test('A22: the forms of sign-up are not taken from a page of somebody else', async () => {
  const asker = browser();
  const signIn = await portal(asker);
  await askFor(asker, signIn, victim.mailbox);
  const link = await door.linkTo(victim.mailbox);
  const foreign = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.net' };
  const fields = { loginName: victim.name, password: EVIL, mailbox: victim.mailbox, do: 'withdraw' };
  for (const path of [
    link,
    `${signIn.url.pathname}${link}`,
    `${signIn.url.pathname}/sign-up`,
    `${signIn.url.pathname}/applicant`,
  ])
    expect([path, (await asker.post(at(path), fields, foreign)).status]).toEqual([path, 403]);
  for (const form of ['sign-up', 'applicant'])
    expect((await asker.post(at(`${signIn.url.pathname}/${form}`), fields)).status).toBe(403);
  expect(await door.house.parts.accounts.findByLogin(victim.name)).toBeUndefined();
});

test('twenty browsers with one link: one has an account and is in it, the others read that it has served', async () => {
  const asker = browser();
  await askFor(asker, await portal(asker), victim.mailbox);
  const link = await door.linkTo(victim.mailbox);
  const visitors = Array.from({ length: 20 }, browser);
  const ends = await Promise.all(
    visitors.map((visitor, one) => visitor.post(at(link), { loginName: `${victim.name}x${one}`, password: CHOSEN })),
  );
  expect(ends.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1);
  expect(ends.every(({ status }) => [200, 410, 503].includes(status))).toBe(true);
  const { accounts } = door.house.parts;
  const names = await Promise.all(visitors.map((_, one) => accounts.findByLogin(`${victim.name}x${one}`)));
  expect(names.filter((account) => account !== undefined)).toHaveLength(1);
  const inside = await Promise.all(visitors.map(isIn));
  expect(inside.filter(Boolean)).toHaveLength(1);
});

test('a link for somebody who waits shows nothing of anybody else, and signs nobody in', async () => {
  await door.letIn('approval');
  try {
    const asker = browser();
    await askFor(asker, await portal(asker), victim.mailbox);
    await useLink(asker, at(await door.linkTo(victim.mailbox)), victim.name, { reason: WHY });
    const link = await door.linkTo(victim.mailbox);
    const { id = '' } = (await door.house.parts.accounts.findByLogin(victim.name)) ?? {};
    const phone = browser();
    for (const method of ['GET', 'HEAD', 'GET']) await fetch(at(`${link}?do=withdraw`), { method });
    expect((await phone.get(at(link))).status).toBe(200);
    expect(await isIn(phone)).toBe(false);
    for (const wrong of [`${link}x`, link.slice(0, -1), `/link/${id}`])
      expect((await phone.get(at(wrong))).status).toBe(410);
    await door.house.parts.accounts.applicants.approve([id]);
    expect((await phone.post(at(link), { do: 'withdraw' })).status).toBe(410);
    expect((await door.house.parts.accounts.find(id))?.status).toBe('active');
  } finally {
    await door.letIn('open');
  }
});

onBothEngines('A43', (ground) => {
  test('who waits for a yes gets the answer of a wrong password, for the same hash and the same queries', async () => {
    const watched = countQueries(ground().storage);
    const house = makeHouse({ ...ground(), storage: watched.storage }, { signUpMode: 'approval' });
    await house.add('known');
    const away = await house.add('away');
    await house.accounts.suspend(away.id);
    await house.accounts.signUp.ask({ mailbox: 'waits@home.example', language: 'fr', network: HOME, journeyId: 'j' });
    const chosen = {
      loginName: 'waits',
      password: PASSWORD,
      language: 'fr',
      reason: WHY,
      acceptsTerms: false,
    } as const;
    await house.accounts.signUp.accept(tokenIn(house.letters, 'waits@home.example'), chosen);
    const costs: string[] = [];
    for (const [identifier, password] of [
      ['nobody', PASSWORD],
      ['known', 'not the password'],
      ['away', PASSWORD],
      ['waits', PASSWORD],
      ['waits', 'not the password'],
    ] as const) {
      const before = { ...watched.counts };
      const network = `198.51.${costs.length}.1`;
      const answer = await refusalOf(house.accounts.signIn({ identifier, password, network }));
      const queries = Object.entries(watched.counts).map(([kind, count]) => [kind, count - (before[kind] ?? 0)]);
      costs.push(JSON.stringify([answer, queries.toSorted()]));
    }
    expect(costs[0]).toContain('credentials_wrong');
    expect(new Set(costs).size).toBe(1);
  });
});

test('an address that was proven for one account is no way into another: Odile’s stays hers', async () => {
  const visitor = browser();
  await askFor(visitor, await portal(visitor), PEOPLE.odile.mailbox);
  const letter = await door.letterTo(PEOPLE.odile.mailbox);
  expect(letter.text).toContain('odile');
  expect(letter.links.filter((link) => link.includes('/link/'))).toEqual([]);
});
