import type { Account } from '../../src/accounts/accounts.ts';
import type { Application } from '../../src/applications/applications.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import type { Wish } from '../../src/register/asking.ts';
import type { Log } from '../../src/log.ts';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type Caught, type MailCatcher } from '../mail-catcher.ts';
import { addApplication, addPerson } from '../people.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** A house with two applications: alix has two profiles at the first and one at the second, bruno one at the first. */
export type Place = {
  readonly house: House;
  readonly clock: { time: number };
  readonly catcher: MailCatcher;
  readonly lake: Application;
  readonly meadow: Application;
  readonly alix: Account;
  readonly bruno: Account;
  readonly maud: Account;
  /** Administrators. */
  readonly odile: Account;
  readonly firmin: Account;
  readonly hulotte: Profile;
  readonly noctua: Profile;
  readonly meadowlark: Profile;
  readonly brunos: Profile;
  /** All letters to a mailbox that have left by now. */
  lettersTo(mailbox: string): Promise<Caught[]>;
  /** Does what the clock would. */
  runErrands(): Promise<void>;
  close(): Promise<void>;
};

/** Another administrator, where two are needed. */
export const FIRMIN = { loginName: 'firmin', password: 'a kettle of rooks at noon', mailbox: 'firmin@home.example' };

/** What an administrator asks in the tests, but for what a test changes of it. */
export const WISH: Wish = {
  wanted: ['login'],
  reference: 'Art. 99-4, order 2026/117',
  reason: 'Threats against a neighbour, by order of a judge.',
  telling: 'usual',
};

/** Opens one, three days after `start` (milliseconds): everybody has been here for longer than a day. */
export async function openPlace(
  engine: 'sqlite' | 'postgres' = 'sqlite',
  settings: Record<string, string> = {},
  start = Date.UTC(2026, 10, 2, 9, 30),
  log?: Log,
): Promise<Place> {
  const clock = { time: start };
  const catcher = await openMailCatcher();
  const house = await openHouse({
    engine,
    now: () => clock.time,
    ...(log === undefined ? {} : { log }),
    settings: { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@example.org', ...settings },
  });
  const { parts } = house;
  const alix = await addPerson(parts, 'alix');
  const bruno = await addPerson(parts, 'bruno');
  const maud = await addPerson(parts, 'maud');
  const odile = await addPerson(parts, 'odile');
  const firmin = await parts.accounts.add({ ...FIRMIN, mailboxVerified: true, language: 'en', administrator: true });
  const lake = await addApplication(parts, 'Lake', 'https://lake.example/', { quota: 5 });
  const meadow = await addApplication(parts, 'Meadow', 'https://meadow.example/', { quota: 5 });
  const make = (owner: Account, application: Application, name: string): Promise<Profile> =>
    parts.profiles.create(owner.id, application, { name, note: '' });
  const hulotte = await make(alix, lake, 'hulotte');
  const noctua = await make(alix, lake, 'noctua');
  const meadowlark = await make(alix, meadow, 'meadowlark');
  const brunos = await make(bruno, lake, 'brunos');
  clock.time += 3 * DAY;
  return {
    house,
    clock,
    catcher,
    lake,
    meadow,
    alix,
    bruno,
    maud,
    odile,
    firmin,
    hulotte,
    noctua,
    meadowlark,
    brunos,
    async lettersTo(mailbox) {
      await house.parts.mail.deliver();
      return catcher.letters.filter(({ to }) => to === mailbox);
    },
    runErrands: () => parts.moderation.errands.run(),
    async close() {
      await house.close();
      await catcher.close();
    },
  };
}
