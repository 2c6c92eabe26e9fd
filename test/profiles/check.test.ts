import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { checkProfiles } from '../../src/profiles/profiles.ts';
import { sealPetition } from '../../src/profiles/petition.ts';
import { makeFindings } from '../../src/storage/findings.ts';
import { onBothEngines } from '../engines.ts';
import { openPlace } from './place.ts';

onBothEngines('a check of requests and decisions', (ground) => {
  test('finds a request without its profile, a profile without its request, and what does not open', async () => {
    const { seals, storage } = ground();
    const place = await openPlace(ground(), {
      policy: 'approved',
      quota: 9,
      moderation: { urgentAtOnce: true, overdueDays: 7, reasons: [] },
    });
    const { request, alix, bruno, meadow, decide, moderated } = place;
    const heron = await request(alix, 'heron');
    const wren = await request(alix, 'wren');
    const egret = await request(bruno, 'egret');
    const given = await request(bruno, 'robin', true);
    await decide((tx) => moderated.bar(tx, given.id, { id: 'bar', noNew: true, others: true }));
    const found = async (): Promise<[string, string][]> => {
      const said: [string, string][] = [];
      const findings = makeFindings();
      await checkProfiles({
        storage,
        seals,
        findings,
        applications: new Set([meadow.id]),
        accountsAmong: async (ids) => new Set(ids),
      });
      for (const { code, ids } of findings.list()) for (const id of ids) said.push([code, id]);
      return said;
    };
    expect(await found()).toEqual([]);
    const { profileRequest: table, profile } = storage.tables;
    await storage.write(async (tx) => {
      await tx.delete(table).where(eq(table.profileId, heron.id));
      await tx.update(table).set({ sealed: 'no seal' }).where(eq(table.profileId, wren.id));
      await tx.update(profile).set({ status: 'active' }).where(eq(profile.id, egret.id));
      const sealed = sealPetition(seals, 'nobody', { words: '' });
      const gone = { profileId: 'nobody', applicationId: meadow.id, urgent: false, told: false, day: '2026-11-21' };
      await tx.insert(table).values({ ...gone, status: 'waiting', sealed });
    });
    expect(new Set((await found()).map(([code, id]) => `${code} ${id}`))).toEqual(
      new Set([
        `profile_request_missing ${heron.id}`,
        `profile_request_sealed ${wren.id}`,
        `profile_request_stray ${egret.id}`,
        'profile_request_stray nobody',
      ]),
    );
  });
});
