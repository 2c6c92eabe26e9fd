import { eq, inArray, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { Seals } from '../../storage/seal.ts';
import { perHandle, type Db, type Storage } from '../../storage/storage.ts';

const sealedChoice = z.object({ mode: z.enum(['on', 'muted', 'held']), strangers: z.enum(['refuse', 'hold']) });

/**
 * What its owner wants done with mail to a profile. `on`: it is forwarded; `muted`: taken and thrown away; `held`: kept
 * for the portal. Strangers are those the application did not name: refused, or held and shown.
 */
export type Choice = z.output<typeof sealedChoice>;

const DEFAULT: Choice = { mode: 'on', strangers: 'refuse' };
/** Of every row before it is sealed, in bytes: all are of one size. */
const SIZE = 64;

/** The choices of owners, one sealed row for each profile whose owner made one. */
export function makeChoices({ storage, seals }: { storage: Storage; seals: Seals }) {
  const table = storage.tables.relayChoice;
  // Asked for every message.
  const byTag = perHandle((db) =>
    db
      .select({ sealed: table.sealed })
      .from(table)
      .where(eq(table.profileTag, sql.placeholder('tag')))
      .prepare('relay_choice_by_tag'),
  );
  const tagsOf = (profileId: string): string[] => seals.tags('relay-profile', profileId);

  async function forget(tx: Db, profileId: string): Promise<void> {
    await tx.delete(table).where(inArray(table.profileTag, tagsOf(profileId)));
  }

  return {
    /** The choice about a profile: `on` and `refuse` where none was made. */
    async of(profileId: string): Promise<Choice> {
      // While a master key is replaced there may be one under each: the newest key's is the later one.
      let row: { sealed: string } | undefined;
      for (const tag of tagsOf(profileId)) row ??= (await byTag(storage.read).execute({ tag }))[0];
      if (row === undefined) return DEFAULT;
      return sealedChoice.parse(JSON.parse(seals.open('relay-choice', profileId, row.sealed)));
    },

    /** Keeps a choice instead of the last one. */
    async set(profileId: string, choice: Choice): Promise<void> {
      const profileTag = seals.tag('relay-profile', profileId);
      const sealed = seals.sealPadded('relay-choice', profileId, JSON.stringify(sealedChoice.parse(choice)), SIZE);
      await storage.write(async (tx) => {
        const earlier = tagsOf(profileId).filter((tag) => tag !== profileTag);
        for (const tag of earlier) await tx.delete(table).where(eq(table.profileTag, tag));
        await tx
          .insert(table)
          .values({ profileTag, sealed })
          .onConflictDoUpdate({ target: table.profileTag, set: { sealed } });
      });
    },

    /** Removes what is kept about a profile that goes, in a transaction of the caller's. */
    forget,
  };
}
