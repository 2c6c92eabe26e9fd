import { and, asc, eq, gt, ne } from 'drizzle-orm';
import type { Storage } from '../storage/storage.ts';

/** What is read of an old name at a time: enough that the database is asked rarely, little enough to hold. */
const PAGE = 500;

export type LinkRow = {
  readonly applicationId: string;
  readonly nameKey: string;
  readonly name: string;
  readonly status: string;
  readonly sealed: string;
};

/** The queries of `links.ts`. */
export function makeLinksStore({ read, tables: { legacyBatch, legacyProfile } }: Storage) {
  /** Names of an import that was undone halfway are nobody's. */
  const stands = and(eq(legacyBatch.id, legacyProfile.batchId), ne(legacyBatch.status, 'undone'));

  return {
    /** All old names of an application, taken back or not, in the order of their keys, many at a time. */
    async *pages(applicationId: string): AsyncGenerator<readonly LinkRow[]> {
      let after: string | undefined;
      for (;;) {
        const page = await read
          .select({
            applicationId: legacyProfile.applicationId,
            nameKey: legacyProfile.nameKey,
            name: legacyProfile.name,
            status: legacyProfile.status,
            sealed: legacyProfile.sealed,
          })
          .from(legacyProfile)
          .innerJoin(legacyBatch, stands)
          .where(
            and(
              eq(legacyProfile.applicationId, applicationId),
              after === undefined ? undefined : gt(legacyProfile.nameKey, after),
            ),
          )
          .orderBy(asc(legacyProfile.nameKey))
          .limit(PAGE);
        yield page;
        after = page.at(-1)?.nameKey;
        if (page.length < PAGE) return;
      }
    },
  };
}
