import { Readable } from 'node:stream';
import bcrypt from 'bcryptjs';
import { and, eq } from 'drizzle-orm';
import type { Account, Post } from '../../src/accounts/accounts.ts';
import { makeApplications, type Application, type ApplicationSettings } from '../../src/applications/applications.ts';
import { makeLegacy, sourceOf, type Legacy } from '../../src/legacy/legacy.ts';
import { openLegacy } from '../../src/legacy/secret.ts';
import { makeLog } from '../../src/log.ts';
import { canonicalName } from '../../src/names.ts';
import { makeProfiles, type Happening } from '../../src/profiles/profiles.ts';
import { makeTransients } from '../../src/storage/transient.ts';
import { HOME, makeHouse } from '../accounts/house.ts';
import type { Ground } from '../engines.ts';
import { addApplication, PEOPLE } from '../people.ts';

/** An old account as an application's user table has it. */
export type OldAccount = {
  readonly name: string;
  readonly password?: string;
  /** Of its hash; 4 by default. */
  readonly cost?: number;
  readonly address?: string;
  readonly confirmed?: boolean;
  readonly disabled?: boolean;
  readonly secondFactor?: boolean;
};

/** What Alix's old account at Meadow is opened with. */
export const HERON = { name: 'heron', password: 'kingfisher by the weir' } as const;

/** Hashes as the applications made them, but cheap: what they cost says nothing here. */
const hashOf = (password: string, cost: number): string => bcrypt.hashSync(password, cost);

/** Imports old accounts as an administrator does, by default out of a table in columns of ours. */
export async function importNames(
  legacy: Legacy,
  application: Application,
  accounts: readonly OldAccount[],
  sourceId = 'csv',
): Promise<string> {
  const source = sourceOf(sourceId);
  if (source === undefined) throw new Error('no such source');
  const lines = accounts.map((account, index) => {
    const { name, password, cost = 4, address, confirmed = true, disabled = false, secondFactor = false } = account;
    return JSON.stringify({
      key: String(index + 1),
      name,
      hash: password === undefined ? '' : hashOf(password, cost),
      address: address ?? '',
      confirmed: String(confirmed),
      disabled: String(disabled),
      second_factor: String(secondFactor),
    });
  });
  const open = (): Readable => Readable.from([`${lines.join('\n')}\n`]);
  const { id } = await legacy.batches.begin(application, source, open);
  const { status, tally } = await legacy.batches.work(id, open);
  if (status !== 'done' || tally.names + tally.present !== accounts.length)
    throw new Error(`imported ${tally.names}: ${status}`);
  return id;
}

export type OldPlace = Awaited<ReturnType<typeof openOldPlace>>;

/**
 * Alix, Bruno and Maud, whose mailboxes are proven, and Meadow, an application with people of its own from before; the
 * clock moves by hand. `more`: what Meadow says otherwise; `post`: where letters go that are not to be read here.
 */
export async function openOldPlace(
  { storage, seals, folder }: Ground,
  more: Partial<ApplicationSettings> = {},
  post?: Post,
) {
  const house = makeHouse({ storage, seals } as Ground);
  const { accounts, clock, letters } = house;
  const now = (): number => clock.time;
  const happened: Happening[] = [];
  const later: { due: number; profileId: string }[] = [];
  const applications = makeApplications({ storage, now });
  const profiles = makeProfiles({
    applications,
    storage,
    seals,
    now,
    aliasDomain: 'relay.example',
    onEnded: async () => undefined,
    onWiped: async () => undefined,
    tell: async (_, happening) => void happened.push(happening),
    forgetLater: async (_, due, profileId) => void later.push({ due, profileId }),
  });
  const legacy = makeLegacy({
    accounts,
    applications,
    profiles,
    storage,
    seals,
    transients: makeTransients({ storage, seals, now }),
    now,
    log: makeLog('silent'),
    post: post ?? (async (_tx, letter) => void letters.push(letter)),
    address: 'https://nid.example.org',
    aliasDomain: 'relay.example',
    folder,
    hasMail: true,
    lettersWaiting: async () => 0,
    hasRelay: true,
    isStopping: () => false,
  });
  // Of each place one of its own: people and letters are counted for as long as there are any.
  const place = Math.random().toString(36).slice(2, 10);
  const add = async (name: 'alix' | 'bruno' | 'maud'): Promise<Account> => {
    const [local = '', domain = ''] = PEOPLE[name].mailbox.split('@');
    const own = { loginName: `${name}${place}`, mailbox: `${local}.${place}@${domain}` };
    return accounts.add({ ...PEOPLE[name], ...own, mailboxVerified: true, language: 'en' });
  };
  const meadow = await addApplication({ applications }, 'Meadow', 'https://meadow.example', { quota: 5, ...more });
  const { legacyAddress, legacyProfile, profile } = storage.tables;

  return {
    ...house,
    applications,
    profiles,
    legacy,
    reclaim: legacy.reclaim,
    storage,
    seals,
    happened,
    later,
    meadow,
    alix: await add('alix'),
    bruno: await add('bruno'),
    maud: await add('maud'),
    /** Alix's old account, as Meadow knew it. */
    heron: { ...HERON, address: `alix.${place}@old.example` },
    network: HOME,
    importNames: (names: readonly OldAccount[], of: Application = meadow, sourceId = 'csv'): Promise<string> =>
      importNames(legacy, of, names, sourceId),
    /** Changes what the application says, for good. */
    change: (settings: Partial<ApplicationSettings>): Promise<Application> =>
      applications.change(meadow.id, { ...meadow, ...settings }),
    /** The row of an old name, by which tags it is found, and what is sealed in it. */
    async old(name: string, key: string = canonicalName(name)) {
      const rows = await storage.read.select().from(legacyProfile).where(eq(legacyProfile.applicationId, meadow.id));
      const row = rows.find(({ nameKey }) => nameKey === key);
      if (row === undefined) return undefined;
      const found = await storage.read
        .select({ tag: legacyAddress.addressTag })
        .from(legacyAddress)
        .where(and(eq(legacyAddress.applicationId, meadow.id), eq(legacyAddress.nameKey, key)));
      return { ...row, tags: found.map(({ tag }) => tag), secret: openLegacy(seals, row) };
    },
    async row(id: string) {
      const [found] = await storage.read.select().from(profile).where(eq(profile.id, id));
      return found;
    },
    /** The code of the last letter to an address. */
    codeTo(address: string): string {
      const letter = letters.findLast(({ to, kind }) => to === address && kind === 'old_name_code');
      return letter?.kind === 'old_name_code' ? letter.values.code : '';
    },
  };
}
