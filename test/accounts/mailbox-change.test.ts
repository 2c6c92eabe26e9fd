import { expect, test } from 'vitest';
import type { Letter } from '../../src/accounts/accounts.ts';
import { onBothEngines } from '../engines.ts';
import { HOME, makeHouse, PASSWORD, refusalOf, type House } from './house.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const tokenOf = (letter: Letter | undefined): string =>
  letter !== undefined && 'token' in letter.values ? letter.values.token : '';
const sent = (letters: readonly Letter[]): string[] => letters.map(({ kind, to }) => `${kind} ${to}`);
const signIn = ({ accounts }: House, identifier: string) =>
  refusalOf(accounts.signIn({ identifier, password: PASSWORD, network: HOME }));

/** Changes the mailbox of an account and confirms it; the last letters are those that this wrote. */
async function change(house: House, id: string, mailbox: string): Promise<string> {
  house.clock.time += 3 * HOUR;
  await house.accounts.mailboxes.begin(id, mailbox, 'first');
  return refusalOf(house.accounts.mailboxes.confirm(tokenOf(house.letters.at(-1))));
}

onBothEngines('changing a mailbox', (ground) => {
  test('A53: the new one does not count before its link was confirmed', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    const { id } = await add('alix', { mailbox: 'alix@home.example', mailboxVerified: true });
    expect(await refusalOf(accounts.mailboxes.begin(id, 'new alix.example', 'first'))).toBe('mailbox_invalid');
    expect(await refusalOf(accounts.mailboxes.begin(id, 'ALIX@home.example', 'first'))).toBe('mailbox_same');
    expect(letters).toEqual([]);
    await accounts.mailboxes.begin(id, 'New.Alix@else.example', 'first');
    expect(letters).toEqual([
      {
        kind: 'mailbox_confirm',
        to: 'New.Alix@else.example',
        language: 'fr',
        values: { login_name: 'alix', token: tokenOf(letters[0]) },
      },
    ]);
    expect(await accounts.mailboxes.pending(id, 'first')).toMatchObject({ mailbox: 'New.Alix@else.example' });
    expect(await accounts.find(id)).toMatchObject({ mailbox: 'alix@home.example', mailboxVerified: true });
    expect(await signIn(house, 'new.alix@else.example')).toBe('credentials_wrong');

    await accounts.mailboxes.confirm(tokenOf(letters[0]));
    expect(await accounts.find(id)).toMatchObject({ mailbox: 'New.Alix@else.example', mailboxVerified: true });
    expect(await accounts.mailboxes.pending(id, 'first')).toBeUndefined();
    expect([await signIn(house, 'alix@home.example'), await signIn(house, 'new.alix@else.example')]).toEqual([
      'credentials_wrong',
      'fine',
    ]);
    expect(await refusalOf(accounts.mailboxes.confirm(tokenOf(letters[0])))).toBe('link_gone');
    // The one that was replaced hears of it.
    expect(sent(letters.slice(1))).toEqual(['mailbox_changed alix@home.example']);
    expect((await accounts.timeline.list(id)).map(({ kind }) => kind)).toEqual(['mailbox_changed']);
  });

  test('A53: whoever has the one before takes the change back, and everybody else out', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters, told } = house;
    const { id } = await add('bruno', { mailbox: 'bruno@home.example', mailboxVerified: true });
    await change(house, id, 'thief@else.example');
    const undo = tokenOf(letters.at(-1));
    // What the thief does next.
    await accounts.mailboxes.begin(id, 'lair@else.example', 'second');
    await accounts.mailboxes.confirm(tokenOf(letters.at(-1)));
    await accounts.mailboxes.begin(id, 'further@else.example', 'first');
    const further = tokenOf(letters.at(-1));
    await accounts.recovery.ask({ identifier: 'bruno', network: HOME, language: 'en' });
    const recovery = tokenOf(letters.at(-1));
    const asked = await accounts.passwordLinks.make(id);
    expect(told).toEqual([]);
    await accounts.mailboxUndo.undo(undo);
    expect(await accounts.find(id)).toMatchObject({ mailbox: 'bruno@home.example', mailboxVerified: true });
    expect(told).toEqual([`password ${id} -`]);
    for (const token of [undo, further, recovery, asked.token]) expect(await accounts.findLink(token)).toBeUndefined();
    expect(await accounts.mailboxes.second(id)).toBeUndefined();
    expect([await signIn(house, 'bruno@home.example'), await signIn(house, 'thief@else.example')]).toEqual([
      'fine',
      'credentials_wrong',
    ]);
    expect((await accounts.timeline.list(id))[0]).toMatchObject({ kind: 'mailbox_taken_back' });
  });

  test('A53: another change does not push the owner out: the earliest link undoes those after it', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters, clock } = house;
    const { id } = await add('maud', { mailbox: 'maud@home.example', mailboxVerified: true });
    const undos: string[] = [];
    for (const mailbox of ['one@else.example', 'two@else.example', 'three@else.example']) {
      expect(await change(house, id, mailbox)).toBe('fine');
      undos.push(tokenOf(letters.at(-1)));
    }
    // A further one would need the room of the owner's link.
    expect(await change(house, id, 'four@else.example')).toBe('mailbox_changed_often');
    expect(await accounts.find(id)).toMatchObject({ mailbox: 'three@else.example' });
    await accounts.mailboxUndo.undo(undos[1] ?? '');
    expect(await accounts.find(id)).toMatchObject({ mailbox: 'one@else.example' });
    expect(await refusalOf(accounts.mailboxUndo.undo(undos[2] ?? ''))).toBe('link_gone');
    await accounts.mailboxUndo.undo(undos[0] ?? '');
    expect(await accounts.find(id)).toMatchObject({ mailbox: 'maud@home.example' });
    expect(await change(house, id, 'five@else.example')).toBe('fine');
    const late = tokenOf(letters.at(-1));
    clock.time += 7 * DAY;
    expect(await refusalOf(accounts.mailboxUndo.undo(late))).toBe('link_gone');
  });

  test('A53: a recovery does not take the link from the owner that undoes the change', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    const { id } = await add('nadia', { mailbox: 'nadia@home.example', mailboxVerified: true });
    await change(house, id, 'thief2@else.example');
    const undo = tokenOf(letters.at(-1));
    await accounts.recovery.ask({ identifier: 'nadia', network: HOME, language: 'en' });
    expect(letters.at(-1)).toMatchObject({ kind: 'recovery', to: 'thief2@else.example' });
    await accounts.recovery.use(tokenOf(letters.at(-1)), 'onze effraies rousses');
    await accounts.mailboxUndo.undo(undo);
    expect(await accounts.find(id)).toMatchObject({ mailbox: 'nadia@home.example', mailboxVerified: true });
  });

  test('A44: one that another account has proven gets the same answer and the same letter, and is not theirs', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    const owner = await add('odette', { mailbox: 'odette@home.example', mailboxVerified: true });
    const { id } = await add('pascal', { mailbox: 'pascal@home.example', mailboxVerified: true });
    expect(await refusalOf(accounts.mailboxes.begin(id, 'odette@home.example', 'first'))).toBe('fine');
    const { token, ...link } = { token: tokenOf(letters[0]), letter: letters[0] };
    expect(link.letter).toMatchObject({ kind: 'mailbox_confirm', to: 'odette@home.example' });
    // Said to whoever holds the link alone, which stays for when that account is gone from it.
    expect(await refusalOf(accounts.mailboxes.confirm(token))).toBe('mailbox_elsewhere');
    expect(await accounts.find(id)).toMatchObject({ mailbox: 'pascal@home.example', mailboxVerified: true });
    await change(house, owner.id, 'elsewhere@home.example');
    await accounts.mailboxes.begin(id, 'odette@home.example', 'first');
    expect(await refusalOf(accounts.mailboxes.confirm(tokenOf(letters.at(-1))))).toBe('fine');
    // Then the undo of the one before comes to nothing, and says why.
    const undo = letters.find(({ kind, to }) => kind === 'mailbox_changed' && to === 'odette@home.example');
    expect(await refusalOf(accounts.mailboxUndo.undo(tokenOf(undo)))).toBe('mailbox_elsewhere');
  });

  test('of two accounts that prove the same mailbox at the same moment exactly one has it', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    const both = [await add('rene'), await add('simone')];
    for (const { id } of both) await accounts.mailboxes.begin(id, 'desk@home.example', 'first');
    const answers = await Promise.all(letters.map((letter) => refusalOf(accounts.mailboxes.confirm(tokenOf(letter)))));
    expect(answers.toSorted()).toEqual(['fine', 'mailbox_elsewhere']);
    const verified = await Promise.all(both.map(async ({ id }) => (await accounts.find(id))?.mailboxVerified));
    expect(verified.filter(Boolean)).toHaveLength(1);
  });

  test('a first one that was never proven is proven by a letter sent again, and nobody undoes that', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters, clock } = house;
    const { id, loginName, language } = await add('tilda', { mailbox: 'tilda@home.example' });
    await ground().storage.write((tx) =>
      accounts.mailboxes.askToConfirm(tx, { id, loginName, language }, 'tilda@home.example'),
    );
    clock.time += 25 * HOUR;
    expect(await refusalOf(accounts.mailboxes.confirm(tokenOf(letters[0])))).toBe('link_gone');
    await accounts.mailboxes.again(id, 'first');
    await accounts.mailboxes.confirm(tokenOf(letters[1]));
    expect(await accounts.find(id)).toMatchObject({ mailbox: 'tilda@home.example', mailboxVerified: true });
    expect((await accounts.timeline.list(id)).map(({ kind }) => kind)).toEqual(['mailbox_verified']);
    expect(letters).toHaveLength(2);
  });

  test('one that somebody gives with an invitation is asked about at once, and counts only then', async () => {
    const house = makeHouse(ground());
    const { accounts, letters } = house;
    const { token } = await accounts.invitations.invite({ label: 'Yvon', role: 'person', groups: [] });
    const person = { loginName: 'yvon', password: PASSWORD, mailbox: 'Yvon@home.example', language: 'fr' as const };
    const { id } = await accounts.invitations.accept(token, person);
    expect(sent(letters)).toEqual(['mailbox_confirm Yvon@home.example']);
    expect(await accounts.find(id)).toMatchObject({ mailboxVerified: false });
    await accounts.mailboxes.confirm(tokenOf(letters[0]));
    expect(await accounts.find(id)).toMatchObject({ mailbox: 'Yvon@home.example', mailboxVerified: true });
    // Where no mail is sent there is nothing to open.
    const mute = makeHouse(ground(), { hasMail: false });
    const other = await mute.accounts.invitations.invite({ label: 'Zoe', role: 'person', groups: [] });
    await mute.accounts.invitations.accept(other.token, { ...person, loginName: 'zoe', mailbox: 'zoe@home.example' });
    expect(mute.letters).toEqual([]);
  });

  test('a change is taken back or sent again, and only the last letter counts; letters are few', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    const { id } = await add('ulysse', { mailbox: 'ulysse@home.example', mailboxVerified: true });
    await accounts.mailboxes.begin(id, 'once@else.example', 'first');
    await accounts.mailboxes.again(id, 'first');
    expect(sent(letters)).toEqual(['mailbox_confirm once@else.example', 'mailbox_confirm once@else.example']);
    expect(await refusalOf(accounts.mailboxes.confirm(tokenOf(letters[0])))).toBe('link_gone');
    await accounts.mailboxes.withdraw(id, 'first');
    await accounts.mailboxes.withdraw(id, 'first');
    expect(await refusalOf(accounts.mailboxes.confirm(tokenOf(letters[1])))).toBe('link_gone');
    await accounts.mailboxes.again(id, 'first');
    expect(letters).toHaveLength(2);
    const answers: string[] = [];
    for (let at = 0; at < 8; at += 1)
      answers.push(await refusalOf(accounts.mailboxes.begin(id, `many${at}@else.example`, 'first')));
    expect(answers.slice(0, 4)).toEqual(['fine', 'fine', 'fine', 'fine']);
    expect(answers.at(-1)).toMatch(/^try_later/u);
  });

  test('what waits at the one before for a new password opens nothing after the change', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    const { id } = await add('victor', { mailbox: 'victor@home.example', mailboxVerified: true });
    await accounts.recovery.ask({ identifier: 'victor', network: HOME, language: 'en' });
    const waiting = tokenOf(letters[0]);
    await accounts.mailboxes.begin(id, 'victor@else.example', 'first');
    await accounts.mailboxes.confirm(tokenOf(letters[1]));
    expect(await accounts.findLink(waiting)).toBeUndefined();
  });

  test('of a suspended account is neither changed nor taken back', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    const { id } = await add('wanda', { mailbox: 'wanda@home.example', mailboxVerified: true });
    await change(house, id, 'wanda@else.example');
    const undo = tokenOf(letters.at(-1));
    await accounts.mailboxes.begin(id, 'third@else.example', 'first');
    const confirm = tokenOf(letters.at(-1));
    await accounts.suspend(id);
    expect(await refusalOf(accounts.mailboxes.confirm(confirm))).toBe('link_gone');
    expect(await refusalOf(accounts.mailboxUndo.undo(undo))).toBe('link_gone');
    await accounts.reinstate(id);
    expect(await refusalOf(accounts.mailboxUndo.undo(undo))).toBe('fine');
  });
});
