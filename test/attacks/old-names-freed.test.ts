import { beforeEach, expect, test } from 'vitest';
import { onBothEngines } from '../engines.ts';
import { openOldPlace, type OldPlace } from '../legacy/place.ts';

onBothEngines('somebody who asked for a name that looks like an old one', (ground) => {
  let place: OldPlace;
  beforeEach(async () => {
    place = await openOldPlace(ground(), { policy: 'approved' });
  });

  const ask = (name: string) =>
    place.profiles.request(place.bruno.id, place.meadow, { name, note: '', words: '', urgent: false });

  /** Whether anybody may have a new profile of these names. */
  async function mayHave(...names: readonly string[]): Promise<string[]> {
    const open = await place.change({ policy: 'open' });
    const answers = names.map((name) =>
      place.profiles.create(place.maud.id, open, { name, note: '' }).then(
        () => 'has it',
        (error: Error) => error.message,
      ),
    );
    return Promise.all(answers);
  }

  test('A70: takes the request back after the import, and neither name is free for a new profile', async () => {
    const { id } = await ask('her0n');
    await place.importNames([{ name: 'heron', password: place.heron.password }]);
    await place.profiles.withdraw(place.bruno.id, id);
    expect(await mayHave('heron', 'her0n')).toEqual(['name_taken', 'name_taken']);
  });
});
