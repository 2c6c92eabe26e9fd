import type { Accounts } from '../accounts/accounts.ts';
import type { Applications } from '../applications/applications.ts';
import { UserError } from '../errors.ts';
import { canonicalName } from '../names.ts';
import { dayOf } from '../days.ts';
import type { Profile, Profiles } from '../profiles/profiles.ts';
import type { Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { addressTags } from './address-tag.ts';
import type { Found } from './reclaim-finding.ts';
import type { LegacyProfileRow, ReclaimStore } from './reclaim-store.ts';
import { identityOf } from './identity.ts';
import { sealLegacy } from './sealing.ts';
import { openLegacy, type LegacySecret } from './secret.ts';

type Needs = {
  accounts: Pick<Accounts, 'hold' | 'timeline'>;
  applications: Pick<Applications, 'get' | 'inForce'>;
  profiles: Pick<Profiles, 'at' | 'receive'>;
  storage: Storage;
  seals: Seals;
  store: ReclaimStore;
  now: () => number;
};

/** How somebody showed that a name was theirs. */
export type Proof = {
  /** Whether they showed that they receive what is sent to the old address. */
  readonly addressProven: boolean;
  /** Whether what they showed still stands, as the row reads in the transaction. */
  readonly stands: (secret: LegacySecret) => boolean;
};

/** The last step of each way: a name that was proven becomes a profile. */
export function makeTaking({ accounts, applications, profiles, storage, seals, store, now }: Needs) {
  /** What is left in the row of a name that is taken: what the application must go on seeing, and nothing else. */
  function leftOf({ applicationId, nameKey }: LegacyProfileRow, { seed, key, address }: LegacySecret): string {
    return sealLegacy(seals, applicationId, nameKey, {
      seed,
      key,
      moves: false,
      asksToMove: address !== undefined,
      confirmed: false,
      blocked: false,
      secondFactor: false,
      unsubscribed: false,
    });
  }

  async function take(tx: Db, accountId: string, { row: seen }: Found, proof: Proof): Promise<Profile> {
    const account = await accounts.hold(tx, accountId);
    if (account?.status !== 'active') throw new UserError('account_suspended');
    const rules = await applications.inForce(tx, seen.applicationId);
    // The batch before its row, as it is done where one is undone.
    if (!(await store.standsBatch(tx, seen.batchId))) throw new UserError('old_name_wrong');
    const row = await store.hold(tx, seen.applicationId, seen.nameKey);
    // Undone and imported anew it is another one, which nothing was shown of.
    if (row?.batchId !== seen.batchId) throw new UserError('old_name_wrong');
    if (row.status !== 'free') throw new UserError('old_name_taken');
    const secret = openLegacy(seals, row);
    if (!proof.stands(secret)) throw new UserError('old_name_wrong');
    const { address, blocked } = secret;
    const isSent = address !== undefined && rules.oldNames.sendAddress && rules.email === 'alias';
    const profile = await profiles.receive(tx, accountId, rules, {
      name: row.name,
      isExact: row.nameKey !== canonicalName(row.name),
      ...identityOf(secret),
      blocked,
      ...(isSent ? { address: { address, proven: proof.addressProven } } : {}),
    });
    const tags = addressTags(seals, row.applicationId, address);
    const isTaken = await store.take(tx, row, { day: dayOf(now()), sealed: leftOf(row, secret), tags });
    if (!isTaken) throw new UserError('old_name_taken');
    const detail = { application: rules.name, profile: row.name };
    await accounts.timeline.add(tx, accountId, () => ({ kind: 'name_taken_back', at: now(), detail }));
    return profile;
  }

  /** The account's own profile of a name that is taken, whatever it is called by now. */
  async function ownOf(accountId: string, { row, secret }: Found): Promise<Profile | undefined> {
    const { profiles: held } = await profiles.at(accountId, await applications.get(row.applicationId));
    return held.find(({ source, subject }) => source === 'imported' && subject === identityOf(secret).subject);
  }

  /**
   * Gives a name to an account, all in one transaction: its profile, as it was fixed when it was imported; the old
   * password and address are wiped. Of two at once, on any number of nodes, one receives it.
   * @throws {UserError} account_suspended, old_name_wrong (also where it is gone, or was forgotten meanwhile),
   * old_name_taken, quota_full {limit}, new_profiles_barred
   */
  async function taken(accountId: string, found: Found, proof: Proof): Promise<Profile> {
    try {
      return await storage.write((tx) => take(tx, accountId, found, proof));
    } catch (error) {
      const isLate = error instanceof UserError && error.code === 'old_name_taken';
      // Somebody with two tabs was faster than themselves.
      const own = isLate ? await ownOf(accountId, found) : undefined;
      if (own === undefined) throw error;
      return own;
    }
  }

  return { taken, ownOf };
}

export type Taking = ReturnType<typeof makeTaking>;
