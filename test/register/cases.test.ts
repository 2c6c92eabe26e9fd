import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { refusalOf } from '../accounts/house.ts';
import { PEOPLE } from '../people.ts';
import { DAY, openPlace, type Place } from './place.ts';

const WORDS = 'They write to everybody, again and again.';

describe.each(['sqlite', 'postgres'] as const)('cases on %s', (engine) => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace(engine);
  });
  afterAll(() => place.close());

  const cases = () => place.house.parts.register.cases;
  const refer = (profileId: string, by = place.maud.id, words = WORDS) =>
    place.house.parts.storage.write((tx) =>
      cases().open(tx, { profileId, by, words, reason: { fr: 'Harcèlement', en: 'Harassment' } }),
    );

  test('a profile that is referred again adds to the case that is open, also when many refer it at once', async () => {
    const opened = await Promise.all(Array.from({ length: 8 }, () => refer(place.hulotte.id)));
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    expect(opened.filter(({ isNew }) => isNew)).toHaveLength(1);
    const [{ id } = { id: '' }] = opened;
    expect((await cases().find(id))?.entries).toHaveLength(8);
    expect((await cases().list('open', 1, 10)).total).toBe(1);
    // One letter for the one case, which names neither profile nor person.
    const letters = await place.lettersTo(PEOPLE.odile.mailbox);
    expect(letters).toHaveLength(1);
    expect(letters[0]?.text).not.toMatch(/hulotte|alix/u);
  });

  test('a case says what was written and nothing of the person, whose other profiles have none', async () => {
    const { id } = await refer(place.hulotte.id);
    const found = JSON.stringify(await cases().find(id));
    expect(found).toContain(WORDS);
    for (const secret of [place.alix.id, 'alix', 'noctua', place.noctua.id, PEOPLE.alix.mailbox])
      expect(found).not.toContain(secret);
    expect(await cases().ofProfile(place.noctua.id)).toEqual([]);
  });

  test('administrators write into it and close it; the moderators see the outcome on the profile and in its log', async () => {
    const { id } = await refer(place.hulotte.id);
    await cases().note(place.odile.id, id, 'Asked the host next door.');
    expect(await refusalOf(cases().note(place.maud.id, id, 'Me too.'))).toBe('forbidden');
    expect(await refusalOf(cases().close(place.odile.id, id, ' '))).toBe('words_too_few min=1');
    const outcomes = await Promise.all([
      refusalOf(cases().close(place.odile.id, id, 'Nothing more to do.')),
      refusalOf(cases().close(place.firmin.id, id, 'Handed to a judge.')),
    ]);
    expect(outcomes.toSorted()).toEqual(['case_gone', 'fine']);
    expect(await refusalOf(cases().note(place.odile.id, id, 'Too late.'))).toBe('case_gone');
    const [seen] = await cases().ofProfile(place.hulotte.id);
    expect(seen?.status).toBe('closed');
    expect(seen?.outcome).toMatch(/^(Nothing more|Handed)/u);
    expect(JSON.stringify(seen)).not.toContain('Asked the host');
    const log = await place.house.parts.moderation.log.of(place.hulotte.id);
    expect(log.at(-1)).toMatchObject({ kind: 'case_closed', words: seen?.outcome });
    // What happens afterwards is another case.
    expect((await refer(place.hulotte.id)).isNew).toBe(true);
  });

  test('nobody works on a case about a profile of their own', async () => {
    const { profiles } = place.house.parts;
    const own = await profiles.create(place.odile.id, place.meadow, { name: `own_${engine}`, note: '' });
    const { id } = await refer(own.id);
    expect(await refusalOf(cases().note(place.odile.id, id, 'It was not me.'))).toBe('own_profile');
    expect(await refusalOf(cases().close(place.odile.id, id, 'Nothing to see.'))).toBe('own_profile');
    await cases().close(place.firmin.id, id, 'Looked at.');
  });

  test('what is no profile, or says nothing, is not referred', async () => {
    expect(await refusalOf(refer('nobody'))).toBe('profile_unavailable');
    expect(await refusalOf(refer(place.noctua.id, place.maud.id, 'short'))).toBe('words_too_few min=10');
    expect(await cases().ofProfile(place.noctua.id)).toEqual([]);
  });

  test('while it is open, who owned a deleted profile is not forgotten; once it is closed, it is', async () => {
    const { profiles } = place.house.parts;
    const { id } = await refer(place.brunos.id);
    await profiles.retire(place.bruno.id, place.brunos.id);
    place.clock.time += 80 * DAY;
    await profiles.sweep();
    await profiles.sweep();
    expect(await profiles.isOwned(place.brunos.id)).toBe(true);
    await cases().close(place.odile.id, id, 'Over.');
    await profiles.sweep();
    expect(await profiles.isOwned(place.brunos.id)).toBe(false);
  });
});
