import { and, asc, eq, gt, gte, lt, or } from 'drizzle-orm';
import { canonicalName } from '../names.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { profileOf, type Profile, type ProfileStatus } from './profile.ts';
import type { makeProfileStore, ProfileRow } from './store.ts';

/** A profile as moderators see it; nothing of who owns it. */
export type SeenProfile = Pick<
  Profile,
  'id' | 'applicationId' | 'name' | 'status' | 'source' | 'createdDay' | 'standing'
>;

type Needs = {
  storage: Storage;
  seals: Seals;
  store: ReturnType<typeof makeProfileStore>;
  aliasDomain: string;
  now: () => number;
};

/** Larger than any character of a name. */
const LAST = '\u{10ffff}';

/** What moderators look for among an application's profiles. */
export function makeProfileSearch({ storage, seals, store, aliasDomain, now }: Needs) {
  const { profile } = storage.tables;

  /** The local part, where the text may be an alias of ours. */
  function aliasIn(text: string): string | undefined {
    const [local = '', domain, ...others] = text.toLowerCase().split('@');
    return others.length === 0 && (domain === undefined || domain === aliasDomain) ? local : undefined;
  }

  /** Not a word of what is its owner's alone. */
  function seen(row: ProfileRow): SeenProfile {
    const { id, applicationId, name, status, source, createdDay, standing } = profileOf(seals, row, now());
    return { id, applicationId, name, status, source, createdDay, standing };
  }

  return {
    /** One of the application's profiles, as its moderators see it. */
    async seen(applicationId: string, profileId: string): Promise<SeenProfile | undefined> {
      const row = await store.find(profileId);
      return row?.applicationId === applicationId ? seen(row) : undefined;
    },

    /**
     * The application's profiles by name, some after the name `after` (of the last page's last one). `text`: how the name
     * begins, or the whole alias, with its domain or without, or the whole subject. `status`: only those. The order says
     * nothing but the name.
     */
    async search(
      applicationId: string,
      {
        text = '',
        status,
        after,
        limit,
      }: { readonly text?: string; readonly status?: ProfileStatus; readonly after?: string; readonly limit: number },
    ): Promise<SeenProfile[]> {
      const key = canonicalName(text.slice(0, 100));
      const here = and(
        eq(profile.applicationId, applicationId),
        status === undefined ? undefined : eq(profile.status, status),
        after === undefined ? undefined : gt(profile.nameKey, canonicalName(after)),
      );
      const named = await storage.read
        .select()
        .from(profile)
        .where(and(here, key === '' ? undefined : and(gte(profile.nameKey, key), lt(profile.nameKey, key + LAST))))
        .orderBy(asc(profile.nameKey))
        .limit(limit);
      const alias = aliasIn(text.trim());
      const exact =
        key === ''
          ? []
          : await storage.read
              .select()
              .from(profile)
              .where(
                and(
                  here,
                  or(eq(profile.subject, text.trim()), alias === undefined ? undefined : eq(profile.aliasLocal, alias)),
                ),
              );
      const rows = [...named, ...exact.filter(({ id }) => named.every((other) => other.id !== id))];
      return rows
        .toSorted((a, b) => (a.nameKey < b.nameKey ? -1 : 1))
        .slice(0, limit)
        .map(seen);
    },
  };
}
