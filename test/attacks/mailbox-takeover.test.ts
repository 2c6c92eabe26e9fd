import { expect, test } from 'vitest';
import { makeLinkStore } from '../../src/accounts/link-store.ts';
import type { Letter } from '../../src/accounts/accounts.ts';
import { HOME, makeHouse, type House } from '../accounts/house.ts';
import { onBothEngines } from '../engines.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const tokenOf = (letter: Letter | undefined): string =>
  letter !== undefined && 'token' in letter.values ? letter.values.token : '';

/** Changes a mailbox of an account and confirms it. */
async function change({ accounts, clock, letters }: House, id: string, mailbox: string, which: 'first' | 'second') {
  clock.time += 10 * MINUTE;
  await accounts.mailboxes.begin(id, mailbox, which);
  await accounts.mailboxes.confirm(tokenOf(letters.at(-1)));
}

onBothEngines('a mailbox in the hands of a thief', (ground) => {
  test('A53: a second mailbox that was added a little before the change goes with it when that is taken back', async () => {
    const house = makeHouse(ground());
    const { accounts, clock, letters } = house;
    const { id } = await house.add('bruno', { mailbox: 'bruno@home.example', mailboxVerified: true });
    await change(house, id, 'lair@else.example', 'second');
    await change(house, id, 'thief@else.example', 'first');
    const undo = tokenOf(letters.find(({ kind, to }) => kind === 'mailbox_changed' && to === 'bruno@home.example'));
    await accounts.mailboxUndo.undo(undo);
    expect(await accounts.mailboxes.second(id)).toBeUndefined();
    clock.time += HOUR;
    const before = letters.length;
    await accounts.recovery.ask({ identifier: 'lair@else.example', network: HOME, language: 'en' });
    expect(letters.slice(before).map(({ kind }) => kind)).toEqual(['recovery_unknown']);
  });

  test('A53: a second mailbox that was there for long stays when a change is taken back', async () => {
    const house = makeHouse(ground());
    const { accounts, clock, letters } = house;
    const { id } = await house.add('maud', { mailbox: 'maud@home.example', mailboxVerified: true });
    await change(house, id, 'maud@work.example', 'second');
    clock.time += 8 * DAY;
    await change(house, id, 'thief@far.example', 'first');
    await accounts.mailboxUndo.undo(tokenOf(letters.at(-1)));
    expect(await accounts.mailboxes.second(id)).toBe('maud@work.example');
  });

  test('a thief who has the account deleted does not take the link from the owner; with the account it goes', async () => {
    const house = makeHouse(ground());
    const { accounts, clock, letters } = house;
    const { id } = await house.add('nadia', { mailbox: 'nadia@home.example', mailboxVerified: true });
    await change(house, id, 'thief@nadia.example', 'first');
    const undo = tokenOf(letters.at(-1));
    const links = makeLinkStore(ground().storage);
    const others = await links.countTagged(ground().storage.read);
    expect((await accounts.dataOf(id)).links.map(({ kind }) => kind)).toEqual(['mailbox-undo']);
    const goesAt = await accounts.leave(id);
    expect(await accounts.findLink(undo)).toBeDefined();
    clock.time = Math.min(goesAt, clock.time + 6 * DAY);
    await accounts.mailboxUndo.undo(undo);
    expect(await accounts.find(id)).toMatchObject({ mailbox: 'nadia@home.example', status: 'leaving' });

    await accounts.keep(id);
    await change(house, id, 'nadia@other.example', 'first');
    const later = makeHouse(ground(), { leaveDays: 1 });
    later.clock.time = clock.time;
    await later.accounts.leave(id);
    later.clock.time += DAY;
    await later.accounts.remove(id, async () => {});
    expect(await accounts.find(id)).toBeUndefined();
    expect(await links.countTagged(ground().storage.read)).toBe(others - 1);
  });
});
