import { expect, test } from 'vitest';
import type { AccountNeeds } from '../../src/accounts/accounts.ts';
import { PLEA_LIFE, WAITING_MAX } from '../../src/accounts/applicants.ts';
import { onBothEngines } from '../engines.ts';
import { HOME, makeHouse, PASSWORD, refusalOf, type House } from './house.ts';
import { tokenIn } from './letters.ts';

const DAY = 86_400_000;
const WHY = 'I look after the bees of the harbour.';

onBothEngines('people who wait for a yes', (ground) => {
  async function open(needs: Partial<AccountNeeds> = {}): Promise<House> {
    const { storage } = ground();
    const { account, attempt, credential, invitation, lease, loginTaken, meta, signUp } = storage.tables;
    await storage.write(async (tx) => {
      for (const table of [account, attempt, credential, invitation, lease, loginTaken, meta, signUp])
        await tx.delete(table);
    });
    return makeHouse(ground(), { signUpMode: 'approval', ...needs });
  }
  let network = 0;
  /** Somebody who has asked, with a proven mailbox. */
  async function apply(house: House, loginName: string, more: { reason?: string; password?: string } = {}) {
    network += 1;
    const mailbox = `${loginName}@home.example`;
    await house.accounts.signUp.ask({
      mailbox,
      language: 'fr',
      network: `2001:db8:${network.toString(16)}::1`,
      journeyId: 'journey',
      application: { id: 'meadow', name: 'Meadow' },
    });
    const { id } = await house.accounts.signUp.accept(tokenIn(house.letters, mailbox), {
      loginName,
      password: PASSWORD,
      language: 'fr',
      reason: WHY,
      acceptsTerms: true,
      ...more,
    });
    return { id, mailbox };
  }
  const signIn = (house: House, identifier: string, password = PASSWORD) =>
    refusalOf(house.accounts.signIn({ identifier, password, network: HOME }));

  test('are read oldest first, a page at a time, with what they said and where they were going', async () => {
    const house = await open();
    for (const name of ['bruno', 'alix', 'maud']) {
      await apply(house, name, { reason: `It is ${name} who asks.` });
      house.clock.time += DAY;
    }
    const { applicants } = house.accounts;
    expect([await applicants.count(), (await applicants.list(1, 2)).total]).toEqual([3, 3]);
    const names = async (page: number) => (await applicants.list(page, 2)).applicants.map(({ loginName }) => loginName);
    expect([await names(1), await names(2), await names(3)]).toEqual([['bruno', 'alix'], ['maud'], []]);
    expect((await applicants.list(1, 1)).applicants).toMatchObject([
      { loginName: 'bruno', reason: 'It is bruno who asks.', applicationId: 'meadow', language: 'fr' },
    ]);
  });

  test('A43: cannot sign in, and learn no more than with a wrong password', async () => {
    const house = await open();
    await apply(house, 'alix');
    for (const identifier of ['alix', 'alix@home.example', 'nobody'])
      expect([identifier, await signIn(house, identifier)]).toEqual([identifier, 'credentials_wrong']);
    expect(await signIn(house, 'alix', 'not the password')).toBe('credentials_wrong');
  });

  test('are let in with groups, and told with the address they were going to', async () => {
    const asked: (string | undefined)[] = [];
    const house = await open({
      destinationOf: async (id) => {
        asked.push(id);
        return { name: 'Meadow', address: 'https://meadow.example/' };
      },
    });
    const alix = await apply(house, 'alix');
    const radio = await house.accounts.groups.create('Radio');
    const { applicants } = house.accounts;
    expect(await refusalOf(applicants.approve([alix.id], ['nothing']))).toBe('group_unknown');
    house.clock.time += 2 * DAY;
    expect(await applicants.approve([alix.id, alix.id], [radio.id])).toEqual({ done: 1, gone: 0 });
    expect(house.letters.at(-1)).toEqual({
      kind: 'sign_up_approved',
      to: alix.mailbox,
      language: 'fr',
      values: { login_name: 'alix', application: 'Meadow', address: 'https://meadow.example/' },
    });
    expect(asked).toEqual(['meadow']);
    expect(await house.accounts.groupsOf(alix.id)).toEqual([radio]);
    expect([await signIn(house, 'alix'), await applicants.find(alix.id)]).toEqual(['fine', undefined]);
    expect(await applicants.approve([alix.id])).toEqual({ done: 0, gone: 1 });
    expect(await applicants.refuse([alix.id])).toEqual({ done: 0, gone: 1 });
    expect(await signIn(house, 'alix')).toBe('fine');
  });

  test('who are refused are told why, and nothing of them is left, not even their name', async () => {
    const house = await open();
    const { storage } = ground();
    const alix = await apply(house, 'alix');
    expect(await refusalOf(house.accounts.applicants.refuse([alix.id], 'x'.repeat(501)))).toBe(
      'words_too_many max=500',
    );
    expect(await house.accounts.applicants.refuse([alix.id], 'We know nobody who keeps bees.')).toEqual({
      done: 1,
      gone: 0,
    });
    expect(house.letters.at(-1)).toMatchObject({
      kind: 'sign_up_refused',
      to: alix.mailbox,
      values: { reason: 'We know nobody who keeps bees.' },
    });
    const { account, credential, invitation, loginTaken, signUp } = storage.tables;
    for (const table of [account, credential, invitation, loginTaken, signUp])
      expect(await storage.read.select().from(table)).toEqual([]);
    expect((await house.add('alix', { mailbox: alix.mailbox, mailboxVerified: true })).mailboxVerified).toBe(true);
  });

  test('are decided once by two administrators at the same instant, and the other is told', async () => {
    const house = await open();
    const ids: string[] = [];
    for (let at = 0; at < 8; at += 1) ids.push((await apply(house, `twice${at}`)).id);
    const letters = house.letters.length;
    const { applicants } = house.accounts;
    const [yes, no] = await Promise.all([applicants.approve(ids), applicants.refuse(ids.toReversed())]);
    expect([yes.done + no.done, yes.gone + no.gone]).toEqual([ids.length, ids.length]);
    const active = await Promise.all(ids.map(async (id) => (await house.accounts.find(id))?.status ?? 'none'));
    expect(active.filter((status) => status === 'active')).toHaveLength(yes.done);
    expect(active.filter((status) => status === 'none')).toHaveLength(no.done);
    const told = house.letters.slice(letters).map(({ kind }) => kind);
    expect(told.filter((kind) => kind === 'sign_up_approved')).toHaveLength(yes.done);
    expect(told.filter((kind) => kind === 'sign_up_refused')).toHaveLength(no.done);
  });

  test('are asked something, and answer until it is decided', async () => {
    const house = await open();
    const { applicants } = house.accounts;
    const alix = await apply(house, 'alix');
    const first = tokenIn(house.letters, alix.mailbox);
    expect(await refusalOf(applicants.answer(alix.id, 'To nothing'))).toBe('request_gone');
    await applicants.ask(alix.id, 'Which bees?');
    expect(house.letters.at(-1)).toMatchObject({ kind: 'sign_up_question', values: { question: 'Which bees?' } });
    const link = await house.accounts.findLink(tokenIn(house.letters, alix.mailbox));
    expect(link === undefined ? undefined : await applicants.findByLink(link)).toMatchObject({
      question: 'Which bees?',
    });
    expect(await house.accounts.findLink(first)).toBeUndefined();
    expect(await refusalOf(applicants.answer(alix.id, ' \n'))).toBe('words_too_few min=1');
    await applicants.answer(alix.id, 'The black ones.\r\nAnd\u0007 the \u202Eothers.');
    expect((await applicants.find(alix.id))?.answer).toBe('The black ones.\nAnd the others.');
    await applicants.ask(alix.id, 'How many?');
    expect(await applicants.find(alix.id)).toMatchObject({ question: 'How many?', reason: WHY });
    expect((await applicants.find(alix.id))?.answer).toBeUndefined();
    await applicants.approve([alix.id]);
    expect(await refusalOf(applicants.answer(alix.id, 'Many'))).toBe('request_gone');
    expect(await refusalOf(applicants.ask(alix.id, 'Really?'))).toBe('request_gone');
  });

  test('lose neither an answer nor a question that come at the same moment: one of the two says so', async () => {
    const house = await open();
    const { applicants } = house.accounts;
    const alix = await apply(house, 'alix');
    await applicants.ask(alix.id, 'Which bees?');
    const ends = await Promise.all([
      refusalOf(applicants.answer(alix.id, 'The black ones.')),
      refusalOf(applicants.answer(alix.id, 'The white ones.')),
    ]);
    expect(ends).toContain('fine');
    const kept = (await applicants.find(alix.id))?.answer;
    const last = ends.lastIndexOf('fine');
    if (ends.includes('request_gone')) expect(kept).toBe(last === 0 ? 'The black ones.' : 'The white ones.');
  });

  test('may withdraw, once, and are forgotten without a letter', async () => {
    const house = await open();
    const alix = await apply(house, 'alix');
    const letters = house.letters.length;
    expect(await house.accounts.applicants.withdraw(alix.id)).toBe(true);
    expect(await house.accounts.applicants.withdraw(alix.id)).toBe(false);
    expect([await house.accounts.find(alix.id), house.letters.length]).toEqual([undefined, letters]);
    expect((await house.add('alix')).loginName).toBe('alix');
  });

  test('whom nobody answered for sixty days are told and forgotten; others stay', async () => {
    const house = await open();
    const alix = await apply(house, 'alix');
    house.clock.time += PLEA_LIFE;
    const bruno = await apply(house, 'bruno');
    await house.accounts.applicants.sweep();
    expect(await house.accounts.applicants.count()).toBe(2);
    house.clock.time += 1;
    await house.accounts.applicants.sweep();
    expect(await house.accounts.find(alix.id)).toBeUndefined();
    expect(house.letters.at(-1)).toMatchObject({ kind: 'sign_up_refused', to: alix.mailbox, values: { reason: '' } });
    expect(await house.accounts.applicants.find(bruno.id)).toBeDefined();
  });

  test('who ask again get another link to how it stands, and no second account', async () => {
    const house = await open();
    const alix = await apply(house, 'alix');
    house.clock.time += DAY;
    const asked = { mailbox: alix.mailbox, language: 'fr' as const, network: HOME, journeyId: 'j' };
    await house.accounts.signUp.ask(asked);
    expect(house.letters.at(-1)?.kind).toBe('sign_up_waiting');
    const link = await house.accounts.findLink(tokenIn(house.letters, alix.mailbox));
    expect(link?.content).toMatchObject({ kind: 'applicant', accountId: alix.id });
  });

  test('see the usual wait of the last decisions, which names nobody', async () => {
    const house = await open();
    const { applicants } = house.accounts;
    expect(await applicants.usualWait()).toBeUndefined();
    for (const [at, days] of [0, 3, 9].entries()) {
      const { id } = await apply(house, `wait${at}`);
      house.clock.time += days * DAY;
      await (at === 1 ? applicants.refuse([id]) : applicants.approve([id]));
    }
    expect(await applicants.usualWait()).toBe(3);
    await apply(house, 'last');
    expect(house.letters.at(-1)).toMatchObject({ kind: 'sign_up_waiting', values: { days: '3' } });
    const { storage } = ground();
    expect((await storage.read.select().from(storage.tables.meta)).map(({ value }) => value)).toEqual(['[0,3,9]']);
  });

  test('are no business of suspending, reinstating or roles: only of a decision', async () => {
    const house = await open();
    const { accounts } = house;
    const { id } = await apply(house, 'alix');
    const acts = [
      () => accounts.suspend(id),
      () => accounts.reinstate(id),
      () => accounts.setRole(id, 'administrator'),
    ];
    for (const act of acts) expect(await refusalOf(act())).toBe('account_awaiting');
    expect(await refusalOf(accounts.passwordLinks.make(id))).toBe('account_suspended');
    expect(await accounts.find(id)).toMatchObject({ status: 'awaiting', role: 'person' });
  });

  test('are of one size in the table, and no more than can be read', async () => {
    const house = await open();
    const { storage } = ground();
    const { signUp } = storage.tables;
    await apply(house, 'short');
    const long = await apply(house, 'long', { reason: '𠀀'.repeat(1000) });
    await house.accounts.applicants.ask(long.id, '"'.repeat(500));
    await house.accounts.applicants.answer(long.id, '𠀀'.repeat(1000));
    const rows = await storage.read.select().from(signUp);
    expect(new Set(rows.map(({ sealed }) => sealed.length)).size).toBe(1);
    await storage.write(async (tx) => {
      const filler = Array.from({ length: WAITING_MAX - 2 }, (_, at) => ({ accountId: `f${at}`, sealed: 'x' }));
      await tx.insert(signUp).values(filler);
    });
    expect(await refusalOf(apply(house, 'toomany'))).toBe(`requests_full max=${WAITING_MAX}`);
    expect(await house.accounts.findByLogin('toomany')).toBeUndefined();
  });

  test('are told of to administrators once a day, on however many nodes, and only while they wait', async () => {
    const house = await open();
    const other = makeHouse(ground(), {
      signUpMode: 'approval',
      post: async (_tx, letter) => void house.letters.push(letter),
    });
    await house.add('odile', { administrator: true, mailbox: 'odile@home.example', mailboxVerified: true });
    await house.add('unproven', { administrator: true, mailbox: 'unproven@home.example' });
    const away = await house.add('away', { administrator: true, mailbox: 'away@home.example', mailboxVerified: true });
    await house.accounts.suspend(away.id);
    const digests = () => house.letters.filter(({ kind }) => kind === 'sign_up_digest');
    await house.accounts.sendDigest();
    expect(digests()).toEqual([]);
    const alix = await apply(house, 'alix');
    house.clock.time += 3 * DAY;
    other.clock.time = house.clock.time;
    await Promise.all([house, other, house, other].map(({ accounts }) => accounts.sendDigest()));
    expect(digests()).toEqual([
      { kind: 'sign_up_digest', to: 'odile@home.example', language: 'fr', values: { count: '1', oldest_days: '3' } },
    ]);
    house.clock.time += DAY;
    await house.accounts.sendDigest();
    expect(digests()).toHaveLength(2);
    // Taken while the clock ran a year ahead: it holds up nothing once that is set right.
    house.clock.time += 365 * DAY;
    await house.accounts.sendDigest();
    house.clock.time -= 364 * DAY;
    await house.accounts.sendDigest();
    expect(digests()).toHaveLength(4);
    await house.accounts.applicants.approve([alix.id]);
    house.clock.time += DAY;
    await house.accounts.sendDigest();
    expect(digests()).toHaveLength(4);
  });
});
