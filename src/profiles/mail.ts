import type { Ownership } from './ownership.ts';
import type { Profile } from './profile.ts';
import type { makeProfileStore } from './store.ts';

/** What an alias says of its profile; nothing of who owns it. */
export type Addressee = Pick<Profile, 'id' | 'applicationId' | 'name'> & { readonly status: 'active' | 'blocked' };

/** How a profile stands that takes mail. */
const TAKES: ReadonlySet<string> = new Set<Addressee['status']>(['active', 'blocked']);

/** What mail to a profile needs to know. */
export function makeProfileMail({
  store,
  ownership,
}: {
  store: ReturnType<typeof makeProfileStore>;
  ownership: Ownership;
}) {
  async function mailTo(profileId: string): Promise<{ accountId: string; aliasLocal: string } | undefined> {
    const row = await store.find(profileId);
    const accountId = row === undefined || row.status === 'deleted' ? undefined : ownership.owner('deliver', row);
    return row === undefined || accountId === undefined ? undefined : { accountId, aliasLocal: row.aliasLocal };
  }

  return {
    /**
     * The profile that takes mail at this alias, by its local part in any case. One query, whichever way it ends: an
     * alias that never was, is retired or deleted looks like any other that takes none (A78).
     */
    async byAlias(local: string): Promise<Addressee | undefined> {
      // Aliases are ASCII, and so are all capitals that may stand for theirs (RFC 5321 §2.4).
      const row = await store.findByAlias(/^[\u0021-\u007e]{1,64}$/u.test(local) ? local.toLowerCase() : '');
      if (row === undefined || (row.status !== 'active' && row.status !== 'blocked')) return undefined;
      return { ...row, status: row.status };
    },

    /** Which of these aliases take mail, by their local parts as they were given out: many at once. */
    async takingMail(locals: readonly string[]): Promise<ReadonlySet<string>> {
      const rows = await store.findByAliases(locals);
      return new Set(rows.filter(({ status }) => TAKES.has(status)).map(({ aliasLocal }) => aliasLocal));
    },

    /**
     * Whose mail to a profile is: asked anew whenever a message is about to leave. Mail that was taken before its
     * profile was retired is its owner's still; once the profile is deleted it is nobody's.
     */
    async mailOwner(profileId: string): Promise<string | undefined> {
      return (await mailTo(profileId))?.accountId;
    },

    /** The same, with the local part of the alias that the mail is for. */
    mailTo,
  };
}
