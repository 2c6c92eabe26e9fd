import { and, asc, eq, gt, gte, lt, type SQL } from 'drizzle-orm';
import { canonicalName } from '../names.ts';
import { bytewise } from '../storage/kit.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { exactKey, profileOf, type Profile, type ProfileStatus } from './profile.ts';
import type { makeProfileStore, ProfileRow } from './store.ts';

/** A profile as moderators see it; nothing of who owns it. */
export type SeenProfile = Pick<
  Profile,
  'id' | 'applicationId' | 'name' | 'status' | 'source' | 'createdDay' | 'standing'
>;

/** What moderators look for. */
export type ProfileQuery = {
  /** How the name begins, or the whole alias, with its domain or without, or the whole subject. */
  readonly text?: string | undefined;
  readonly status?: ProfileStatus | undefined;
  /** The name of the last one of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
};

type Needs = {
  storage: Storage;
  seals: Seals;
  store: ReturnType<typeof makeProfileStore>;
  aliasDomain: string;
  now: () => number;
};

const STATUSES = ['requested', 'active', 'blocked', 'retired', 'deleted'] as const satisfies ProfileStatus[];
/** Larger than any character of a name. */
const LAST = '\u{10ffff}';
/** Longer than any name, alias or subject that is there. */
const LONGEST_TEXT = 320;

/** Enough of a profile to put it in its place; read from the index alone. */
type Entry = Pick<ProfileRow, 'id' | 'nameKey'>;

/** What somebody asks for, without what nothing is called: PostgreSQL does not look for just any text. */
const asked = (text: string): string =>
  text
    .slice(0, LONGEST_TEXT)
    .replaceAll(/\p{Cc}|\p{Cs}/gu, '')
    .trim();

const inOrder = (one: Entry, other: Entry): number =>
  Buffer.compare(Buffer.from(one.nameKey), Buffer.from(other.nameKey));

/** What moderators look for among an application's profiles. */
export function makeProfileSearch({ storage, seals, store, aliasDomain, now }: Needs) {
  const { profile } = storage.tables;
  const key = bytewise(storage.engine, profile.nameKey);

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

  const find = (applicationId: string, condition: SQL | undefined, limit: number): Promise<Entry[]> =>
    storage.read
      .select({ id: profile.id, nameKey: profile.nameKey })
      .from(profile)
      .where(and(eq(profile.applicationId, applicationId), condition))
      .orderBy(asc(key))
      .limit(limit);

  /** The one with this alias or subject: each is a look-up of its own, and nobody else's answers. */
  async function exact(text: string): Promise<ProfileRow[]> {
    const alias = aliasIn(text);
    const bySubject = storage.read.select().from(profile).where(eq(profile.subject, text));
    const byAlias = alias === undefined ? [] : storage.read.select().from(profile).where(eq(profile.aliasLocal, alias));
    return (await Promise.all([bySubject, byAlias])).flat();
  }

  /** The key of a name: one that differs from another by its case alone may have one of its own, which lies behind. */
  async function placeOf(applicationId: string, text: string): Promise<string> {
    const name = asked(text);
    const own = await find(applicationId, eq(profile.nameKey, exactKey(name)), 1);
    return own[0]?.nameKey ?? canonicalName(name);
  }

  return {
    /** One of the application's profiles, as its moderators see it. */
    async seen(applicationId: string, profileId: string): Promise<SeenProfile | undefined> {
      const row = await store.find(profileId);
      return row?.applicationId === applicationId ? seen(row) : undefined;
    },

    /**
     * Some of the application's profiles by name, and by nothing else. With `status` blocked or active, what is blocked
     * until a time that is over is left out for a moment, until its row has followed.
     */
    async search(applicationId: string, query: ProfileQuery): Promise<SeenProfile[]> {
      const text = asked(query.text ?? '');
      const begin = canonicalName(text);
      const after = query.after === undefined ? undefined : await placeOf(applicationId, query.after);
      const range = and(
        after === undefined ? undefined : gt(key, after),
        begin === '' ? undefined : and(gte(key, begin), lt(key, begin + LAST)),
      );
      const statuses = query.status === undefined ? STATUSES : [query.status];
      // One index serves both: each status lies there by name.
      const pages = await Promise.all(
        statuses.map((status) => find(applicationId, and(eq(profile.status, status), range), query.limit)),
      );
      const rows = pages.flat();
      for (const row of text === '' ? [] : await exact(text)) {
        const isHere = row.applicationId === applicationId && statuses.some((status) => status === row.status);
        const isNext = after === undefined || Buffer.compare(Buffer.from(row.nameKey), Buffer.from(after)) > 0;
        if (isHere && isNext && rows.every(({ id }) => id !== row.id)) rows.push(row);
      }
      const page = rows.toSorted(inOrder).slice(0, query.limit);
      const found = await store.findMany(
        storage.read,
        page.map(({ id }) => id),
      );
      return found
        .toSorted(inOrder)
        .map(seen)
        .filter(({ status }) => query.status === undefined || status === query.status);
    },
  };
}
