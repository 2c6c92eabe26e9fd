import { afterAll, beforeAll, describe } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Application, ApplicationSettings } from '../../src/applications/applications.ts';
import type { Actor } from '../../src/moderation/moderation.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { randomId } from '../../src/storage/seal.ts';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type Caught } from '../mail-catcher.ts';
import { addApplication, addPerson } from '../people.ts';
import { actorOf } from './house.ts';

export const MINUTE = 60_000;
export const DAY = 1440 * MINUTE;

export type Desk = Awaited<ReturnType<typeof openDesk>>;

/** An instance that sends mail, whose clock moves when it is told to, with Alix, Bruno, two moderators and Odile. */
export async function openDesk(engine: 'sqlite' | 'postgres') {
  const clock = { time: Date.UTC(2026, 10, 21, 9, 30) };
  const catcher = await openMailCatcher();
  const settings = { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@example.org' };
  const house: House = await openHouse({ engine, now: () => clock.time, settings });
  const { parts } = house;
  const people: Record<'alix' | 'bruno' | 'maud' | 'noé' | 'odile', Account> = {
    alix: await addPerson(parts, 'alix'),
    bruno: await addPerson(parts, 'bruno'),
    maud: await addPerson(parts, 'maud'),
    noé: await addPerson(parts, 'noé'),
    odile: await addPerson(parts, 'odile'),
  };
  const [maud, noé, odile]: [Actor, Actor, Actor] = [actorOf(people.maud), actorOf(people.noé), actorOf(people.odile)];
  let read = 0;

  return {
    house,
    parts,
    clock,
    people,
    maud,
    noé,
    odile,
    requests: parts.moderation.requests,
    digest: parts.moderation.digest,

    /** An application where each profile waits for a yes, which Maud and Noé look after. */
    async open(more: Partial<ApplicationSettings> = {}, name = 'Meadow'): Promise<Application> {
      const asks = { policy: 'approved', quota: 100, ...more } as const;
      const application = await addApplication(parts, name, 'https://meadow.example', asks);
      for (const { id } of [people.maud, people.noé]) await parts.moderation.moderators.appoint(application.id, id);
      return application;
    },

    /** Asks for a profile; as somebody nobody knows, where no account is named. */
    ask(
      application: Application,
      name: string,
      { by = randomId(), words = 'I mend nets.', urgent = false } = {},
    ): Promise<Profile> {
      return parts.profiles.request(by, application, { name, note: '', words, urgent });
    },

    /** The letters that have arrived since this was last asked. */
    async letters(): Promise<readonly Caught[]> {
      await parts.mail.deliver();
      const fresh = catcher.letters.slice(read);
      read = catcher.letters.length;
      return fresh;
    },

    /** What is read of an application's queue. */
    async names(application: Application): Promise<string[]> {
      const { requests } = await parts.moderation.requests.list(maud, application.id, 1);
      return requests.map(({ name }) => name);
    },

    async close(): Promise<void> {
      await house.close();
      await catcher.close();
    },
  };
}

/** Runs the same tests at a desk on each engine. */
export function atBothDesks(name: string, tests: (desk: () => Desk) => void): void {
  describe.each(['sqlite', 'postgres'] as const)(`${name} on %s`, (engine) => {
    let desk: Desk;
    beforeAll(async () => {
      desk = await openDesk(engine);
    });
    afterAll(() => desk.close());
    tests(() => desk);
  });
}

/** The names, as a spammer would choose them. */
export const many = (count: number, from: string): string[] =>
  Array.from({ length: count }, (_, index) => `${from}${String(index + 10)}`);

export const APPROVE = { kind: 'approve' } as const;
export const REFUSE = { kind: 'refuse', reason: 'spam', words: '' } as const;
