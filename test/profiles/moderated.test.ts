import { expect, test } from 'vitest';
import { refusalOf } from '../accounts/house.ts';
import { onBothEngines } from '../engines.ts';
import { DAY, openPlace } from './place.ts';

onBothEngines('what moderators decide about a profile', (ground) => {
  test('a block ends its use at once, and taking it back gives it back', async () => {
    const { create, decide, moderated, alix, isUsable, status, ended, profiles, meadow } = await openPlace(ground());
    const heron = await create(alix, 'heron');
    expect(await decide((tx) => moderated.block(tx, heron.id, { id: 'one' }))).toBe(true);
    expect(await isUsable(alix, heron.id)).toBe(false);
    expect(await status(heron.id)).toBe('blocked');
    expect((await profiles.at(alix, meadow)).profiles).toMatchObject([{ status: 'blocked', refusedBy: 'one' }]);
    await moderated.ended(heron.id);
    expect(ended).toEqual([heron.id]);
    // An older decision that is taken back leaves the one in force.
    await decide((tx) => moderated.block(tx, heron.id, { id: 'two' }));
    expect(await decide((tx) => moderated.unblock(tx, heron.id, 'one'))).toBe(false);
    expect(await isUsable(alix, heron.id)).toBe(false);
    expect(await decide((tx) => moderated.unblock(tx, heron.id, 'two'))).toBe(true);
    expect(await isUsable(alix, heron.id)).toBe(true);
    expect(await decide((tx) => moderated.unblock(tx, heron.id))).toBe(false);
    // What may be used is not ended.
    await moderated.ended(heron.id);
    expect(ended).toEqual([heron.id]);
  });

  test('a block with an end is over at that time, before any job has run, and its row follows', async () => {
    const { create, decide, moderated, alix, isUsable, status, clock, row, profiles, meadow, happened } =
      await openPlace(ground());
    const heron = await create(alix, 'heron');
    const until = clock.time + DAY;
    await decide((tx) => moderated.block(tx, heron.id, { id: 'one', until }));
    clock.time = until - 1;
    await profiles.unblockDue();
    expect(await isUsable(alix, heron.id)).toBe(false);
    expect((await row(heron.id))?.status).toBe('blocked');
    clock.time = until;
    expect(await isUsable(alix, heron.id)).toBe(true);
    expect(await status(heron.id)).toBe('active');
    expect((await profiles.at(alix, meadow)).profiles).toMatchObject([{ status: 'active', refusedBy: undefined }]);
    expect(await profiles.search(meadow.id, { limit: 9 })).toMatchObject([{ status: 'active', standing: {} }]);
    await profiles.unblockDue();
    await profiles.unblockDue();
    expect((await row(heron.id))?.status).toBe('active');
    expect((await profiles.find(heron.id))?.standing).toEqual({ warnings: [] });
    expect(happened.filter(({ kind }) => kind === 'block_over')).toHaveLength(1);
  });

  test('retiring leads around no block, and neither does undoing it', async () => {
    const { create, decide, moderated, alix, profiles, status, isUsable, clock } = await openPlace(ground());
    const heron = await create(alix, 'heron');
    await decide((tx) => moderated.block(tx, heron.id, { id: 'one' }));
    expect(await refusalOf(profiles.restore(alix, heron.id))).toBe('retired_only');
    await profiles.retire(alix, heron.id);
    await profiles.restore(alix, heron.id);
    expect(await status(heron.id)).toBe('blocked');
    expect(await isUsable(alix, heron.id)).toBe(false);
    await decide((tx) => moderated.unblock(tx, heron.id));
    await profiles.retire(alix, heron.id);
    // Retired before the moderator came: blocked as soon as it is back.
    expect(await decide((tx) => moderated.block(tx, heron.id, { id: 'two', until: clock.time + DAY }))).toBe(true);
    expect(await status(heron.id)).toBe('retired');
    await profiles.restore(alix, heron.id);
    expect(await status(heron.id)).toBe('blocked');
    expect(await isUsable(alix, heron.id)).toBe(false);
    // One whose end is over may be retired and brought back.
    clock.time += DAY;
    await profiles.retire(alix, heron.id);
    await profiles.restore(alix, heron.id);
    expect(await isUsable(alix, heron.id)).toBe(true);
  });

  test('a block and a retirement at once end in one of the two, and in a block once it is undone', async () => {
    const { create, decide, moderated, alix, profiles, row, isUsable } = await openPlace(ground(), { quota: 100 });
    for (const name of 'abcdefghjk') {
      const { id } = await create(alix, `bird${name}`);
      const [blocked, retired] = await Promise.all([
        decide((tx) => moderated.block(tx, id, { id: 'one' })),
        refusalOf(profiles.retire(alix, id)),
      ]);
      expect(blocked).toBe(true);
      expect((await row(id))?.status).toBe(retired === 'fine' ? 'retired' : 'blocked');
      if (retired === 'fine') await profiles.restore(alix, id);
      expect((await row(id))?.status).toBe('blocked');
      expect(await isUsable(alix, id)).toBe(false);
    }
  });

  test("a decision and its owner's note at once are both kept", async () => {
    const { create, decide, moderated, alix, profiles } = await openPlace(ground());
    const heron = await create(alix, 'heron');
    for (let round = 0; round < 20; round += 1) {
      const note = `note ${round}`;
      const [warned] = await Promise.all([
        decide((tx) => moderated.warn(tx, heron.id, `w${round}`)),
        profiles.describe(alix, heron.id, { note, groups: ['birds'] }),
        round === 7 ? decide((tx) => moderated.block(tx, heron.id, { id: 'one' })) : undefined,
      ]);
      expect(warned).toBe(true);
      const kept = await profiles.find(heron.id);
      expect(kept).toMatchObject({ note, groups: ['birds'] });
      expect(kept?.standing.warnings).toHaveLength(round + 1);
    }
    expect((await profiles.find(heron.id))?.standing.blocked).toEqual({ id: 'one' });
  });

  test('warnings are acknowledged by its owner, those that were read and no other', async () => {
    const { create, decide, moderated, alix, bruno, profiles, happened } = await openPlace(ground());
    const heron = await create(alix, 'heron');
    await decide((tx) => moderated.warn(tx, heron.id, 'first'));
    await decide((tx) => moderated.warn(tx, heron.id, 'second'));
    expect(await refusalOf(profiles.acknowledge(bruno, heron.id, ['first']))).toBe('profile_unavailable');
    await profiles.acknowledge(alix, heron.id, ['first', 'third']);
    expect((await profiles.find(heron.id))?.standing.warnings).toEqual(['second']);
    await profiles.acknowledge(alix, heron.id, ['first']);
    expect(happened.filter(({ kind }) => kind === 'acknowledged')).toHaveLength(1);
    expect(await decide((tx) => moderated.unwarn(tx, heron.id, 'second'))).toBe(true);
    expect((await profiles.find(heron.id))?.standing.warnings).toEqual([]);
  });

  test('A70: another name is chosen by the moderator or by its owner, and the old one stays taken', async () => {
    const { create, decide, moderated, alix, bruno, profiles } = await openPlace(ground());
    const heron = await create(alix, 'heron');
    await create(bruno, 'wren');
    expect(await refusalOf(profiles.chooseName(alix, heron.id, 'egret'))).toBe('rename_not_asked');
    expect(await refusalOf(decide((tx) => moderated.rename(tx, heron.id, 'one', 'wr3n_')))).toBe('name_pattern');
    expect(await refusalOf(decide((tx) => moderated.rename(tx, heron.id, 'one', 'wren')))).toBe('name_taken');
    expect(await decide((tx) => moderated.rename(tx, heron.id, 'one', 'egret'))).toBe(true);
    expect((await profiles.find(heron.id))?.name).toBe('egret');

    await decide((tx) => moderated.rename(tx, heron.id, 'two'));
    expect((await profiles.find(heron.id))?.standing.rename).toBe('two');
    expect(await refusalOf(profiles.chooseName(bruno, heron.id, 'robin'))).toBe('profile_unavailable');
    expect(await refusalOf(profiles.chooseName(alix, heron.id, 'postmaster'))).toBe('name_reserved');
    expect(await profiles.chooseName(alix, heron.id, 'robin')).toMatchObject({ name: 'robin', id: heron.id });
    expect((await profiles.find(heron.id))?.standing.rename).toBeUndefined();
    for (const name of ['heron', 'egret', 'robin']) expect(await refusalOf(create(bruno, name))).toBe('name_taken');
    // Neither subject nor alias changed.
    expect(await profiles.find(heron.id)).toMatchObject({ subject: heron.subject, aliasLocal: heron.aliasLocal });
  });

  test('a profile that is deleted is gone at once and for its owner for good, and is wiped as any other', async () => {
    const { create, decide, moderated, alix, profiles, row, isUsable, meadow, pass, wiped } = await openPlace(
      ground(),
      {
        quota: 1,
      },
    );
    const heron = await create(alix, 'heron');
    expect(await decide((tx) => moderated.remove(tx, heron.id))).toBe(true);
    expect(await isUsable(alix, heron.id)).toBe(false);
    expect(await refusalOf(profiles.restore(alix, heron.id))).toBe('undo_too_late');
    expect((await profiles.at(alix, meadow)).profiles).toEqual([]);
    for (const act of [
      () => decide((tx) => moderated.remove(tx, heron.id)),
      () => decide((tx) => moderated.block(tx, heron.id, { id: 'one' })),
      () => decide((tx) => moderated.warn(tx, heron.id, 'one')),
      () => decide((tx) => moderated.rename(tx, heron.id, 'one', 'egret')),
    ]) {
      expect(await act()).toBe(false);
    }
    await pass(30);
    expect((await row(heron.id))?.ownerSealed).not.toBeNull();
    await pass(1);
    expect(await row(heron.id)).toMatchObject({ status: 'deleted', ownerSealed: null, name: 'heron' });
    expect(wiped).toEqual([heron.id]);
    // It counts for ninety days.
    await pass(58);
    expect(await refusalOf(create(alix, 'wren'))).toBe('quota_full limit=1');
    await pass(1);
    expect(await refusalOf(create(alix, 'wren'))).toBe('fine');
  });

  test('whose a deleted profile was is not forgotten while a case about it is open', async () => {
    const { create, decide, moderated, alix, row, pass, cases } = await openPlace(ground());
    const heron = await create(alix, 'heron');
    const wren = await create(alix, 'wren');
    for (const { id } of [heron, wren]) await decide((tx) => moderated.remove(tx, id));
    cases.add(heron.id);
    await pass(60);
    expect((await row(wren.id))?.ownerSealed).toBeNull();
    expect((await row(heron.id))?.ownerSealed).not.toBeNull();
    cases.clear();
    await pass(1);
    expect((await row(heron.id))?.ownerSealed).toBeNull();
  });

  test('what waits for a yes is neither blocked nor warned, and a stranger to the house is nothing at all', async () => {
    const { request, decide, moderated, alix, status } = await openPlace(ground(), { policy: 'approved' });
    const heron = await request(alix, 'heron');
    for (const id of [heron.id, 'AAAAAAAAAAAAAAAAAAAAAA', "' or 1=1"]) {
      expect(await decide((tx) => moderated.block(tx, id, { id: 'one' }))).toBe(false);
      expect(await decide((tx) => moderated.warn(tx, id, 'one'))).toBe(false);
      expect(await decide((tx) => moderated.remove(tx, id))).toBe(false);
    }
    expect(await status(heron.id)).toBe('requested');
    expect(await decide((tx) => moderated.approve(tx, 'AAAAAAAAAAAAAAAAAAAAAA'))).toBe(false);
    expect(await decide((tx) => moderated.bar(tx, "' or 1=1", { id: 'b', noNew: true, others: true }))).toBe(false);
  });

  test('an exception gives one person more places, blindly, and takes nothing away when it ends', async () => {
    const { create, decide, moderated, alix, bruno, profiles, meadow, isUsable } = await openPlace(ground(), {
      quota: 1,
    });
    const heron = await create(alix, 'heron');
    const [unused, used] = [
      await decide((tx) => moderated.except(tx, heron.id, { id: 'one', quota: 2 })),
      await decide((tx) => moderated.except(tx, heron.id, { id: 'two', quota: 3 })),
    ];
    expect([unused, used]).toEqual([true, true]);
    expect((await profiles.at(alix, meadow)).limit).toBe(3);
    expect((await profiles.at(bruno, meadow)).limit).toBe(1);
    const wren = await create(alix, 'wren');
    expect(await decide((tx) => moderated.unexcept(tx, heron.id, 'two'))).toBe(true);
    expect(await decide((tx) => moderated.unexcept(tx, heron.id, 'two'))).toBe(false);
    expect((await profiles.at(alix, meadow)).limit).toBe(2);
    expect(await refusalOf(create(alix, 'egret'))).toBe('quota_full limit=2');
    await decide((tx) => moderated.unexcept(tx, heron.id, 'one'));
    expect(await isUsable(alix, wren.id)).toBe(true);
  });

  test('only its owner is told to whom it belongs', async () => {
    const { create, alix, bruno, profiles } = await openPlace(ground());
    const heron = await create(alix, 'heron');
    expect(await profiles.isOwn(alix, heron.id)).toBe(true);
    expect(await profiles.isOwn(bruno, heron.id)).toBe(false);
    expect(await profiles.ownerToTell(heron.id)).toBe(alix);
    expect(await profiles.ownerToTell('AAAAAAAAAAAAAAAAAAAAAA')).toBeUndefined();
  });
});
