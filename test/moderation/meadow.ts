import { afterAll, beforeAll, describe } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Application, ApplicationSettings } from '../../src/applications/applications.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type Caught } from '../mail-catcher.ts';
import { addApplication, addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';
import { signInOn } from '../working.ts';
import { actorOf } from './house.ts';

export const MINUTE = 60_000;
export const DAY = 1440 * MINUTE;

/** Why, as moderators say it. */
export const WHY = { reason: 'spam', words: 'Forty posts in an hour.' } as const;

export type Meadow = Awaited<ReturnType<typeof openMeadow>>;

/** An instance that sends mail and whose clock is moved by hand, with everybody in it. */
export async function openMeadow(engine: 'sqlite' | 'postgres' = 'sqlite', given: Record<string, string> = {}) {
  const clock = { time: Date.UTC(2026, 10, 21, 9, 30) };
  const catcher = await openMailCatcher();
  const settings = { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@example.org', ...given };
  const house: House = await openHouse({ engine, now: () => clock.time, settings });
  const { parts } = house;
  const people = {} as Record<PersonName, Account>;
  for (const name of Object.keys(PEOPLE) as PersonName[]) people[name] = await addPerson(parts, name);
  let read = 0;
  let number = 0;

  return {
    house,
    parts,
    clock,
    people,
    ...parts.moderation,
    maud: actorOf(people.maud),
    noé: actorOf(people.noé),
    odile: actorOf(people.odile),

    /** An application that Maud and Noé look after. */
    async open(more: Partial<ApplicationSettings> = {}): Promise<Application> {
      const application = await addApplication(parts, 'Meadow', 'https://meadow.example', { quota: 10, ...more });
      for (const name of ['maud', 'noé'] as const)
        await parts.moderation.moderators.appoint(application.id, people[name].id, people.odile.id);
      return application;
    },

    /** A new profile of somebody's. */
    async profile(application: Application, owner: PersonName, name = `owl${(number += 1)}`): Promise<Profile> {
      return parts.profiles.create(people[owner].id, application, { name, note: '' });
    },

    /** Whether somebody may use a profile of theirs at this moment. */
    async mayUse(owner: PersonName, profile: Profile): Promise<boolean> {
      return (await parts.profiles.usable(people[owner].id, profile.id)) !== undefined;
    },

    /** What a profile's log says, by kinds. */
    async kinds({ id }: Profile): Promise<string[]> {
      return (await parts.moderation.log.of(id)).map(({ kind }) => kind);
    },

    /** The letters that have arrived since this was last asked, but for those about being appointed. */
    async letters(): Promise<readonly Caught[]> {
      await parts.mail.deliver();
      const fresh = catcher.letters.slice(read);
      read = catcher.letters.length;
      return fresh.filter(({ subject }) => !/look after/u.test(subject));
    },

    /** A browser in which somebody has signed in. */
    async signedIn(name: PersonName, at = '/account'): Promise<Visitor> {
      const visitor = makeVisitor();
      const { loginName, password } = PEOPLE[name];
      await signInOn(visitor, await visitor.get(`${house.url}${at}`), loginName, password);
      return visitor;
    },

    async close(): Promise<void> {
      await house.close();
      await catcher.close();
    },
  };
}

/** Runs the same tests in a meadow on each engine. */
export function onBothMeadows(name: string, tests: (meadow: () => Meadow) => void): void {
  describe.each(['sqlite', 'postgres'] as const)(`${name} on %s`, (engine) => {
    let meadow: Meadow;
    beforeAll(async () => {
      meadow = await openMeadow(engine);
    });
    afterAll(() => meadow.close());
    tests(() => meadow);
  });
}
