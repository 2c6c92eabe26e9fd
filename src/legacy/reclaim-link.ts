import { z } from 'zod';
import type { Accounts } from '../accounts/accounts.ts';
import { UserError } from '../errors.ts';
import type { Profile } from '../profiles/profiles.ts';
import { hashId, isId, randomId, type Seals } from '../storage/seal.ts';
import type { Transients } from '../storage/transient.ts';
import { findNamed, openFound, typedName, type Found } from './reclaim-finding.ts';
import type { ReclaimStore } from './reclaim-store.ts';
import type { Taking } from './reclaim-taking.ts';

/** How long a link may be used, in milliseconds. */
export const OLD_NAME_LINK_LIFE = 72 * 3_600_000;

const MODEL = 'OldNameLink';
const NEWEST = 'OldNameLinkNewest';

const kept = z.object({
  applicationId: z.string(),
  nameKey: z.string(),
  batchId: z.string(),
  /** The administrator who made it; a command has none. */
  by: z.string().optional(),
});
const newest = z.object({ tokenHash: z.string() });

type Needs = {
  accounts: Pick<Accounts, 'find'>;
  transients: Transients;
  store: ReclaimStore;
  seals: Seals;
  now: () => number;
  taken: Taking['taken'];
  ownOf: Taking['ownOf'];
};

/** One-time links to old names, for people who have lost both password and address. */
export function makeOldNameLinks({ accounts, transients, store, seals, now, taken, ownOf }: Needs) {
  const placesOf = (applicationId: string, nameKey: string): string[] =>
    seals.tags('legacy-link', applicationId, nameKey);

  /** A link is worth what its maker is (P4). */
  async function isBacked(by: string | undefined): Promise<boolean> {
    if (by === undefined) return true;
    const maker = await accounts.find(by);
    return maker?.status === 'active' && maker.role === 'administrator';
  }

  /** What a link leads to, and whoever used it finds again, as long as it is good. */
  async function open(token: string): Promise<{ readonly found: Found; readonly by: string | undefined } | undefined> {
    const entry = isId(token) ? await transients.find(MODEL, token) : undefined;
    if (entry === undefined) return undefined;
    const { applicationId, nameKey, batchId, by } = kept.parse(entry.value);
    const places = await Promise.all(placesOf(applicationId, nameKey).map((id) => transients.find(NEWEST, id)));
    const isNewest = places.some((place) => place && newest.parse(place.value).tokenHash === hashId(token));
    const [row] = await store.named(applicationId, [nameKey]);
    if (!isNewest || row?.batchId !== batchId || !(await isBacked(by))) return undefined;
    return { found: openFound(seals, row), by };
  }

  return {
    /**
     * Makes a link to an old name that nobody has taken back, for 72 hours and one use; the one before opens nothing any
     * more. `by`: the administrator who makes it, none for a command; it is worth what they are. That whoever is handed
     * it had the name is for them to see to. The token is returned this once.
     * @throws {UserError} old_name_unknown, also where it was taken back
     */
    async makeLink(applicationId: string, name: string, by?: string): Promise<string> {
      const found = await findNamed({ store, seals }, applicationId, typedName(name));
      if (found?.row.status !== 'free') throw new UserError('old_name_unknown');
      const { nameKey, batchId } = found.row;
      const token = randomId();
      const expiresAt = now() + OLD_NAME_LINK_LIFE;
      await transients.put(MODEL, token, { applicationId, nameKey, batchId, by }, expiresAt);
      const [place = '', ...older] = placesOf(applicationId, nameKey);
      for (const id of older) await transients.remove(NEWEST, id);
      await transients.put(NEWEST, place, { tokenHash: hashId(token) }, expiresAt);
      return token;
    },

    /** What a link gives whoever opens it; undefined where it may not be used, whatever the reason. */
    async seeLink(token: string): Promise<{ readonly applicationId: string; readonly name: string } | undefined> {
      const opened = await open(token);
      if (opened?.found.row.status !== 'free') return undefined;
      const { applicationId, name } = opened.found.row;
      return { applicationId, name };
    },

    /** The profile that the account has by this very link: a form was sent twice, or its page was opened once more. */
    async hadByLink(accountId: string, token: string): Promise<Profile | undefined> {
      const opened = await open(token);
      return opened?.found.row.status === 'taken' ? ownOf(accountId, opened.found) : undefined;
    },

    /**
     * Takes the name of a link back. Nobody does by a link of their own.
     * @throws {UserError} link_gone, own_profile, old_name_taken, quota_full {limit}, new_profiles_barred,
     * account_suspended
     */
    async withLink(accountId: string, token: string): Promise<Profile> {
      const opened = await open(token);
      if (opened?.found.row.status !== 'free') throw new UserError('link_gone');
      if (opened.by === accountId) throw new UserError('own_profile');
      return taken(accountId, opened.found, { addressProven: false, stands: () => true }).catch((error: unknown) => {
        // The import was undone in this very moment.
        const isGone = error instanceof UserError && error.code === 'old_name_wrong';
        throw isGone ? new UserError('link_gone') : error;
      });
    },
  };
}
