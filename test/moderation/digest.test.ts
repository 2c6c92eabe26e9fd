import { beforeEach, expect, test } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import { PEOPLE } from '../people.ts';
import { APPROVE, atBothDesks, DAY, many, MINUTE, REFUSE } from './desk.ts';

const MAUD = PEOPLE.maud.mailbox;
const NOÉ = PEOPLE.noé.mailbox;

atBothDesks('what waits is told', (desk) => {
  let meadow: Application;
  let number = 0;
  beforeEach(async () => {
    const { open, letters, clock, digest, parts, people, requests, odile } = desk();
    // Nothing that an earlier test left waits, or is anybody's to be told of.
    for (const application of await parts.applications.list()) {
      const { requests: left } = await requests.list(odile, application.id, 1);
      const ids = left.map(({ profileId }) => profileId);
      await requests.decide(odile, application, ids, APPROVE);
      for (const { id } of [people.maud, people.noé]) await parts.moderation.moderators.dismiss(application.id, id);
    }
    number += 1;
    meadow = await open({}, `Meadow ${number}`);
    clock.time = Math.ceil(clock.time / DAY) * DAY + 9 * 60 * MINUTE;
    await digest.tellAtOnce();
    await letters();
  });
  const choose = (who: 'maud' | 'noé', digest: 'at-once' | 'daily' | 'off'): Promise<void> =>
    desk().parts.moderation.moderators.setDigest(meadow.id, desk().people[who].id, digest);
  const told = async (): Promise<string[]> => (await desk().letters()).map(({ to }) => to).toSorted();

  test('at once to those who want it so, in one letter for all that comes within ten minutes', async () => {
    const { ask, digest, clock, letters, house } = desk();
    await choose('maud', 'at-once');
    await choose('noé', 'off');
    for (const name of many(40, 'bird')) await ask(meadow, name);
    await digest.tellAtOnce();
    expect(await told()).toEqual([]);
    clock.time += 10 * MINUTE;
    // Two nodes, and again.
    await Promise.all([digest.tellAtOnce(), digest.tellAtOnce()]);
    await digest.tellAtOnce();
    const [letter, ...others] = await letters();
    expect([letter?.to, others]).toEqual([MAUD, []]);
    expect(letter?.subject).toContain(`Meadow ${number}`);
    expect(letter?.text).toContain('40 requests for a profile wait.');
    expect(letter?.links[0]).toBe(`${house.url}/moderation/${meadow.id}`);
    for (const name of many(40, 'bird')) expect(letter?.raw).not.toContain(name);
    // Nothing is new: nobody hears of the same twice.
    clock.time += 10 * MINUTE;
    await digest.tellAtOnce();
    expect(await told()).toEqual([]);
    await ask(meadow, 'late');
    clock.time += 10 * MINUTE;
    await digest.tellAtOnce();
    expect((await letters()).map(({ text }) => text.includes('41 requests'))).toEqual([true]);
  });

  test('at once, once more when a question is answered, and not when all was decided meanwhile', async () => {
    const { ask, digest, clock, requests, maud, people, parts, letters } = desk();
    await choose('maud', 'at-once');
    await choose('noé', 'off');
    const tell = async (): Promise<string[]> => {
      clock.time += 10 * MINUTE;
      await digest.tellAtOnce();
      return told();
    };
    const { id } = await ask(meadow, 'heron', { by: people.alix.id });
    await requests.ask(maud, meadow, id, 'Which nets?');
    await letters();
    expect(await tell()).toEqual([]);
    await parts.profiles.answer(people.alix.id, id, 'Herring nets.');
    expect(await tell()).toEqual([MAUD]);
    const { id: other } = await ask(meadow, 'wren');
    await requests.decide(maud, meadow, [id, other], REFUSE);
    await letters();
    expect(await tell()).toEqual([]);
  });

  test('daily to those who want it so, in the morning, while something waits', async () => {
    const { ask, digest, clock, requests, maud, letters } = desk();
    await digest.tellDaily();
    expect(await told()).toEqual([]);
    const { id } = await ask(meadow, 'heron');
    await Promise.all([digest.tellDaily(), digest.tellDaily()]);
    expect(await told()).toEqual([MAUD, NOÉ]);
    clock.time += 12 * 60 * MINUTE;
    await digest.tellDaily();
    expect(await told()).toEqual([]);
    clock.time += 12 * 60 * MINUTE;
    await choose('noé', 'off');
    await digest.tellDaily();
    expect(await told()).toEqual([MAUD]);
    clock.time += DAY;
    await requests.decide(maud, meadow, [id], APPROVE);
    await letters();
    await digest.tellDaily();
    expect(await told()).toEqual([]);
  });

  test('to nobody whose role has ended, or who is suspended', async () => {
    const { ask, digest, people, parts } = desk();
    await ask(meadow, 'heron');
    await parts.moderation.moderators.dismiss(meadow.id, people.maud.id);
    await parts.accounts.suspend(people.noé.id);
    try {
      await digest.tellDaily();
      expect(await told()).toEqual([]);
    } finally {
      await parts.accounts.reinstate(people.noé.id);
    }
  });

  test('to the administrators, once a day, where it has waited for longer than is set', async () => {
    const { ask, digest, clock, requests, maud, parts, letters, house } = desk();
    const settings = { ...meadow, moderation: { ...meadow.moderation, overdueDays: 3 } };
    await parts.applications.change(meadow.id, settings);
    const [asked, late] = [await ask(meadow, 'heron'), await ask(meadow, 'wren')];
    // The next move is not the moderators'.
    await requests.ask(maud, meadow, asked.id, 'Which nets?');
    clock.time += 2 * DAY;
    await digest.tellOverdue();
    expect((await letters()).map(({ to }) => to)).not.toContain(PEOPLE.odile.mailbox);
    clock.time += DAY;
    await Promise.all([digest.tellOverdue(), digest.tellOverdue()]);
    const [letter, ...others] = await letters();
    expect([letter?.to, others]).toEqual([PEOPLE.odile.mailbox, []]);
    expect([letter?.text.includes('One request has waited'), letter?.text.includes(`> Meadow ${number}`)]).toEqual([
      true,
      true,
    ]);
    expect(letter?.links[0]).toBe(`${house.url}/moderation`);
    await requests.decide(maud, meadow, [late.id], APPROVE);
    await letters();
    clock.time += DAY;
    await digest.tellOverdue();
    expect(await told()).toEqual([]);
  });
});
