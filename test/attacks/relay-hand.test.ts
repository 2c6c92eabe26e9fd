import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { openRelayHouse, type RelayHouse, type Sender } from '../mail/relay-house.ts';
import { PEOPLE } from '../people.ts';

let clock = Date.now();
let place: RelayHouse;
let meadow: Sender;
let alix: Account;
let odile: Account;
let magpie: Profile;
let crow: Profile;
let wren: Profile;

beforeAll(async () => {
  place = await openRelayHouse({ now: () => clock });
  meadow = await place.addSender('Meadow', 'meadow.example');
  alix = await place.person('alix');
  odile = await place.person('odile');
  magpie = await place.profile(alix, meadow, 'magpie_oaktree');
  crow = await place.profile(alix, meadow, 'crow_elder');
  wren = await place.profile(odile, meadow, 'wren_ivy');
});
afterAll(() => place.close());

const owner = () => place.house.parts.relay.owner;

/** The last message to a profile, as its owner sees it. Messages of one moment have no order. */
async function lastOf(account: Account, profile: Profile) {
  const [line] = await owner().log(account.id, profile.id);
  clock += 1000;
  return owner().message(account.id, profile.id, line?.id ?? '');
}

test('whoever is blocked where a message of theirs stands writes no more, though answers go elsewhere', async () => {
  const more = 'Reply-To: Mallory <mallory@meadow.example>\r\n';
  await place.send(meadow, place.aliasOf(magpie), { more });
  await place.next(PEOPLE.alix.mailbox);
  const { correspondent } = await lastOf(alix, magpie);
  await owner().block(alix.id, magpie.id, correspondent?.id ?? '', true);
  expect(await place.send(meadow, place.aliasOf(magpie), { more })).toMatchObject({ code: 250 });
  const [line] = await owner().log(alix.id, magpie.id);
  expect(line).toMatchObject({ outcome: 'muted' });
  clock += 1000;
});

test.each([
  ['a dot behind it', (alias: string) => `${alias}.`],
  ['wide letters', (alias: string) => alias.replace('@relay', '@ｒelay')],
  ['a wide dot', (alias: string) => alias.replace('.example', '。example')],
  ['a soft hyphen', (alias: string) => alias.replace('@relay', '@re\u00ADlay')],
])('A77: no answer goes to another address of ours, its domain written with %s', async (_how, written) => {
  const more = `Reply-To: ${written(place.aliasOf(crow))}\r\n`;
  await place.send(meadow, place.aliasOf(magpie), { more, from: 'Other <other@meadow.example>' });
  const { correspondent } = await lastOf(alix, magpie);
  expect(correspondent?.address).toBe('other@meadow.example');
});

/** Somebody writes to the administrators. */
async function write(to: string): Promise<void> {
  const message = place.message({ domain: 'evil.example' }, to);
  expect(await place.hand(message, 'x@evil.example', to)).toMatchObject({ code: 250 });
}

test('A77: a flood to postmaster takes nothing from an administrator’s own mail', async () => {
  for (let minute = 0; minute < 4; minute += 1) {
    clock += 61_000;
    for (let time = 0; time < 10; time += 1) {
      await write('postmaster@relay.example');
      await write('abuse@relay.example');
    }
  }
  await place.settle();
  expect(await place.send(meadow, place.aliasOf(wren))).toMatchObject({ code: 250 });
  await place.settle();
  expect(await lastOf(odile, wren)).toMatchObject({ outcome: 'delivered' });
});

test('P5: mail to postmaster waits while an administrator’s mailbox takes none, and is not held where nobody looks', async () => {
  clock += 61_000;
  const health = place.house.parts.accounts.mailboxHealth;
  for (let time = 0; time < 3; time += 1)
    await health.bounced(odile.id, PEOPLE.odile.mailbox, { lasting: true, kind: 'gone' });
  expect(await health.isPaused(odile.id)).toBe(true);
  const before = await place.house.parts.relay.counts();
  await write('postmaster@relay.example');
  await place.settle();
  const after = await place.house.parts.relay.counts();
  expect([after.waiting - before.waiting, after.held]).toEqual([1, 0]);
});

test('forty answers at once are no more than as many in a row', async () => {
  await place.send(meadow, place.aliasOf(crow));
  const { id } = await lastOf(alix, crow);
  const answer = { subject: '', text: 'Thank you.', confirmed: false };
  const all = await Promise.allSettled(Array.from({ length: 40 }, () => owner().answer(alix.id, crow.id, id, answer)));
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
});

test('P8: a stranger fills nobody’s disk, though their mail is held', async () => {
  const robin = await place.profile(alix, meadow, 'robin_birch');
  await owner().setStrangers(alix.id, robin.id, 'hold');
  const to = place.aliasOf(robin);
  const letter = (size: number): string =>
    place.message({ domain: 'evil.example' }, to, { text: `${'x'.repeat(70)}\n`.repeat(size / 72) });
  expect(await place.hand(letter(300_000), 'x@evil.example', to)).toMatchObject({ code: 250 });
  expect(await place.hand(letter(600_000), 'x@evil.example', to)).toMatchObject({ code: 550 });
});

test('R29: two answers written in one moment do not say so by their dates', async () => {
  const pond = await place.addSender('Pond', 'pond.example');
  const dates = new Set<string>();
  for (const [name, who] of [
    ['linnet_rowan', 'Linnet'],
    ['dunnock_thorn', 'Dunnock'],
    ['siskin_alder', 'Siskin'],
    ['twite_heath', 'Twite'],
  ] as const) {
    const profile = await place.profile(alix, pond, name);
    const from = `${who} <${who}@pond.example>`;
    await place.send(pond, place.aliasOf(profile), { from });
    const [line] = await owner().log(alix.id, profile.id);
    await owner().answer(alix.id, profile.id, line?.id ?? '', { subject: '', text: 'Thanks.', confirmed: false });
  }
  clock += 31_000;
  await place.settle();
  for (const who of ['Linnet', 'Dunnock', 'Siskin', 'Twite']) {
    const { raw } = await place.catcher.next(`${who}@pond.example`);
    dates.add(/^Date: (.*)\r$/mu.exec(raw)?.[1] ?? '');
  }
  // All four in one second is one chance in twenty thousand.
  expect(dates.size).toBeGreaterThan(1);
});
