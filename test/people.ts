import type { Account } from '../src/accounts/accounts.ts';
import type { Application, Client } from '../src/applications/applications.ts';
import type { ClientSettings } from '../src/applications/client-settings.ts';
import { CLIENT_DEFAULTS } from '../src/applications/client-settings.ts';
import { APPLICATION_DEFAULTS, type ApplicationSettings } from '../src/applications/settings.ts';
import type { Parts } from '../src/parts.ts';

/** The people in the tests, always the same few. Passwords are long enough and in no list. */
export const PEOPLE = {
  /** Has two profiles at the same application. */
  alix: { loginName: 'alix', password: 'the barn door creaks at dusk', mailbox: 'alix@home.example' },
  /** Has one profile. */
  bruno: { loginName: 'bruno', password: 'seven kettles on the stove', mailbox: 'bruno@home.example' },
  /** Looks after an application. */
  maud: { loginName: 'maud', password: 'a lantern under the bridge', mailbox: 'maud@home.example' },
  /** Looks after an application, too. */
  noé: { loginName: 'noe', password: 'wet leaves on the stairs', mailbox: 'noe@home.example' },
  /** Runs the instance. */
  odile: { loginName: 'odile', password: 'nine winters by the mill', mailbox: 'odile@home.example' },
} as const;

export type PersonName = keyof typeof PEOPLE;

/** Makes the account of one of the people. */
export function addPerson(parts: Pick<Parts, 'accounts'>, name: PersonName): Promise<Account> {
  const { loginName, password, mailbox } = PEOPLE[name];
  return parts.accounts.add({
    loginName,
    password,
    mailbox,
    mailboxVerified: true,
    language: 'en',
    administrator: name === 'odile',
  });
}

/** Makes an application that everyone may enter. */
export function addApplication(
  parts: Pick<Parts, 'applications'>,
  name: string,
  homeUrl: string,
  more: Partial<ApplicationSettings> = {},
): Promise<Application> {
  return parts.applications.add({ ...APPLICATION_DEFAULTS, name, homeUrl, entry: { kind: 'everyone' }, ...more });
}

/** Registers a client of an application. */
export function addClient(
  parts: Pick<Parts, 'applications'>,
  application: Application,
  more: Partial<ClientSettings> & { redirectUris: string[] },
): Promise<{ client: Client; secret?: string }> {
  return parts.applications.addClient(application.id, { ...CLIENT_DEFAULTS, label: 'Web', ...more });
}
