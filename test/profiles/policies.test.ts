import { expect, test } from 'vitest';
import { refusalOf } from '../accounts/house.ts';
import { onBothEngines } from '../engines.ts';
import { openPlace } from './place.ts';

onBothEngines('who may have a profile', (ground) => {
  test('under "open", Alix makes as many as the quota says', async () => {
    const { create, profiles, alix, meadow } = await openPlace(ground(), { policy: 'open', quota: 2 });
    expect(await profiles.entrance(alix, meadow)).toEqual({ kind: 'create' });
    await create(alix, 'heron');
    await create(alix, 'wren');
    expect(await profiles.entrance(alix, meadow)).toEqual({
      kind: 'refused',
      code: 'quota_full',
      params: { limit: 2 },
    });
    expect(await refusalOf(create(alix, 'egret'))).toBe('quota_full limit=2');
  });

  test('under "further-approved", her first one is hers at once and a moderator is asked about the second', async () => {
    const place = await openPlace(ground(), { policy: 'further-approved', quota: 3 });
    const { create, request, profiles, alix, bruno, meadow } = place;
    await create(alix, 'heron');
    expect(await profiles.entrance(alix, meadow)).toEqual({ kind: 'request', mayBeUrgent: true });
    expect(await refusalOf(create(alix, 'wren'))).toBe('approval_needed');
    expect(await request(alix, 'wren')).toMatchObject({ status: 'requested', source: 'requested' });
    // Of the others nothing counts.
    expect(await profiles.entrance(bruno, meadow)).toEqual({ kind: 'create' });
    // What asks for no yes is given without one.
    expect(await request(bruno, 'egret')).toMatchObject({ status: 'active', source: 'created' });
  });

  test('under "further-approved", her first one stays her first for as long as it counts', async () => {
    const place = await openPlace(ground(), { policy: 'further-approved', quota: 3 });
    const { create, profiles, alix, meadow, pass } = place;
    const heron = await create(alix, 'heron');
    await profiles.retire(alix, heron.id);
    await pass(119);
    expect(await profiles.entrance(alix, meadow)).toMatchObject({ kind: 'request' });
    await pass(1);
    expect(await profiles.entrance(alix, meadow)).toEqual({ kind: 'create' });
  });

  test('under "approved", a moderator is asked about each', async () => {
    const { create, request, profiles, alix, meadow, isUsable } = await openPlace(ground(), { policy: 'approved' });
    expect(await refusalOf(create(alix, 'heron'))).toBe('approval_needed');
    const heron = await request(alix, 'heron');
    expect(await isUsable(alix, heron.id)).toBe(false);
    expect((await profiles.at(alix, meadow)).profiles).toMatchObject([{ id: heron.id, status: 'requested' }]);
    expect(await profiles.requestOf(heron.id)).toMatchObject({ words: 'please', status: 'waiting', urgent: false });
  });

  test('under "invited", nobody without a link', async () => {
    const { create, request, profiles, alix, meadow } = await openPlace(ground(), { policy: 'invited' });
    expect(await profiles.entrance(alix, meadow)).toEqual({ kind: 'refused', code: 'policy_invited', params: {} });
    expect(await refusalOf(create(alix, 'heron'))).toBe('policy_invited');
    expect(await refusalOf(request(alix, 'heron'))).toBe('policy_invited');
    // A link that nobody made.
    const forged = profiles.create(alix, meadow, { name: 'heron', note: '', invitation: 'forged' });
    expect(await refusalOf(forged)).toBe('invitation_unknown');
    expect((await profiles.at(alix, meadow)).used).toBe(0);
  });

  test('under "closed", nobody, with a link neither', async () => {
    const { create, request, profiles, alix, meadow } = await openPlace(ground(), { policy: 'closed' });
    expect(await refusalOf(create(alix, 'heron'))).toBe('policy_closed');
    expect(await refusalOf(request(alix, 'heron'))).toBe('policy_closed');
    const invited = profiles.create(alix, meadow, { name: 'heron', note: '', invitation: 'anything' });
    expect(await refusalOf(invited)).toBe('policy_closed');
  });

  test('under "account-name", one, named like the account and nothing else', async () => {
    const { profiles, alix, bruno, meadow } = await openPlace(ground(), { policy: 'account-name', quota: 5 });
    const named = (accountId: string, name: string, loginName?: string): Promise<string> =>
      refusalOf(profiles.create(accountId, meadow, { name, note: '', loginName }));
    expect(await named(alix, 'heron', 'alix')).toBe('name_not_account name=alix');
    expect(await named(alix, 'alix')).toBe('name_not_account name=');
    // The application's rule takes no dot.
    expect(await named(alix, 'alix.m', 'alix.m')).toBe('login_name_unfit name=alix.m');
    expect(await named(alix, 'alix', 'alix')).toBe('fine');
    expect(await named(alix, 'alix', 'alix')).toBe('quota_full limit=1');
    expect(await profiles.at(alix, meadow)).toMatchObject({ used: 1, limit: 1, profiles: [{ name: 'alix' }] });
    // Somebody whose login name looks like it.
    expect(await named(bruno, 'aiix', 'aiix')).toBe('name_taken');
  });

  test('with names awaited, nobody, whatever the policy', async () => {
    const { create, request, alix, change } = await openPlace(ground(), { people: 'awaited' });
    expect(await refusalOf(create(alix, 'heron'))).toBe('names_awaited');
    await change({ policy: 'approved', people: 'awaited' });
    expect(await refusalOf(request(alix, 'heron'))).toBe('names_awaited');
  });

  test('a policy counts from the moment it is changed, and takes nothing away', async () => {
    const place = await openPlace(ground(), { quota: 3 });
    const { create, request, profiles, alix, isUsable, change } = place;
    const heron = await create(alix, 'heron');
    const wren = await create(alix, 'wren');
    // The caller still holds the application as it was.
    await change({ policy: 'approved', quota: 1 });
    expect(await refusalOf(create(alix, 'egret'))).toBe('quota_full limit=1');
    for (const { id } of [heron, wren]) expect(await isUsable(alix, id)).toBe(true);
    await change({ policy: 'approved', quota: 3 });
    expect(await refusalOf(create(alix, 'egret'))).toBe('approval_needed');
    const egret = await request(alix, 'egret');
    await change({ policy: 'closed', quota: 3 });
    expect(await profiles.requestOf(egret.id)).toMatchObject({ status: 'waiting' });
    await profiles.withdraw(alix, egret.id);
  });
});
