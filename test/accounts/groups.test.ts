import { expect, test } from 'vitest';
import { onBothEngines } from '../engines.ts';
import { makeHouse, refusalOf } from './house.ts';

onBothEngines('groups', (ground) => {
  test('are made, renamed and removed, and say who is in them', async () => {
    const { accounts, add } = makeHouse(ground());
    const { groups, groupsOf } = accounts;
    const camille = await add('Camille');
    await add('Noé');
    const board = await groups.create(' Écrivaines ');
    const press = await groups.create('presse');
    expect(board.name).toBe('Écrivaines');
    await groups.addMember(board.id, 'CAMILLE');
    await groups.addMember(board.id, 'camille');
    await groups.addMember(board.id, 'noé');
    await groups.addMember(press.id, 'camille');
    expect(await groups.list()).toEqual([
      { ...board, members: 2, secondFactor: false },
      { ...press, members: 1, secondFactor: false },
    ]);
    expect(await groups.members(board.id)).toEqual(['Camille', 'Noé']);
    expect(await groupsOf(camille.id)).toEqual([board, press]);

    await groups.rename(press.id, 'Journal');
    await groups.removeMember(board.id, 'Camille');
    await groups.removeMember(board.id, 'Camille');
    expect(await groupsOf(camille.id)).toEqual([{ id: press.id, name: 'Journal' }]);
    await groups.remove(press.id);
    expect(await groupsOf(camille.id)).toEqual([]);
    expect(await groups.members(press.id)).toEqual([]);
    expect(await groups.list()).toEqual([{ ...board, members: 1, secondFactor: false }]);
  });

  test('may ask their members for a second factor, and stop asking', async () => {
    const { accounts, add } = makeHouse(ground());
    const { groups } = accounts;
    const [louise, paul] = [await add('louise'), await add('paul')];
    const { id } = await groups.create('Trésorerie');
    const open = await groups.create('Ouvert');
    await groups.addMember(id, 'louise');
    for (const name of ['louise', 'paul']) await groups.addMember(open.id, name);
    const must = async () => [await accounts.mustHaveSecondFactor(louise), await accounts.mustHaveSecondFactor(paul)];
    expect(await must()).toEqual([false, false]);
    await groups.setSecondFactor(id, true);
    expect(await must()).toEqual([true, false]);
    expect((await groups.list()).find((group) => group.id === id)?.secondFactor).toBe(true);
    await groups.rename(id, 'Trésor');
    expect(await must()).toEqual([true, false]);
    await groups.setSecondFactor(id, false);
    expect(await must()).toEqual([false, false]);
    expect(await refusalOf(groups.setSecondFactor('none', true))).toBe('group_unknown');
  });

  test('are refused a name that is taken, empty or too long, and people and groups that do not exist', async () => {
    const { accounts, add } = makeHouse(ground());
    const { groups } = accounts;
    await add('simone');
    const { id } = await groups.create('Amis');
    const other = await groups.create('Voisins');
    for (const name of ['', '   ', 'x'.repeat(41), 'a\nb', 'a\u0000b', 'a\u202eb', 'x'.repeat(10_000_000)]) {
      expect(await refusalOf(groups.create(name)), name.slice(0, 50)).toBe('group_name_invalid');
    }
    expect(await refusalOf(groups.create('AMIS'))).toBe('group_name_taken');
    expect(await refusalOf(groups.rename(other.id, 'ａmis'))).toBe('group_name_taken');
    expect(await refusalOf(groups.rename(id, 'amis'))).toBe('fine');
    expect(await refusalOf(groups.rename(id, ''))).toBe('group_name_invalid');
    expect(await refusalOf(groups.rename('none', 'Autres'))).toBe('group_unknown');
    expect(await refusalOf(groups.addMember('none', 'simone'))).toBe('group_unknown');
    expect(await refusalOf(groups.addMember(id, 'personne'))).toBe('account_unknown');
    expect(await refusalOf(groups.removeMember(id, 'personne'))).toBe('account_unknown');
  });

  test('that are removed while somebody is put in leave no member behind', async () => {
    const { accounts, add } = makeHouse(ground());
    await add('thomas');
    for (let round = 0; round < 5; round += 1) {
      const { id } = await accounts.groups.create(`round ${round}`);
      await Promise.all([refusalOf(accounts.groups.addMember(id, 'thomas')), accounts.groups.remove(id)]);
      expect(await accounts.groups.members(id)).toEqual([]);
    }
  });
});
