import path from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../../src/command.ts';
import { PEOPLE } from '../people.ts';
import type { Place } from './instance.ts';

/** The people of the demo: two use the applications, one looks after Plumes, the last one runs the instance. */
export const DEMO_PEOPLE = ['alix', 'bruno', 'maud', 'odile'] as const;

/** An application of the demo before it is registered. */
export type Draft = {
  readonly name: string;
  readonly url: string;
  readonly icon: string;
  readonly rule: string;
  /** The domain that its mail comes from. */
  readonly domain: string;
  /** Who may have profiles there, and who looks after them, if anybody. */
  readonly policy: 'open' | 'further-approved';
  readonly moderator?: keyof typeof PEOPLE | undefined;
};

/** What an application must know to sign people in. */
export type Registered = Draft & { readonly clientId: string; readonly clientSecret: string };

/** Where the demo's pictures and its style lie. */
export const ASSETS = fileURLToPath(new URL('assets', import.meta.url));

/** Runs one `aluco` command on the demo's database and returns what it printed. */
async function aluco({ environment }: Place, args: readonly string[], input = ''): Promise<string[]> {
  const printed: string[] = [];
  const complaints: string[] = [];
  const status = await runCommand(args, {
    environment: { ...environment },
    stdin: Readable.from([`${input}\n`]),
    out: (line) => void printed.push(line),
    complain: (line) => void complaints.push(line),
  });
  if (status !== 0) throw new Error(`aluco ${args.join(' ')}: ${complaints.join(' ')}`);
  return printed;
}

function valueOf(lines: readonly string[], name: string): string {
  const line = lines.find((entry) => entry.startsWith(`${name} `));
  if (line === undefined) throw new Error(`no ${name} was printed`);
  return line.slice(name.length + 1);
}

/** Makes the accounts, with the commands an administrator would use. */
export async function seedPeople(place: Place, language: 'fr' | 'en'): Promise<void> {
  for (const person of DEMO_PEOPLE) {
    const { loginName, password, mailbox } = PEOPLE[person];
    const role = person === 'odile' ? ['--administrator'] : [];
    const options = ['--mailbox', mailbox, '--verified', '--language', language, ...role];
    await aluco(place, ['account', 'add', loginName, ...options], password);
  }
  await aluco(place, ['group', 'add', 'Birdwatchers']);
  await aluco(place, ['group', 'fill', 'Birdwatchers', PEOPLE.alix.loginName]);
}

/** Has forwarded mail that waits leave at once. */
export async function hurryMail(place: Place): Promise<void> {
  await aluco(place, ['mail', 'retry']);
}

/** Registers an application that everyone may enter, with one client. */
export async function registerApplication(place: Place, draft: Draft): Promise<Registered> {
  const { name, url, icon, rule, domain, policy, moderator } = draft;
  const rules = ['--entry', 'everyone', '--policy', policy, '--quota', '3', '--rule', rule, '--sender', domain];
  const look = ['--home', url, '--icon', path.join(ASSETS, icon)];
  const [id = ''] = await aluco(place, ['application', 'add', name, ...look, ...rules]);
  const addresses = ['--redirect', `${url}/callback`, '--logout', `${url}/bye`, '--backchannel', `${url}/ended`];
  const client = await aluco(place, ['client', 'add', id, ...addresses]);
  if (moderator !== undefined) await aluco(place, ['moderator', 'add', id, PEOPLE[moderator].loginName]);
  return { ...draft, clientId: valueOf(client, 'client_id'), clientSecret: valueOf(client, 'client_secret') };
}
