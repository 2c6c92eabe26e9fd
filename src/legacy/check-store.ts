import { and, asc, eq, getTableColumns, gt, inArray, or } from 'drizzle-orm';
import type { Storage } from '../storage/storage.ts';

/** So many rows are looked at together. */
const PAGE = 500;

/** The queries of `check.ts`. */
export function makeOldNameCheckStore({ read, tables }: Storage) {
  const { legacyAddress, legacyBatch, legacyProfile, nameTaken, profile } = tables;
  return {
    batches: () => read.select().from(legacyBatch),

    /** Old names after one, in the order of their keys. */
    page: (after: { applicationId: string; nameKey: string } | undefined) =>
      read
        .select()
        .from(legacyProfile)
        .where(
          after === undefined
            ? undefined
            : or(
                gt(legacyProfile.applicationId, after.applicationId),
                and(eq(legacyProfile.applicationId, after.applicationId), gt(legacyProfile.nameKey, after.nameKey)),
              ),
        )
        .orderBy(asc(legacyProfile.applicationId), asc(legacyProfile.nameKey))
        .limit(PAGE),

    /** By which tags which names are found, after one tag, and the old name where there is one. */
    addresses: (after: string | undefined) =>
      read
        .select({ ...getTableColumns(legacyAddress), row: getTableColumns(legacyProfile) })
        .from(legacyAddress)
        .leftJoin(
          legacyProfile,
          and(
            eq(legacyProfile.applicationId, legacyAddress.applicationId),
            eq(legacyProfile.nameKey, legacyAddress.nameKey),
          ),
        )
        .where(after === undefined ? undefined : gt(legacyAddress.addressTag, after))
        .orderBy(asc(legacyAddress.addressTag))
        .limit(PAGE),

    /** The profiles that were made with one of these subjects. */
    profilesOf: (subjects: readonly string[]) =>
      read
        .select({
          id: profile.id,
          applicationId: profile.applicationId,
          name: profile.name,
          subject: profile.subject,
          aliasLocal: profile.aliasLocal,
          source: profile.source,
        })
        .from(profile)
        .where(inArray(profile.subject, [...subjects])),

    /** Which of these keys profiles of an application have. */
    async held(applicationId: string, keys: readonly string[]): Promise<Set<string>> {
      const rows = await read
        .select({ nameKey: profile.nameKey })
        .from(profile)
        .where(and(eq(profile.applicationId, applicationId), inArray(profile.nameKey, [...keys])));
      return new Set(rows.map(({ nameKey }) => nameKey));
    },

    /** Which of these shapes are taken at an application. */
    async shapes(applicationId: string, shapes: readonly string[]): Promise<Set<string>> {
      const rows = await read
        .select({ shape: nameTaken.shape })
        .from(nameTaken)
        .where(and(eq(nameTaken.applicationId, applicationId), inArray(nameTaken.shape, [...shapes])));
      return new Set(rows.map(({ shape }) => shape));
    },

    /** Imported profiles after one, in the order of their ids. */
    imported: (after: string | undefined) =>
      read
        .select({ id: profile.id, applicationId: profile.applicationId, subject: profile.subject })
        .from(profile)
        .where(and(eq(profile.source, 'imported'), after === undefined ? undefined : gt(profile.id, after)))
        .orderBy(asc(profile.id))
        .limit(PAGE),
  };
}
