import { expect, test } from 'vitest';
import { makeSecondMailboxes } from '../../src/accounts/second-mailbox.ts';
import { makeCredentials } from '../../src/accounts/credentials.ts';
import type { Letter } from '../../src/accounts/accounts.ts';
import { onBothEngines } from '../engines.ts';
import { CAFE, countQueries, HOME, makeHouse, PASSWORD, refusalOf, type House } from './house.ts';

const MINUTE = 60_000;
const CHOSEN = 'onze effraies rousses';
/** A network of its own for each, so that no test waits for another. */
let networks = 0;
const somewhere = (): string => `10.0.${(networks += 1)}.7`;

const ask = (house: House, identifier: string, network = somewhere()): Promise<void> =>
  house.accounts.recovery.ask({ identifier, network, language: 'fr' });
const tokenOf = (letter: Letter | undefined): string => (letter?.kind === 'recovery' ? letter.values.token : '');
const signIn = ({ accounts }: House, identifier: string, password: string) =>
  refusalOf(accounts.signIn({ identifier, password, network: CAFE }));

onBothEngines('recovery by mail', (ground) => {
  test('a letter says the login name and has a link for a new password, which signs nobody in by itself', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters, told } = house;
    const { id } = await add('alix', { mailbox: 'Alix@home.example', mailboxVerified: true });
    await ask(house, 'alix@HOME.example');
    const [letter] = letters;
    // To the mailbox as its owner wrote it, never as somebody typed it.
    expect(letter).toEqual({
      kind: 'recovery',
      to: 'Alix@home.example',
      language: 'fr',
      values: { login_name: 'alix', token: tokenOf(letter) },
    });
    const link = await accounts.findLink(tokenOf(letter));
    expect((link && (await accounts.recovery.accountOf(link)))?.id).toBe(id);
    expect(await refusalOf(accounts.recovery.use(tokenOf(letter), 'court'))).toBe('password_too_short min=8');
    await accounts.recovery.use(tokenOf(letter), CHOSEN);
    expect(await signIn(house, 'alix', PASSWORD)).toBe('credentials_wrong');
    expect(await signIn(house, 'alix', CHOSEN)).toBe('fine');
    expect(told).toEqual([`password ${id} -`]);
    expect((await accounts.timeline.list(id)).map(({ kind }) => kind)).toEqual(['password_recovered']);
    expect(letters.at(-1)).toMatchObject({ kind: 'password_changed', to: 'Alix@home.example' });
  });

  test('the login name does as well as the mailbox; both count as one, and letters are few', async () => {
    const house = makeHouse(ground());
    const { add, letters, clock } = house;
    await add('few.bruno', { mailbox: 'few@home.example', mailboxVerified: true });
    for (const identifier of ['few.bruno', 'few@home.example', ' FEW.bruno ', 'few@home.example', 'few.bruno'])
      await ask(house, identifier);
    expect(letters.map(({ kind, to }) => [kind, to])).toEqual([
      ['recovery', 'few@home.example'],
      ['recovery', 'few@home.example'],
      ['recovery', 'few@home.example'],
    ]);
    clock.time += 3 * 60 * MINUTE;
    await ask(house, 'few.bruno');
    expect(letters).toHaveLength(4);
  });

  test('A44: one network asks for so many, whoever they are, and then waits', async () => {
    const house = makeHouse(ground());
    const network = somewhere();
    const answers: string[] = [];
    for (let at = 0; at < 24; at += 1) answers.push(await refusalOf(ask(house, `nobody${at}@else.example`, network)));
    expect(answers.slice(0, 21)).toEqual(answers.slice(0, 21).map(() => 'fine'));
    expect(answers.at(-1)).toMatch(/^try_later seconds=\d+$/u);
  });

  test('A44: the answer and the work are the same for everybody and for nobody', async () => {
    const counted = countQueries(ground().storage);
    const house = makeHouse(
      { ...ground(), storage: counted.storage },
      {
        // As the queue of letters does: one row, in the transaction.
        post: async (tx) => void (await tx.delete(counted.storage.tables.letter)),
      },
    );
    const { accounts, add } = house;
    await add('known', { mailbox: 'known@home.example', mailboxVerified: true });
    await add('mute');
    await add('maybe', { mailbox: 'maybe@home.example' });
    const { id } = await add('barred', { mailbox: 'barred@home.example', mailboxVerified: true });
    await accounts.suspend(id);
    const work: Record<string, unknown> = {};
    for (const identifier of [
      'known',
      'known@home.example',
      'mute',
      'maybe',
      'maybe@home.example',
      'barred',
      'barred@home.example',
      'nobody',
      'nobody@home.example',
    ]) {
      for (const key of Object.keys(counted.counts)) delete counted.counts[key];
      expect([identifier, await refusalOf(ask(house, identifier))]).toEqual([identifier, 'fine']);
      const { 'write insert': inserts = 0, 'write delete': deletes = 0, ...others } = counted.counts;
      work[identifier] = { ...others, changes: inserts + deletes };
    }
    const logins = Object.entries(work).filter(([name]) => !name.includes('@'));
    const mailboxes = Object.entries(work).filter(([name]) => name.includes('@'));
    for (const group of [logins, mailboxes]) expect(group).toEqual(group.map(([name]) => [name, group[0]?.[1]]));
  });

  test('A44: whoever owns the mailbox reads what is the case, and nobody else gets anything', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    const { id } = await add('shut', { mailbox: 'shut@home.example', mailboxVerified: true });
    await accounts.suspend(id);
    await add('silent');
    for (const identifier of ['shut', 'nobody@else.example', 'no.such', 'silent']) await ask(house, identifier);
    expect(letters).toEqual([
      { kind: 'recovery_closed', to: 'shut@home.example', language: 'fr', values: { login_name: 'shut' } },
      { kind: 'recovery_unknown', to: 'nobody@else.example', language: 'fr', values: {} },
    ]);
    expect(await refusalOf(ask(house, 'nobody@'))).toBe('mailbox_invalid');
    expect(await refusalOf(ask(house, '  '))).toBe('answer_required');
    expect(letters).toHaveLength(2);
  });

  test('A55: a mailbox that is only asserted opens nothing and receives nothing of the account', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    await add('thief', { mailbox: 'victim@home.example' });
    await ask(house, 'thief');
    await ask(house, 'victim@home.example');
    expect(letters.map(({ kind }) => kind)).toEqual(['recovery_unknown']);
    // Once the victim is here, it is their account that the letter is about, whoever asserts what.
    await add('victim', { mailbox: 'victim@home.example', mailboxVerified: true });
    await add('another.thief', { mailbox: 'victim@home.example', mailboxVerified: true });
    await ask(house, 'another.thief');
    await ask(house, 'Victim@home.example');
    expect(letters.slice(1).map((letter) => letter.values)).toEqual([
      { login_name: 'victim', token: tokenOf(letters.at(-1)) },
    ]);
    expect(await signIn(house, 'victim@home.example', PASSWORD)).toBe('fine');
    expect((await accounts.findByLogin('another.thief'))?.mailboxVerified).toBe(false);
  });

  test('A51: a link serves once, for half an hour, for its own account, and not after what makes it needless', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters, clock } = house;
    const { id } = await add('once', { mailbox: 'once@home.example', mailboxVerified: true });
    await add('other', { mailbox: 'other@home.example', mailboxVerified: true });
    const letter = async (): Promise<string> => {
      clock.time += 4 * 60 * MINUTE;
      await ask(house, 'once');
      return tokenOf(letters.at(-1));
    };
    const use = (token: string) => refusalOf(accounts.recovery.use(token, CHOSEN));
    const used = await letter();
    expect([await use(used), await use(used)]).toEqual(['fine', 'link_gone']);
    const late = await letter();
    clock.time += 30 * MINUTE;
    expect(await use(late)).toBe('link_gone');
    const replaced = await letter();
    const latest = await letter();
    expect(await use(replaced)).toBe('link_gone');
    await accounts.changePassword(id, { current: CHOSEN, next: PASSWORD });
    expect(await use(latest)).toBe('link_gone');
    const barred = await letter();
    await accounts.suspend(id);
    expect(await use(barred)).toBe('link_gone');
    expect(await signIn(house, 'other', CHOSEN)).toBe('credentials_wrong');
    // A link of another kind is none of these.
    const { token } = await accounts.passwordLinks.make((await accounts.findByLogin('other'))?.id ?? '');
    expect(await use(token)).toBe('link_gone');
    expect(await use('x'.repeat(22))).toBe('link_gone');
  });

  test('A51: of two who use the same link exactly one chooses the password', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    await add('twins', { mailbox: 'twins@home.example', mailboxVerified: true });
    await ask(house, 'twins');
    const passwords = ['deux mulots gris', 'deux mulots roux'];
    const answers = await Promise.all(
      passwords.map((password) => refusalOf(accounts.recovery.use(tokenOf(letters[0]), password))),
    );
    expect(answers.toSorted()).toEqual(['fine', 'link_gone']);
    expect(await signIn(house, 'twins', passwords[answers.indexOf('fine')] ?? '')).toBe('fine');
  });

  test('A54: what waited under the old password goes with it', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    const { id } = await add('haunted', { mailbox: 'haunted@home.example', mailboxVerified: true });
    await accounts.mailboxes.begin(id, 'ghost@else.example', 'first');
    await accounts.mailboxes.begin(id, 'phantom@else.example', 'second');
    const made = await accounts.passwordLinks.make(id);
    const waiting = letters.flatMap((letter) => ('token' in letter.values ? [letter.values.token] : []));
    expect(waiting).toHaveLength(3);
    await ask(house, 'haunted');
    await accounts.recovery.use(tokenOf(letters.at(-1)), CHOSEN);
    for (const token of [...waiting, made.token]) expect(await accounts.findLink(token)).toBeUndefined();
    expect(await accounts.mailboxes.pending(id, 'first')).toBeUndefined();
    expect(await accounts.passwordLinks.pending(id)).toBeUndefined();
  });

  test('the second mailbox does as well as the first, and both are told', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    const { id } = await add('doubly', { mailbox: 'doubly@home.example', mailboxVerified: true });
    const { storage, seals } = ground();
    const credentials = makeCredentials({ storage, seals, now: () => house.clock.time });
    const seconds = makeSecondMailboxes({ seals, now: () => house.clock.time, credentials });
    await storage.write(async (tx) => void (await seconds.put(tx, id, 'Spare@else.example')));
    await ask(house, 'spare@else.example');
    expect(letters[0]).toMatchObject({ kind: 'recovery', to: 'Spare@else.example', values: { login_name: 'doubly' } });
    expect(
      await refusalOf(accounts.signIn({ identifier: 'spare@else.example', password: PASSWORD, network: HOME })),
    ).toBe('credentials_wrong');
    await accounts.recovery.use(tokenOf(letters[0]), CHOSEN);
    expect(letters.slice(1).map(({ kind, to }) => [kind, to])).toEqual([
      ['password_changed', 'doubly@home.example'],
      ['password_changed', 'Spare@else.example'],
    ]);
  });
});
