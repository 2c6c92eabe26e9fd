import { beforeAll, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Application } from '../../src/applications/applications.ts';
import { refusalOf } from '../accounts/house.ts';
import { addApplication, addPerson } from '../people.ts';
import { actorOf, inBothHouses } from './house.ts';

const DAY = 86_400_000;
const ONE = { uses: 1, days: 7, note: 'for the choir' };

inBothHouses('links for profiles', (place) => {
  let maud: Account;
  let bruno: Account;
  let odile: Account;
  let meadow: Application;
  let wiki: Application;
  beforeAll(async () => {
    const { parts } = place();
    [maud, bruno, odile] = [
      await addPerson(parts, 'maud'),
      await addPerson(parts, 'bruno'),
      await addPerson(parts, 'odile'),
    ];
    meadow = await addApplication(parts, 'Meadow', 'https://meadow.example');
    wiki = await addApplication(parts, 'Wiki', 'https://wiki.example');
    await parts.moderation.moderators.appoint(meadow.id, maud.id);
  });

  const invitations = () => place().parts.moderation.invitations;
  const take = (token: string, account = bruno, application = meadow): Promise<string> =>
    refusalOf(
      place().parts.storage.write((tx) =>
        invitations().take(tx, { token, applicationId: application.id, accountId: account.id, profileId: 'p' }),
      ),
    );

  test('are made by moderators of the application, listed for them with the name of whoever made them, and withdrawn', async () => {
    const { token, id } = await invitations().make(actorOf(maud), meadow.id, { ...ONE, uses: 3 });
    expect(await invitations().find(token)).toEqual({ applicationId: meadow.id });
    expect(await invitations().list(meadow.id)).toEqual([
      { id, note: 'for the choir', uses: 3, expiresAt: place().clock.time + 7 * DAY, by: 'maud', isBacked: true },
    ]);
    expect(await take(token)).toBe('fine');
    expect((await invitations().list(meadow.id))[0]?.uses).toBe(2);
    expect(await refusalOf(invitations().make(actorOf(maud), wiki.id, ONE))).toBe('forbidden');
    expect(await refusalOf(invitations().withdraw(actorOf(bruno), meadow.id, id))).toBe('forbidden');
    // An administrator of both applications still names the one that the link is of.
    await invitations().withdraw(actorOf(odile), wiki.id, id);
    expect(await invitations().find(token)).toBeDefined();
    await invitations().withdraw(actorOf(odile), meadow.id, id);
    expect([await invitations().find(token), await take(token)]).toEqual([undefined, 'link_gone']);
  });

  test('that are for one person make one profile, of fifty who use it at once', async () => {
    const { token } = await invitations().make(actorOf(maud), meadow.id, ONE);
    const answers = await Promise.all(Array.from({ length: 50 }, () => take(token)));
    expect(answers.filter((answer) => answer === 'fine')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'link_gone')).toHaveLength(49);
    const three = await invitations().make(actorOf(maud), meadow.id, { ...ONE, uses: 3 });
    const more = await Promise.all(Array.from({ length: 20 }, () => take(three.token)));
    expect(more.filter((answer) => answer === 'fine')).toHaveLength(3);
  });

  test('are worth what their maker is: nothing while she is suspended, nothing once she is dismissed', async () => {
    const { parts } = place();
    const { token } = await invitations().make(actorOf(maud), meadow.id, { ...ONE, uses: 5 });
    await parts.accounts.suspend(maud.id);
    expect([await invitations().find(token), await take(token)]).toEqual([undefined, 'link_gone']);
    await parts.accounts.reinstate(maud.id);
    expect(await take(token)).toBe('fine');
    await parts.moderation.moderators.dismiss(meadow.id, maud.id);
    expect([await invitations().find(token), await take(token)]).toEqual([undefined, 'link_gone']);
    expect((await invitations().list(meadow.id)).map(({ isBacked }) => isBacked)).toEqual([false]);
    await parts.moderation.moderators.appoint(meadow.id, maud.id);
  });

  test('serve for their application alone, and never whoever made them', async () => {
    const { token } = await invitations().make(actorOf(maud), meadow.id, ONE);
    expect(await take(token, bruno, wiki)).toBe('link_gone');
    expect(await take(token, maud)).toBe('own_profile');
    expect(await take(token)).toBe('fine');
  });

  test('open nothing after their time, nor for longer than they were made for when the clock was wrong', async () => {
    const { clock } = place();
    const { token } = await invitations().make(actorOf(maud), meadow.id, ONE);
    clock.time += 365 * DAY;
    const ahead = await invitations().make(actorOf(maud), meadow.id, ONE);
    expect([await invitations().find(token), await take(token)]).toEqual([undefined, 'link_gone']);
    clock.time -= 365 * DAY;
    expect([await invitations().find(ahead.token), await take(ahead.token)]).toEqual([undefined, 'link_gone']);
    clock.time += 8 * DAY;
    await invitations().sweep();
    const { profileInvitation } = place().parts.storage.tables;
    expect(await place().parts.storage.read.select({ id: profileInvitation.id }).from(profileInvitation)).toEqual([
      { id: ahead.id },
    ]);
  });

  test('are for one to a hundred people and one to ninety days, with a note of two hundred characters', async () => {
    const make = (wanted: Partial<typeof ONE>): Promise<string> =>
      refusalOf(invitations().make(actorOf(maud), meadow.id, { ...ONE, ...wanted }));
    for (const uses of [0, 101, 1.5, Number.NaN])
      expect(await make({ uses }), String(uses)).toBe('invitation_uses_invalid max=100');
    for (const days of [0, 91, Number.NaN])
      expect(await make({ days }), String(days)).toBe('invitation_days_invalid max=90');
    for (const note of ['x'.repeat(201), 'a\u202eb', 'x'.repeat(10_000_000)])
      expect(await make({ note }), note.slice(0, 20)).toBe('note_too_long max=200');
    expect(await make({ uses: 100, days: 90, note: 'é'.repeat(200) })).toBe('fine');
  });
});
