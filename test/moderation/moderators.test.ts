import { beforeAll, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Application } from '../../src/applications/applications.ts';
import { refusalOf } from '../accounts/house.ts';
import { addApplication, addPerson } from '../people.ts';
import { actorOf, inBothHouses } from './house.ts';

inBothHouses('moderators', (place) => {
  let maud: Account;
  let bruno: Account;
  let odile: Account;
  let meadow: Application;
  let wiki: Application;
  beforeAll(async () => {
    [maud, bruno, odile] = [
      await addPerson(place().parts, 'maud'),
      await addPerson(place().parts, 'bruno'),
      await addPerson(place().parts, 'odile'),
    ];
    meadow = await addApplication(place().parts, 'Meadow', 'https://meadow.example');
    wiki = await addApplication(place().parts, 'Wiki', 'https://wiki.example');
  });

  const moderators = () => place().parts.moderation.moderators;
  const may = (account: Account, application: Application): Promise<string> =>
    refusalOf(place().parts.storage.write((tx) => moderators().require(tx, actorOf(account), application.id)));
  const kinds = async (account: Account): Promise<string[]> =>
    (await place().parts.accounts.timeline.list(account.id)).map(({ kind }) => kind);

  test('look after the application they were appointed for, and after no other, until they are dismissed', async () => {
    expect(await may(maud, meadow)).toBe('forbidden');
    await moderators().appoint(meadow.id, maud.id, odile.id);
    await moderators().appoint(meadow.id, maud.id, odile.id);
    expect([await may(maud, meadow), await may(maud, wiki), await may(bruno, meadow)]).toEqual([
      'fine',
      'forbidden',
      'forbidden',
    ]);
    expect(await moderators().applicationsOf(maud.id)).toEqual([meadow.id]);
    expect(await moderators().of(meadow.id)).toEqual([
      { accountId: maud.id, loginName: 'maud', digest: 'daily', isActive: true },
    ]);
    await moderators().dismiss(meadow.id, maud.id);
    await moderators().dismiss(meadow.id, maud.id);
    expect([await may(maud, meadow), await moderators().of(meadow.id)]).toEqual(['forbidden', []]);
    expect((await kinds(maud)).filter((kind) => kind.startsWith('moderator_'))).toEqual([
      'moderator_dismissed',
      'moderator_appointed',
    ]);
    const logged = await place().parts.accounts.log.list(maud.id);
    expect(logged.find(({ kind }) => kind === 'moderator_appointed')?.by).toBe('odile');
  });

  test('are administrators too, everywhere, without being appointed; what a page believes of somebody counts for nothing', async () => {
    expect([await may(odile, meadow), await may(odile, wiki)]).toEqual(['fine', 'fine']);
    expect(await may({ ...bruno, role: 'administrator' }, meadow)).toBe('forbidden');
    await place().parts.accounts.setRole(maud.id, 'administrator');
    expect(await may(maud, wiki)).toBe('fine');
    await place().parts.accounts.setRole(maud.id, 'person');
    expect(await may(maud, wiki)).toBe('forbidden');
  });

  test('who are suspended, or leave, may do nothing from that moment on, and their rows go with their account', async () => {
    const { parts, clock } = place();
    const lea = await parts.accounts.add({ loginName: 'lea', password: 'a heron in the reeds', language: 'fr' });
    for (const application of [meadow, wiki]) await moderators().appoint(application.id, lea.id);
    await parts.accounts.suspend(lea.id);
    expect(await may(lea, meadow)).toBe('forbidden');
    expect((await moderators().of(meadow.id)).find(({ loginName }) => loginName === 'lea')?.isActive).toBe(false);
    await parts.accounts.reinstate(lea.id);
    expect(await may(lea, meadow)).toBe('fine');
    const { id: group } = await parts.accounts.groups.create('Choir');
    await parts.accounts.delegates.name(group, lea.id);
    await parts.accounts.leave(lea.id);
    expect(await may(lea, meadow)).toBe('forbidden');
    clock.time += 40 * 86_400_000;
    await parts.accounts.remove(lea.id, async () => undefined);
    const { moderator, groupDelegate } = parts.storage.tables;
    const rows = await parts.storage.read.select({ id: moderator.accountId }).from(moderator);
    const delegates = await parts.storage.read.select({ id: groupDelegate.accountId }).from(groupDelegate);
    expect([...rows, ...delegates].filter(({ id }) => id === lea.id)).toEqual([]);
  });

  test('cannot be people who do not exist, wait or are suspended, nor look after what does not exist', async () => {
    const { parts } = place();
    expect(await refusalOf(moderators().appoint(meadow.id, 'nobody'))).toBe('account_unknown');
    expect(await refusalOf(moderators().appoint('nowhere', maud.id))).toBe('application_unknown');
    await parts.accounts.suspend(bruno.id);
    expect(await refusalOf(moderators().appoint(meadow.id, bruno.id))).toBe('account_unknown');
    await parts.accounts.reinstate(bruno.id);
  });

  test('who are dismissed while they decide either decided before, or do not', async () => {
    const { parts } = place();
    for (let round = 0; round < 5; round += 1) {
      await moderators().appoint(meadow.id, maud.id);
      const order: string[] = [];
      const decision = parts.storage
        .write(async (tx) => {
          await moderators().require(tx, actorOf(maud), meadow.id);
          await moderators().noteTold(tx, meadow.id, maud.id, '2026-11-21');
          order.push('decided');
        })
        .catch((error: Error) => void order.push(error.message));
      await Promise.all([
        decision,
        moderators()
          .dismiss(meadow.id, maud.id)
          .then(() => order.push('dismissed')),
      ]);
      expect(order).toContain('dismissed');
      expect(await may(maud, meadow)).toBe('forbidden');
    }
  });

  test('choose how often they are told of what waits, and nobody does so for an application that is not theirs', async () => {
    await moderators().appoint(wiki.id, maud.id);
    await moderators().setDigest(wiki.id, maud.id, 'off');
    expect((await moderators().of(wiki.id)).find(({ loginName }) => loginName === 'maud')?.digest).toBe('off');
    expect(await refusalOf(moderators().setDigest(wiki.id, bruno.id, 'off'))).toBe('forbidden');
  });

  test('become so by a link that they open and agree to; it is for one of them, and worth what its maker is', async () => {
    const { parts, clock } = place();
    const { appointments } = parts.accounts;
    const open = async (token: string) => {
      const link = await parts.accounts.findLink(token);
      if (link === undefined) throw new Error('the link opens nothing');
      return link;
    };
    const { token } = await appointments.offer(wiki.id, odile.id);
    expect(await appointments.list(wiki.id)).toHaveLength(1);
    expect(await appointments.list(meadow.id)).toEqual([]);
    const link = await open(token);
    const both = await Promise.all(
      [bruno, await parts.accounts.add({ loginName: 'ines', password: 'four oars and a sail', language: 'fr' })].map(
        (account) => refusalOf(moderators().accept(link, account.id)),
      ),
    );
    expect(both.toSorted()).toEqual(['fine', 'link_gone']);
    expect(await parts.accounts.findLink(token)).toBeUndefined();
    // Somebody who looks after it already leaves the link to another.
    const again = await appointments.offer(wiki.id, odile.id);
    await moderators().accept(await open(again.token), maud.id);
    expect(await parts.accounts.findLink(again.token)).toBeDefined();
    await appointments.withdraw(meadow.id, again.id);
    expect(await parts.accounts.findLink(again.token)).toBeDefined();
    await appointments.withdraw(wiki.id, again.id);
    expect(await parts.accounts.findLink(again.token)).toBeUndefined();

    const simone = await parts.accounts.add({ loginName: 'simone', password: 'the ferry at noon', language: 'fr' });
    await parts.accounts.setRole(simone.id, 'administrator');
    const hers = await open((await appointments.offer(meadow.id, simone.id)).token);
    await parts.accounts.setRole(simone.id, 'person');
    expect(await refusalOf(moderators().accept(hers, bruno.id))).toBe('link_gone');
    expect(await may(bruno, meadow)).toBe('forbidden');
    const late = await appointments.offer(meadow.id, odile.id);
    clock.time += 8 * 86_400_000;
    expect(await parts.accounts.findLink(late.token)).toBeUndefined();
  });
});
