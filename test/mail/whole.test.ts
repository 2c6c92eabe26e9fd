import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { translator } from '../../views/text.ts';
import { PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';
import { openRelayHouse, type RelayHouse, type Sender } from './relay-house.ts';

// What people and administrators do about forwarded mail, from the page to the mailbox.

const DAY = 24 * 3_600_000;
const HOUR = 3_600_000;
const t = translator('en');

let time = Date.now();
let place: RelayHouse;
let meadow: Sender;
let alix: Account;
let magpie: Profile;
let alias: string;

beforeAll(async () => {
  place = await openRelayHouse({ now: () => (time += 1) });
  meadow = await place.addSender('Meadow', 'meadow.example');
  alix = await place.person('alix');
  magpie = await place.profile(alix, meadow, 'magpie_oaktree');
  alias = place.aliasOf(magpie);
});
afterAll(() => place.close());

async function signedIn(person: PersonName): Promise<Visitor> {
  const visitor = makeVisitor();
  const { loginName: login, password } = PEOPLE[person];
  await visitor.submit(await visitor.get(place.house.url), '/sign-in', { login, password });
  return visitor;
}

const brook = { domain: 'brook.example' };
const last = async () => (await place.house.parts.relay.owner.log(alix.id, magpie.id))[0];
const write = (to: string) => place.hand(place.message(brook, to), 'x@brook.example', to);

test('nobody reads postmaster@ where there is no administrator, and each of several gets a copy of their own', async () => {
  expect(await write('postmaster@relay.example')).toMatchObject({ code: 451 });
  expect(await write('abuse@relay.example')).toMatchObject({ code: 451 });
  await place.person('odile');
  const maud = await place.person('maud');
  await place.house.parts.accounts.setRole(maud.id, 'administrator');
  for (const role of ['postmaster', 'abuse']) {
    expect(await write(`${role}@relay.example`)).toMatchObject({ code: 250 });
    for (const name of ['odile', 'maud'] as const) {
      const { raw } = await place.next(PEOPLE[name].mailbox);
      expect(raw).toContain('Somebody mentioned you');
      for (const other of Object.values(PEOPLE)) expect(raw).not.toContain(other.mailbox);
    }
  }
});

test('mail of a stranger is shown as a leak at the application, and arrives once she says so', async () => {
  await place.house.parts.relay.owner.setStrangers(alix.id, magpie.id, 'hold');
  expect(await write(alias)).toMatchObject({ code: 250 });
  await place.settle();
  const line = await last();
  expect(line).toMatchObject({ outcome: 'held', domain: 'brook.example' });
  const visitor = await signedIn('alix');
  const page = await visitor.get(`${place.house.url}/profiles/${magpie.id}/mail/${line?.id}`);
  expect(page.document.querySelector('#leak')?.textContent).toBe(t('relay.leak', { application: 'Meadow' }));
  expect(page.text).not.toContain(PEOPLE.alix.mailbox);
  await visitor.submit(page, '/again');
  expect((await place.next(PEOPLE.alix.mailbox)).raw).toContain('(brook.example)"');
  expect(await last()).toMatchObject({ outcome: 'delivered' });
  await place.house.parts.relay.owner.setStrangers(alix.id, magpie.id, 'refuse');
});

test('a sender that was refused reaches the mailbox once an administrator allows it', async () => {
  const wren = await place.addSender('Wren', 'wren.example');
  const message = () => place.message({ domain: 'wren.example' }, alias);
  expect(await place.hand(await wren.signed(message()), 'x@wren.example', alias)).toMatchObject({ code: 550 });
  const { refusals } = place.house.parts;
  await refusals.flush();
  const visitor = await signedIn('odile');
  const url = `${place.house.url}/admin/applications/${meadow.application.id}/mail`;
  expect((await visitor.get(url)).text).toContain(`href="${new URL(url).pathname}/allow?domain=wren.example"`);
  await visitor.submit(await visitor.get(`${url}/allow?domain=wren.example`), '/allow', {});
  expect(await place.hand(await wren.signed(message()), 'x@wren.example', alias)).toMatchObject({ code: 250 });
  await place.next(PEOPLE.alix.mailbox);
});

test('what an administrator holds back is taken and waits, is counted, and leaves afterwards', async () => {
  const { relay } = place.house.parts;
  await relay.steering.pause(true);
  time += HOUR;
  const before = place.catcher.letters.length;
  expect(await place.send(meadow, alias)).toMatchObject({ code: 250 });
  await place.settle();
  expect(place.catcher.letters).toHaveLength(before);
  expect(await relay.counts()).toMatchObject({ waiting: 1 });
  expect(await relay.destinations()).toEqual({ shared: [], others: 1 });
  await relay.steering.pause(false);
  time += HOUR;
  await place.next(PEOPLE.alix.mailbox);
  expect(await relay.counts()).toMatchObject({ waiting: 0 });
});

test('a destination is named to administrators once five people wait there, and not for five messages', async () => {
  const { relay, accounts } = place.house.parts;
  await relay.steering.pause(true);
  time += HOUR;
  for (let times = 0; times < 5; times += 1) await place.send(meadow, alias);
  const names = ['a', 'b', 'c', 'd'];
  for (const [count, name] of names.entries()) {
    expect(await relay.destinations()).toEqual({ shared: [], others: 5 + count });
    const account = await accounts.add({
      loginName: `finch_${name}`,
      password: 'the barn door creaks at dusk',
      mailbox: `finch_${name}@home.example`,
      mailboxVerified: true,
      language: 'en',
      administrator: false,
    });
    await place.send(meadow, place.aliasOf(await place.profile(account, meadow, `finch_${name}`)));
  }
  const { shared, others } = await relay.destinations();
  expect([shared, others]).toMatchObject([[{ name: 'home.example', accounts: 5, waiting: 9 }], 0]);
  const page = await (await signedIn('odile')).get(`${place.house.url}/admin/mail`);
  expect(page.text).toContain('home.example');
  expect(page.text).not.toMatch(/finch|alix|magpie/u);
  await relay.steering.pause(false);
  time += HOUR;
  await place.settle();
});

test('what she has kept waits for her for fourteen days and is gone then, and so is its line', async () => {
  const { relay } = place.house.parts;
  await relay.owner.setMode(alix.id, magpie.id, 'held');
  expect(await place.send(meadow, alias)).toMatchObject({ code: 250 });
  const { id = '' } = (await last()) ?? {};
  time += 13 * DAY;
  await relay.sweep();
  expect(await relay.owner.message(alix.id, magpie.id, id)).toMatchObject({ outcome: 'held', isKept: true });
  time += 2 * DAY;
  await relay.sweep();
  await expect(relay.owner.sendAgain(alix.id, magpie.id, id)).rejects.toMatchObject({ code: 'mail_gone' });
  expect(await relay.counts()).toMatchObject({ held: 0 });
  time += 15 * DAY;
  await relay.sweep();
  expect(await relay.owner.log(alix.id, magpie.id)).toEqual([]);
});
