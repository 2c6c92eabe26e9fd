import { expect, test } from 'vitest';
import { refusalOf } from '../accounts/house.ts';
import { onBothEngines } from '../engines.ts';
import { openPlace, type Place } from './place.ts';

/** An application where each profile asks for a yes. */
const APPROVED = { policy: 'approved', quota: 10 } as const;

const approve = ({ decide, moderated }: Place, id: string): Promise<boolean> =>
  decide((tx) => moderated.approve(tx, id));
const refuse = ({ decide, moderated }: Place, id: string): Promise<boolean> => decide((tx) => moderated.refuse(tx, id));

onBothEngines('a request for a profile', (ground) => {
  test('is one of two that wait; a third one is refused until one is decided', async () => {
    const place = await openPlace(ground(), APPROVED);
    const { request, profiles, alix, meadow } = place;
    const heron = await request(alix, 'heron');
    await request(alix, 'wren');
    expect(await refusalOf(request(alix, 'egret'))).toBe('profile_requests_full max=2');
    expect(await profiles.requestsWaiting(meadow.id)).toBe(2);
    expect(await approve(place, heron.id)).toBe(true);
    expect(await refusalOf(request(alix, 'egret'))).toBe('fine');
  });

  test('is one of three that are refused within thirty days', async () => {
    const place = await openPlace(ground(), APPROVED);
    const { request, alix, bruno, pass, held } = place;
    for (const name of ['heron', 'wren', 'egret']) {
      expect(await refuse(place, (await request(alix, name)).id)).toBe(true);
      await pass(1);
    }
    expect(await refusalOf(request(alix, 'owl'))).toBe('refused_often max=3');
    // Nobody else's.
    expect(await refusalOf(request(bruno, 'owl'))).toBe('fine');
    await pass(26);
    expect(await refusalOf(request(alix, 'robin'))).toBe('refused_often max=3');
    await pass(1);
    const robin = await request(alix, 'robin');
    await refuse(place, robin.id);
    // Those that no longer count are forgotten.
    expect((await held(alix)).refusedDays).toHaveLength(3);
  });

  test('counts against the quota while it waits, and no more once it is withdrawn or refused', async () => {
    const place = await openPlace(ground(), { ...APPROVED, quota: 1 });
    const { request, profiles, alix, meadow } = place;
    const heron = await request(alix, 'heron');
    expect(await refusalOf(request(alix, 'wren'))).toBe('quota_full limit=1');
    await profiles.withdraw(alix, heron.id);
    const wren = await request(alix, 'wren');
    await refuse(place, wren.id);
    expect((await profiles.at(alix, meadow)).used).toBe(0);
  });

  test('A70: keeps its name while it waits, and frees it when it is withdrawn or refused', async () => {
    const place = await openPlace(ground(), APPROVED);
    const { request, profiles, alix, bruno, row, meadow } = place;
    const heron = await request(alix, 'heron');
    for (const name of ['heron', 'her0n', 'HERON']) {
      expect(await refusalOf(request(bruno, name.toLowerCase()))).toBe('name_taken');
    }
    await profiles.withdraw(alix, heron.id);
    expect(await row(heron.id)).toBeUndefined();
    expect(await profiles.requestOf(heron.id)).toBeUndefined();
    const his = await request(bruno, 'heron');
    await refuse(place, his.id);
    expect(await profiles.requestsWaiting(meadow.id)).toBe(0);
    expect(await refusalOf(request(alix, 'heron'))).toBe('fine');
  });

  test('A70: keeps its name for ever once it was granted, whatever becomes of the profile', async () => {
    const place = await openPlace(ground(), APPROVED);
    const { request, decide, moderated, alix, bruno, status, pass } = place;
    const heron = await request(alix, 'heron');
    await approve(place, heron.id);
    expect(await refuse(place, heron.id)).toBe(false);
    await decide((tx) => moderated.remove(tx, heron.id));
    expect(await status(heron.id)).toBe('deleted');
    expect(await refusalOf(request(bruno, 'heron'))).toBe('name_taken');
    await pass(100);
    expect(await refusalOf(request(bruno, 'heron'))).toBe('name_taken');
  });

  test('becomes a profile of the day of the yes', async () => {
    const place = await openPlace(ground(), APPROVED);
    const { request, alix, pass, profiles, isUsable } = place;
    const heron = await request(alix, 'heron');
    await pass(3);
    await approve(place, heron.id);
    expect(await profiles.find(heron.id)).toMatchObject({
      status: 'active',
      source: 'requested',
      createdDay: '2026-11-24',
    });
    expect(await isUsable(alix, heron.id)).toBe(true);
    expect(await profiles.requestOf(heron.id)).toBeUndefined();
  });

  test('can be asked about, answered, and asked about again', async () => {
    const place = await openPlace(ground(), APPROVED);
    const { request, profiles, decide, moderated, alix, bruno } = place;
    const heron = await request(alix, 'heron');
    expect(await refusalOf(profiles.answer(alix, heron.id, 'Who?'))).toBe('request_gone');
    expect(await decide((tx) => moderated.ask(tx, heron.id, 'What for?'))).toBe(true);
    expect(await profiles.requestOf(heron.id)).toMatchObject({ status: 'asked', question: 'What for?' });
    expect(await refusalOf(profiles.answer(bruno, heron.id, 'Mine.'))).toBe('profile_unavailable');
    await profiles.answer(alix, heron.id, 'For birds.');
    expect(await profiles.requestOf(heron.id)).toMatchObject({
      status: 'waiting',
      words: 'please',
      question: 'What for?',
      answer: 'For birds.',
    });
    await decide((tx) => moderated.ask(tx, heron.id, 'Which birds?'));
    const again = await profiles.requestOf(heron.id);
    expect(again).toMatchObject({ status: 'asked', question: 'Which birds?' });
    expect(again?.answer).toBeUndefined();
    await approve(place, heron.id);
    expect(await decide((tx) => moderated.ask(tx, heron.id, 'And now?'))).toBe(false);
    expect(await refusalOf(profiles.answer(alix, heron.id, 'Late.'))).toBe('request_gone');
  });

  test('is urgent once in thirty days', async () => {
    const { request, profiles, alix, meadow, pass } = await openPlace(ground(), APPROVED);
    const heron = await request(alix, 'heron', true);
    expect(await profiles.requestOf(heron.id)).toMatchObject({ urgent: true, status: 'waiting' });
    expect(await profiles.entrance(alix, meadow)).toEqual({ kind: 'request', mayBeUrgent: false });
    expect(await refusalOf(request(alix, 'wren', true))).toBe('urgent_used');
    await profiles.withdraw(alix, heron.id);
    await pass(29);
    expect(await refusalOf(request(alix, 'wren', true))).toBe('urgent_used');
    await pass(1);
    expect(await refusalOf(request(alix, 'wren', true))).toBe('fine');
  });

  test('is given at once where it is urgent and the application says so, and looked at afterwards', async () => {
    const place = await openPlace(ground(), {
      ...APPROVED,
      moderation: { urgentAtOnce: true, overdueDays: 7, reasons: [] },
    });
    const { request, profiles, alix, isUsable, decide, moderated, happened } = place;
    const heron = await request(alix, 'heron', true);
    const wren = await request(alix, 'wren');
    expect([heron.status, wren.status]).toEqual(['active', 'requested']);
    expect(await isUsable(alix, heron.id)).toBe(true);
    expect(await profiles.requestOf(heron.id)).toMatchObject({ status: 'review', urgent: true });
    // Its name was seen: it is no request any more that could be refused or withdrawn.
    expect(await refuse(place, heron.id)).toBe(false);
    expect(await refusalOf(profiles.withdraw(alix, heron.id))).toBe('request_gone');
    expect(await decide((tx) => moderated.reviewed(tx, wren.id))).toBe(false);
    expect(await decide((tx) => moderated.reviewed(tx, heron.id))).toBe(true);
    expect(await profiles.requestOf(heron.id)).toBeUndefined();
    expect(happened.map(({ kind }) => kind)).toEqual(['given_at_once', 'requested']);
  });

  test("is nobody else's to withdraw", async () => {
    const { request, profiles, alix, bruno, status } = await openPlace(ground(), APPROVED);
    const heron = await request(alix, 'heron');
    expect(await refusalOf(profiles.withdraw(bruno, heron.id))).toBe('profile_unavailable');
    expect(await status(heron.id)).toBe('requested');
  });

  test('goes with the account that is deleted, as if it had been withdrawn', async () => {
    const { request, profiles, alix, meadow, row, ended } = await openPlace(ground(), APPROVED);
    const heron = await request(alix, 'heron');
    expect(await profiles.endSome(alix, [meadow.id], () => true)).toBe(0);
    expect(await row(heron.id)).toBeUndefined();
    expect(ended).toEqual([]);
  });

  test('is either approved or withdrawn when both come at once, never both and never neither', async () => {
    const place = await openPlace(ground(), APPROVED);
    const { request, profiles, alix, meadow, row } = place;
    for (let round = 0; round < 20; round += 1) {
      const { id } = await request(alix, `bird${'abcdefghjkmnpqrstuvx'.charAt(round)}`);
      const [approved, withdrawn] = await Promise.all([approve(place, id), refusalOf(profiles.withdraw(alix, id))]);
      expect([true, false]).toContain(approved);
      expect(withdrawn).toBe(approved ? 'request_gone' : 'fine');
      const left = await row(id);
      expect(left?.status).toBe(approved ? 'active' : undefined);
      const { profiles: theirs } = await profiles.at(alix, meadow);
      expect(theirs.some((profile) => profile.id === id)).toBe(approved);
      expect(await profiles.requestOf(id)).toBeUndefined();
      if (approved) {
        // Makes room for the next one.
        await place.decide((tx) => place.moderated.remove(tx, id));
        place.clock.time += 91 * 86_400_000;
      }
    }
  });

  test('is approved by one of two moderators, or refused by one, when both decide at once', async () => {
    const place = await openPlace(ground(), APPROVED);
    const { request, alix, row } = place;
    const { id } = await request(alix, 'heron');
    const outcomes = await Promise.all([approve(place, id), refuse(place, id), approve(place, id), refuse(place, id)]);
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect((await row(id))?.status).toBe(outcomes[0] || outcomes[2] ? 'active' : undefined);
  });
});
