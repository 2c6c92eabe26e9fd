import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import type { MailBounce } from '../../src/accounts/accounts.ts';
import { onBothEngines } from '../engines.ts';
import { makeHouse, type House } from './house.ts';
import { tokenIn } from './letters.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const GONE: MailBounce = { lasting: true, kind: 'gone' };
const FULL: MailBounce = { lasting: true, kind: 'mailbox' };

type Person = { id: string; first: string };

/** Somebody with a proven mailbox, and a second one where it is named. */
async function person({ accounts, add, letters, clock }: House, name: string, second?: string): Promise<Person> {
  const first = `${name}@home.example`;
  const { id } = await add(name, { mailbox: first, mailboxVerified: true, language: 'en' });
  if (second !== undefined) {
    await accounts.mailboxes.begin(id, second, 'second');
    await accounts.mailboxes.confirm(tokenIn(letters, second));
  }
  letters.length = 0;
  clock.time += HOUR;
  return { id, first };
}

async function pause({ accounts }: House, { id, first }: Person): Promise<void> {
  for (let times = 0; times < 3; times += 1) await accounts.mailboxHealth.bounced(id, first, GONE);
}

onBothEngines('the health of mailboxes', (ground) => {
  test('mail goes to the first proven mailbox, to the second where the first is unproven, and nowhere without any', async () => {
    const house = makeHouse(ground());
    const { accounts, add, letters } = house;
    const health = accounts.mailboxHealth;
    const alix = await person(house, 'alix', 'alix@second.example');
    expect(await health.routeFor(alix.id)).toEqual({ to: 'alix@home.example', language: 'en', isTroubled: false });
    const bruno = await add('bruno', { mailbox: 'bruno@home.example' });
    expect(await health.routeFor(bruno.id)).toEqual({ to: undefined, why: 'unproven', language: 'fr', isTroubled: false });
    await accounts.mailboxes.begin(bruno.id, 'bruno@second.example', 'second');
    await accounts.mailboxes.confirm(tokenIn(letters, 'bruno@second.example'));
    expect(house.reachable).toContain(bruno.id);
    expect(await health.routeFor(bruno.id)).toEqual({ to: 'bruno@second.example', language: 'fr', isTroubled: false });
    expect(await health.state(bruno.id)).toEqual([
      { which: 'second', mailbox: 'bruno@second.example', isPaused: false, isGone: false },
    ]);
    expect(await health.routeFor('nobody')).toMatchObject({ to: undefined, why: 'unproven' });
  });

  test('one that does not exist is paused at the third message; the second takes over, and its owner is told there alone', async () => {
    const house = makeHouse(ground());
    const { accounts, letters, clock } = house;
    const health = accounts.mailboxHealth;
    const maud = await person(house, 'maud', 'maud@second.example');
    await health.bounced(maud.id, 'MAUD@Home.example', GONE);
    await health.bounced(maud.id, maud.first, GONE);
    expect(await health.routeFor(maud.id)).toMatchObject({ to: maud.first });
    expect(letters).toEqual([]);
    await health.bounced(maud.id, maud.first, GONE);
    expect(await health.routeFor(maud.id)).toEqual({ to: 'maud@second.example', language: 'en', isTroubled: true });
    expect(letters).toEqual([
      { kind: 'mailbox_paused', to: 'maud@second.example', language: 'en', values: { login_name: 'maud' } },
    ]);
    expect((await accounts.timeline.list(maud.id))[0]).toMatchObject({ kind: 'mailbox_paused' });
    expect(await health.state(maud.id)).toEqual([
      { which: 'first', mailbox: maud.first, isPaused: true, since: clock.time, isGone: true },
      { which: 'second', mailbox: 'maud@second.example', isPaused: false, isGone: false },
    ]);
    // Once, however many follow.
    await health.bounced(maud.id, maud.first, GONE);
    expect(letters).toHaveLength(1);
    expect(await health.isPaused(maud.id)).toBe(false);
  });

  test('one that is full is paused by three bounces over a day, and not by an outage of some hours', async () => {
    const house = makeHouse(ground());
    const { accounts, clock } = house;
    const health = accounts.mailboxHealth;
    const odile = await person(house, 'odile');
    for (let times = 0; times < 10; times += 1) await health.bounced(odile.id, odile.first, FULL);
    clock.time += 23 * HOUR;
    await health.bounced(odile.id, odile.first, FULL);
    expect(await health.isPaused(odile.id)).toBe(false);
    clock.time += 2 * HOUR;
    await health.bounced(odile.id, odile.first, FULL);
    expect(await health.isPaused(odile.id)).toBe(true);
    expect(await health.routeFor(odile.id)).toEqual({ to: undefined, why: 'paused', language: 'en', isTroubled: true });
    // There is nowhere to tell it but here.
    expect(house.letters).toEqual([]);
    expect((await accounts.timeline.list(odile.id)).map(({ kind }) => kind)).toContain('mailbox_paused');
  });

  test('what is disliked about one message, or may yet be taken, says nothing of the mailbox', async () => {
    const house = makeHouse(ground());
    const health = house.accounts.mailboxHealth;
    const nora = await person(house, 'nora');
    for (let days = 0; days < 5; days += 1) {
      await health.bounced(nora.id, nora.first, { lasting: true, kind: 'message' });
      await health.bounced(nora.id, nora.first, { lasting: false, kind: 'gone' });
      // Somebody else's, or one that was theirs.
      await health.bounced(nora.id, 'other@home.example', GONE);
      house.clock.time += DAY;
    }
    expect(await health.isPaused(nora.id)).toBe(false);
    expect(
      await ground().storage.read.$count(
        ground().storage.tables.mailboxTrouble,
        eq(ground().storage.tables.mailboxTrouble.accountId, nora.id),
      ),
    ).toBe(0);
  });

  test('bounces are forgotten after a month, and after a message that was taken and did not come back within hours', async () => {
    const house = makeHouse(ground());
    const { clock } = house;
    const health = house.accounts.mailboxHealth;
    const rene = await person(house, 'rene');
    await health.bounced(rene.id, rene.first, GONE);
    await health.bounced(rene.id, rene.first, GONE);
    clock.time += 31 * DAY;
    await health.bounced(rene.id, rene.first, GONE);
    expect(await health.isPaused(rene.id)).toBe(false);
    await health.bounced(rene.id, rene.first, GONE);
    await health.took(rene.id, rene.first);
    clock.time += 5 * HOUR;
    await health.took(rene.id, rene.first);
    await health.bounced(rene.id, rene.first, GONE);
    await health.bounced(rene.id, rene.first, GONE);
    expect(await health.isPaused(rene.id)).toBe(false);
    // A host that takes everything and complains a little later has taken nothing.
    await health.took(rene.id, rene.first);
    clock.time += HOUR;
    await health.bounced(rene.id, rene.first, GONE);
    expect(await health.isPaused(rene.id)).toBe(true);
  });

  test('a mailbox without trouble costs no write, and one with trouble one at most', async () => {
    const { storage } = ground();
    let writes = 0;
    const counted = {
      ...ground(),
      storage: {
        ...storage,
        write: ((work) => {
          writes += 1;
          return storage.write(work);
        }) satisfies typeof storage.write,
      },
    };
    const house = makeHouse(counted);
    const health = house.accounts.mailboxHealth;
    const sam = await person(house, 'sam');
    writes = 0;
    for (let times = 0; times < 20; times += 1) {
      await health.routeFor(sam.id);
      await health.took(sam.id, sam.first);
    }
    expect(writes).toBe(0);
    await health.bounced(sam.id, sam.first, GONE);
    writes = 0;
    for (let times = 0; times < 20; times += 1) await health.took(sam.id, sam.first);
    expect(writes).toBe(1);
  });

  test('a paused one is tried with one message a day, on one node alone, and comes back by itself', async () => {
    const house = makeHouse(ground());
    const other = makeHouse(ground());
    const { accounts, clock } = house;
    const health = accounts.mailboxHealth;
    const lou = await person(house, 'lou');
    await pause(house, lou);
    expect((await health.routeFor(lou.id)).to).toBeUndefined();
    clock.time += 25 * HOUR;
    other.clock.time = clock.time;
    house.reachable.length = 0;
    await health.sweep();
    expect(house.reachable).toContain(lou.id);
    const routes = await Promise.all(
      Array.from({ length: 16 }, (_, at) => (at % 2 === 0 ? health : other.accounts.mailboxHealth).routeFor(lou.id)),
    );
    expect(routes.filter(({ to }) => to === lou.first)).toHaveLength(1);
    expect(await health.isPaused(lou.id)).toBe(true);
    // It bounces again: nothing changes until the day after.
    await health.bounced(lou.id, lou.first, GONE);
    clock.time += 23 * HOUR;
    expect((await health.routeFor(lou.id)).to).toBeUndefined();
    clock.time += 2 * HOUR;
    expect((await health.routeFor(lou.id)).to).toBe(lou.first);
    await health.took(lou.id, lou.first);
    expect((await health.routeFor(lou.id)).to).toBeUndefined();
    clock.time += 5 * HOUR;
    house.reachable.length = 0;
    await health.sweep();
    expect(house.reachable).toContain(lou.id);
    expect((await health.routeFor(lou.id)).to).toBe(lou.first);
    expect((await accounts.timeline.list(lou.id)).map(({ kind }) => kind)).toContain('mailbox_resumed');
  });

  test('its owner ends the pause by saying so, by proving the mailbox anew, by another one, and by taking a change back', async () => {
    const house = makeHouse(ground());
    const { accounts, letters, clock } = house;
    const health = accounts.mailboxHealth;
    const simone = await person(house, 'simone');
    await pause(house, simone);
    house.reachable.length = 0;
    await health.resume(simone.id);
    await health.resume(simone.id);
    expect(house.reachable).toEqual([simone.id]);
    expect((await health.routeFor(simone.id)).to).toBe(simone.first);
    await pause(house, simone);
    clock.time += 2 * HOUR;
    await accounts.mailboxes.begin(simone.id, 'simone@new.example', 'first');
    await accounts.mailboxes.confirm(tokenIn(letters, 'simone@new.example'));
    expect(house.reachable).toEqual([simone.id, simone.id]);
    expect(await health.routeFor(simone.id)).toMatchObject({ to: 'simone@new.example' });
    // The trouble of the old one is still there; whoever proves it again has it forgotten.
    const undo = letters.findLast(({ kind }) => kind === 'mailbox_changed')?.values as { token: string };
    await accounts.mailboxUndo.undo(undo.token);
    expect((await health.routeFor(simone.id)).to).toBe(simone.first);
    expect(house.reachable).toHaveLength(3);
    await pause(house, simone);
    clock.time += 2 * HOUR;
    await accounts.mailboxes.begin(simone.id, 'simone@else.example', 'second');
    await accounts.mailboxes.confirm(tokenIn(letters, 'simone@else.example'));
    expect((await health.routeFor(simone.id)).to).toBe('simone@else.example');
    expect((await health.state(simone.id)).map(({ isPaused }) => isPaused)).toEqual([true, false]);
  });

  test('what a late report names decides which of two mailboxes it is about; a forged one is about that in use', async () => {
    const house = makeHouse(ground());
    const health = house.accounts.mailboxHealth;
    const eve = await person(house, 'eve', 'eve@second.example');
    for (let times = 0; times < 3; times += 1) await health.cameBack(eve.id, ['EVE@second.example'], GONE);
    expect((await health.state(eve.id)).map(({ isPaused }) => isPaused)).toEqual([false, true]);
    expect(house.letters.map(({ to }) => to)).toEqual([eve.first]);
    for (let times = 0; times < 3; times += 1) await health.cameBack(eve.id, ['moved@far.example'], GONE);
    expect(await health.isPaused(eve.id)).toBe(true);
    // The other one takes nothing either: no letter goes there.
    expect(house.letters).toHaveLength(1);
  });

  test('bounces that two nodes count at one moment are all counted, and pause once', async () => {
    const house = makeHouse(ground());
    const other = makeHouse(ground());
    const zoe = await person(house, 'zoe', 'zoe@second.example');
    await Promise.all(
      [house, other, house, other].map(({ accounts }) => accounts.mailboxHealth.bounced(zoe.id, zoe.first, GONE)),
    );
    expect((await house.accounts.mailboxHealth.routeFor(zoe.id)).to).toBe('zoe@second.example');
    expect([...house.letters, ...other.letters].filter(({ kind }) => kind === 'mailbox_paused')).toHaveLength(1);
    const events = await house.accounts.timeline.list(zoe.id);
    expect(events.filter(({ kind }) => kind === 'mailbox_paused')).toHaveLength(1);
  });

  test('rows are sealed for their account, all of one size, and go with it', async () => {
    const house = makeHouse(ground());
    const { accounts, clock } = house;
    const { storage, seals } = ground();
    const one = await person(house, 'one', 'one-with-a-rather-long-name@second.example');
    const two = await person(house, 'two');
    await pause(house, one);
    for (let times = 0; times < 20; times += 1) await accounts.mailboxHealth.cameBack(one.id, [], GONE);
    await accounts.mailboxHealth.bounced(two.id, two.first, FULL);
    const rowOf = async (id: string) => {
      const { mailboxTrouble } = storage.tables;
      const [row] = await storage.read.select().from(mailboxTrouble).where(eq(mailboxTrouble.accountId, id));
      return row?.sealed ?? '';
    };
    const [first, second] = [await rowOf(one.id), await rowOf(two.id)];
    expect(first.length).toBe(second.length);
    expect(first.length).toBeGreaterThan(1000);
    expect(() => seals.open('mailbox-trouble', two.id, first)).toThrow(/does not open/u);
    clock.time = await accounts.leave(one.id);
    await accounts.remove(one.id, async () => undefined);
    expect(await rowOf(one.id)).toBe('');
  });

  test('what is over, or of a mailbox that is no more, is swept away', async () => {
    const house = makeHouse(ground());
    const { accounts, clock } = house;
    const ada = await person(house, 'ada');
    await accounts.mailboxHealth.bounced(ada.id, ada.first, FULL);
    const { storage } = ground();
    const { mailboxTrouble } = storage.tables;
    const rows = () => storage.read.$count(mailboxTrouble, eq(mailboxTrouble.accountId, ada.id));
    await accounts.mailboxHealth.sweep();
    expect(await rows()).toBe(1);
    clock.time += 31 * DAY;
    await accounts.mailboxHealth.sweep();
    expect(await rows()).toBe(0);
  });
});
