import { expect, test } from 'vitest';
import { LIMITS } from '../../src/accounts/attempts.ts';
import { onBothEngines } from '../engines.ts';
import { makeHouse, refusalOf } from './house.ts';

onBothEngines('delegates of a group', (ground) => {
  test('add and remove members of their group, and of no other', async () => {
    const { accounts, add } = makeHouse(ground());
    const { groups, delegates } = accounts;
    const [gaelle, hugo] = [await add('gaelle'), await add('hugo')];
    const [choir, band] = [await groups.create('Choir'), await groups.create('Band')];
    await delegates.name(choir.id, gaelle.id);
    await delegates.name(choir.id, gaelle.id);
    expect(await delegates.of(choir.id)).toEqual([{ accountId: gaelle.id, loginName: 'gaelle' }]);
    expect(await delegates.groupsOf(gaelle.id)).toEqual([choir]);
    expect([await delegates.groupOf(gaelle.id, choir.id), await delegates.groupOf(gaelle.id, band.id)]).toEqual([
      choir,
      undefined,
    ]);
    await delegates.addMember(gaelle.id, choir.id, 'HUGO');
    await delegates.addMember(gaelle.id, choir.id, 'hugo');
    expect(await groups.members(choir.id)).toEqual(['hugo']);
    await delegates.removeMember(gaelle.id, choir.id, 'hugo');
    await delegates.removeMember(gaelle.id, choir.id, 'hugo');
    expect(await groups.members(choir.id)).toEqual([]);
    for (const [who, group] of [
      [gaelle, band],
      [hugo, choir],
    ] as const) {
      expect(await refusalOf(delegates.addMember(who.id, group.id, 'hugo'))).toBe('forbidden');
      expect(await refusalOf(delegates.removeMember(who.id, group.id, 'hugo'))).toBe('forbidden');
    }
  });

  test('may do nothing once they are dismissed, suspended, or their group is gone', async () => {
    const { accounts, add } = makeHouse(ground());
    const { groups, delegates } = accounts;
    const [iris] = [await add('iris'), await add('jules')];
    const { id } = await groups.create('Orchard');
    await delegates.name(id, iris.id);
    await accounts.suspend(iris.id);
    expect(await refusalOf(delegates.addMember(iris.id, id, 'jules'))).toBe('forbidden');
    await accounts.reinstate(iris.id);
    expect(await refusalOf(delegates.addMember(iris.id, id, 'jules'))).toBe('fine');
    await delegates.dismiss(id, iris.id);
    expect(await refusalOf(delegates.removeMember(iris.id, id, 'jules'))).toBe('forbidden');
    await delegates.name(id, iris.id);
    await groups.remove(id);
    expect(await refusalOf(delegates.addMember(iris.id, id, 'jules'))).toBe('forbidden');
    expect(await delegates.groupsOf(iris.id)).toEqual([]);
    const { groupDelegate } = ground().storage.tables;
    const rows = await ground().storage.read.select().from(groupDelegate);
    expect(rows.filter(({ groupId }) => groupId === id)).toEqual([]);
    expect(await refusalOf(delegates.name(id, iris.id))).toBe('group_unknown');
    expect(await refusalOf(delegates.name((await groups.create('Vale')).id, 'nobody'))).toBe('account_unknown');
  });

  test('learn of a name nothing but that nobody can be added, whoever is called so, and guess more and more slowly', async () => {
    const { accounts, add, clock } = makeHouse(ground());
    const { groups, delegates } = accounts;
    const [karim, lou, mona] = [await add('karim'), await add('lou'), await add('mona')];
    const { id } = await groups.create('Guessers');
    for (const person of [karim, mona]) await delegates.name(id, person.id);
    await accounts.suspend(lou.id);
    const answers = new Set<string>();
    for (const name of ['lou', 'nobody', '', 'x'.repeat(5000), 'a\u0000b'])
      answers.add(await refusalOf(delegates.addMember(karim.id, id, name)));
    expect([...answers]).toEqual(['member_unknown']);

    // Who is right is not counted, however often.
    for (let round = 0; round < 3 * LIMITS.delegate.free; round += 1) {
      await delegates.addMember(mona.id, id, 'karim');
      await delegates.removeMember(mona.id, id, 'karim');
    }
    let failures = 5;
    while ((await refusalOf(delegates.addMember(karim.id, id, `nobody${failures}`))) === 'member_unknown')
      failures += 1;
    expect(failures).toBe(LIMITS.delegate.free + 1);
    expect(await refusalOf(delegates.addMember(karim.id, id, 'mona'))).toMatch(/^try_later/u);
    // Another delegate is not held by it.
    expect(await refusalOf(delegates.addMember(mona.id, id, 'karim'))).toBe('fine');
    clock.time += LIMITS.delegate.longest;
    expect(await refusalOf(delegates.addMember(karim.id, id, 'mona'))).toBe('fine');
  });
});
