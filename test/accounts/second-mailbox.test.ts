import { expect, test } from 'vitest';
import type { Letter } from '../../src/accounts/accounts.ts';
import { addApp } from '../authenticator.ts';
import { onBothEngines } from '../engines.ts';
import { HOME, makeHouse, PASSWORD, refusalOf, type House } from './house.ts';

const HOUR = 3_600_000;
const tokenOf = (letter: Letter | undefined): string =>
  letter !== undefined && 'token' in letter.values ? letter.values.token : '';
const sent = (letters: readonly Letter[]): string[] => letters.map(({ kind, to }) => `${kind} ${to}`);

async function addSecond({ accounts, letters, clock }: House, id: string, mailbox: string): Promise<string> {
  clock.time += 3 * HOUR;
  await accounts.mailboxes.begin(id, mailbox, 'second');
  return refusalOf(accounts.mailboxes.confirm(tokenOf(letters.at(-1))));
}

onBothEngines('a second mailbox', (ground) => {
  test('counts once it is proven, is told what the first is told, and the first hears of it', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    const { id } = await add('alix', { mailbox: 'alix@home.example', mailboxVerified: true });
    await accounts.mailboxes.begin(id, 'Aunt@else.example', 'second');
    expect(await accounts.mailboxes.second(id)).toBeUndefined();
    expect(await accounts.mailboxes.pending(id, 'second')).toMatchObject({ mailbox: 'Aunt@else.example' });
    expect(letters[0]).toMatchObject({ kind: 'second_mailbox_confirm', to: 'Aunt@else.example' });
    await accounts.mailboxes.confirm(tokenOf(letters[0]));
    expect(await accounts.mailboxes.second(id)).toBe('Aunt@else.example');
    expect(sent(letters.slice(1))).toEqual(['second_mailbox_changed alix@home.example']);
    await accounts.changePassword(id, { current: PASSWORD, next: 'onze effraies rousses' });
    expect(sent(letters.slice(2))).toEqual([
      'password_changed alix@home.example',
      'password_changed Aunt@else.example',
    ]);
    // It is no first one: nothing is forwarded to it, and nobody signs in with it.
    expect(await accounts.find(id)).toMatchObject({ mailbox: 'alix@home.example', secondFactor: false });
    const signIn = { identifier: 'aunt@else.example', password: 'onze effraies rousses', network: HOME };
    expect(await refusalOf(accounts.signIn(signIn))).toBe('credentials_wrong');
  });

  test('hears of new browsers, of factors, and of the deletion of the account to its end', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters, clock } = house;
    const noe = await add('noé', { mailbox: 'noe@home.example', mailboxVerified: true });
    expect(await addSecond(house, noe.id, 'sister@else.example')).toBe('fine');
    await accounts.arrive(noe, { device: 'Firefox, Linux', network: HOME, isKnown: false });
    const since = letters.length;
    await accounts.arrive(noe, { device: 'Firefox, Linux', network: HOME, isKnown: false });
    const { secret, id, codes } = await addApp(house, noe, clock.time);
    expect(secret).not.toBe('');
    await accounts.secondFactors.prove(noe.id, { kind: 'recovery-code', code: codes[0] ?? '' });
    await accounts.secondFactors.renewCodes(noe.id);
    await accounts.secondFactors.remove(noe.id, 'totp', id);
    clock.time = await accounts.leave(noe.id);
    await accounts.remove(noe.id, async () => undefined);
    const kinds = ['new_sign_in', 'factor_added', 'recovery_code_used', 'recovery_codes_made', 'factor_removed'];
    expect(sent(letters.slice(since))).toEqual(
      [...kinds, 'leaving', 'gone'].flatMap((kind) => [`${kind} noe@home.example`, `${kind} sister@else.example`]),
    );
  });

  test('is replaced and removed; each time all who were told so far are told, and the old one is good for nothing', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    const { id } = await add('bruno', { mailbox: 'bruno@home.example', mailboxVerified: true });
    await addSecond(house, id, 'old@else.example');
    await accounts.recovery.ask({ identifier: 'old@else.example', network: HOME, language: 'en' });
    const waiting = tokenOf(letters.at(-1));
    letters.length = 0;
    expect(await addSecond(house, id, 'new@else.example')).toBe('fine');
    expect(sent(letters)).toEqual([
      'second_mailbox_confirm new@else.example',
      'second_mailbox_changed bruno@home.example',
      'second_mailbox_changed old@else.example',
    ]);
    expect(await accounts.findLink(waiting)).toBeUndefined();
    expect(await refusalOf(accounts.mailboxes.begin(id, 'NEW@else.example', 'second'))).toBe('mailbox_same');
    expect(await refusalOf(accounts.mailboxes.begin(id, 'bruno@home.example', 'second'))).toBe('mailbox_same');
    letters.length = 0;
    await accounts.mailboxes.removeSecond(id);
    await accounts.mailboxes.removeSecond(id);
    expect(sent(letters)).toEqual([
      'second_mailbox_changed bruno@home.example',
      'second_mailbox_changed new@else.example',
    ]);
    expect(await accounts.mailboxes.second(id)).toBeUndefined();
    expect((await accounts.timeline.list(id)).map(({ kind }) => kind)).toEqual(
      Array.from({ length: 3 }, () => 'second_mailbox_changed'),
    );
  });

  test('is of one account only, and no other account has it as its first', async () => {
    const house = makeHouse(ground());
    const { accounts, add } = house;
    const [maud, odile] = [await add('maud'), await add('odile', { mailbox: 'o@home.example', mailboxVerified: true })];
    expect(await addSecond(house, maud.id, 'shared@else.example')).toBe('fine');
    expect(await addSecond(house, odile.id, 'shared@else.example')).toBe('mailbox_elsewhere');
    expect(await addSecond(house, maud.id, 'o@home.example')).toBe('mailbox_elsewhere');
    await accounts.mailboxes.begin(odile.id, 'shared@else.example', 'first');
    expect(await refusalOf(accounts.mailboxes.confirm(tokenOf(house.letters.at(-1))))).toBe('mailbox_elsewhere');
    expect(await accounts.mailboxes.second(maud.id)).toBe('shared@else.example');
  });

  test('becomes the first one without being both', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    const { id } = await add('nadia', { mailbox: 'n@home.example', mailboxVerified: true });
    await addSecond(house, id, 'n@else.example');
    await accounts.mailboxes.begin(id, 'n@else.example', 'first');
    await accounts.mailboxes.confirm(tokenOf(letters.at(-1)));
    expect(await accounts.find(id)).toMatchObject({ mailbox: 'n@else.example', mailboxVerified: true });
    expect(await accounts.mailboxes.second(id)).toBeUndefined();
  });

  test('of two accounts that prove it at the same moment exactly one has it', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    const both = [await add('rene'), await add('simone')];
    for (const { id } of both) await accounts.mailboxes.begin(id, 'spare@home.example', 'second');
    const answers = await Promise.all(letters.map((letter) => refusalOf(accounts.mailboxes.confirm(tokenOf(letter)))));
    expect(answers.toSorted()).toEqual(['fine', 'mailbox_elsewhere']);
    const seconds = await Promise.all(both.map(({ id }) => accounts.mailboxes.second(id)));
    expect(seconds.filter((mailbox) => mailbox !== undefined)).toEqual(['spare@home.example']);
  });
});
