import { expect, test } from 'vitest';
import { sourceOf } from '../../src/legacy/legacy.ts';
import type { Parts } from '../../src/parts.ts';
import { importNames } from '../legacy/place.ts';
import { openMeadow, DAY } from '../moderation/meadow.ts';
import { PEOPLE } from '../people.ts';
import { leavesOf } from './seen.ts';
import { spoil } from './spoil.ts';

const NETWORK = '192.0.2.1';
/** Values that say less than this stand in many places by accident. */
const ENOUGH = 6;

type Sight = { readonly name: string; readonly field: string; readonly value: unknown };

/**
 * Two old names of Alix, or one of hers and one of Bruno's, are taken back on the same two days at an application which
 * may be told the old address. All that its moderators and its machine then see of each of them, and of a third one, of
 * somebody else.
 */
async function live(people: 'one' | 'two', arrange: (parts: Parts) => void = () => undefined): Promise<Sight[]> {
  const meadow = await openMeadow();
  try {
    const { parts, clock, maud } = meadow;
    arrange(parts);
    const application = await meadow.open({ oldNames: { count: true, sendAddress: false }, quota: 3 });
    const other = people === 'one' ? 'alix' : 'bruno';
    const owners = { heron: 'alix', sparrow: other, plover: 'noé' } as const;
    const { legacy, moderation, profiles } = parts;
    await importNames(
      legacy,
      application,
      [
        ...Object.entries(owners).map(([name, owner]) => ({
          name,
          password: 'of old',
          address: PEOPLE[owner].mailbox,
        })),
        { name: 'nobody', password: 'of old' },
      ],
      'csv',
    );
    const sights: Sight[] = [];
    const see = (name: string, source: string, value: unknown): void => {
      for (const [field, leaf] of leavesOf(value)) sights.push({ name, field: `${source}.${field}`, value: leaf });
    };
    const ids = new Map<string, string>();
    for (const [name, owner] of Object.entries(owners)) {
      clock.time += DAY;
      const account = meadow.people[owner].id;
      const offers = await legacy.reclaim.offers(account, application);
      if (offers.some((offer) => offer.name === name))
        await legacy.reclaim.withOffer(account, application, { name, network: NETWORK });
      const held = await profiles.at(account, application);
      ids.set(name, held.profiles.find((profile) => profile.name === name)?.id ?? '');
    }
    const mastodon = sourceOf('mastodon');
    if (mastodon === undefined) throw new Error('no such source');
    const options = { protocol: 'oidc', issuer: 'https://nest.example', uid: 'subject', answers: {} } as never;
    const { pieces } = legacy.links.write(application, mastodon, { kind: 'link', engine: 'postgres', options });
    const told: string[] = [];
    for await (const { forward } of pieces) told.push(...forward);
    const { profiles: listed } = await moderation.seeing.list(maud, application.id, {});
    for (const [name, id] of ids) {
      see(name, 'page', await moderation.seeing.one(maud, application.id, id));
      see(
        name,
        'list',
        listed.find((profile) => profile.id === id),
      );
      const profile = await profiles.find(id);
      see(name, 'sign-in', { sub: profile?.subject, name: profile?.name, alias: profile?.aliasLocal });
      see(
        name,
        'file',
        told.find((line) => line.includes(`'${name}'`)),
      );
    }
    const { entries } = await moderation.seeing.log(maud, application.id, undefined);
    for (const entry of entries) see(entry.name ?? '', 'log', entry);
    return sights;
  } finally {
    await meadow.close();
  }
}

/** What stands both in what is seen of the two names and in nothing that is seen of the third. */
function sharedIn(sights: readonly Sight[]): string[] {
  const wordsOf = (name: string): Map<string, string> =>
    new Map(
      sights
        .filter((sight) => sight.name === name)
        .flatMap(({ field, value }) =>
          String(value)
            .split(/[^\w-]+/u)
            .map((word) => [word, field] as const),
        )
        .filter(([word]) => word.length >= ENOUGH),
    );
  const [heron, sparrow, plover] = ['heron', 'sparrow', 'plover'].map(wordsOf);
  return [...(heron ?? [])].flatMap(([word, field]) =>
    sparrow?.has(word) === true && plover?.has(word) !== true ? [field] : [],
  );
}

/** What is seen of each of the two, with what is drawn by lot left out. */
const shapeOf = (sights: readonly Sight[]): string[] =>
  sights
    .filter(({ name }) => name !== 'plover')
    .map(({ name, field, value }) => {
      const text = String(value).replaceAll(/(?<![\w-])(?:[\w-]{22}|[\da-z]{16})(?![\w-])/gu, '…');
      return `${name} ${field}: ${text}`;
    })
    .toSorted();

test('two old names of one person look like those of two people to their application and its moderators', async () => {
  const [one, two] = [await live('one'), await live('two')];
  expect(one.filter(({ field }) => field === 'page.profile.source').map(({ value }) => value)).toEqual([
    'imported',
    'imported',
    'imported',
  ]);
  for (const source of ['page', 'list', 'sign-in', 'file', 'log'])
    expect(new Set(one.filter(({ field }) => field.startsWith(`${source}.`)).map(({ name }) => name)).size).toBe(3);
  expect(sharedIn(one)).toEqual([]);
  expect(shapeOf(one)).toEqual(shapeOf(two));
}, 120_000);

test('a program that gave all names of a person back at once would be caught', async () => {
  const all = (parts: Parts): void =>
    spoil(parts.legacy.reclaim, 'withOffer', (withOffer) => async (accountId, application, given) => {
      const profile = await withOffer(accountId, application, given);
      for (const { name } of await parts.legacy.reclaim.offers(accountId, application))
        await withOffer(accountId, application, { ...given, name });
      return profile;
    });
  expect(shapeOf(await live('one', all))).not.toEqual(shapeOf(await live('two', all)));
}, 120_000);

test('a program that showed moderators by which address an old name is found would be caught', async () => {
  const tagged = (parts: Parts): void =>
    spoil(parts.moderation.seeing, 'one', (one) => async (actor, applicationId, profileId) => {
      const view = await one(actor, applicationId, profileId);
      const owner = await parts.profiles.ownerToTell(profileId);
      const mailbox = (await parts.accounts.find(owner ?? ''))?.mailbox ?? '';
      return { ...view, from: parts.seals.tag('legacy-address', applicationId, mailbox) };
    });
  expect(sharedIn(await live('one', tagged))).toEqual(['page.from']);
}, 120_000);
