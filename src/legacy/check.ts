import { shapeOf } from '../names.ts';
import { inPages, type Findings } from '../storage/findings.ts';
import type { Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { addressTags } from './address-tag.ts';
import { batchOf, type Batch } from './batch.ts';
import { makeOldNameCheckStore } from './check-store.ts';
import { identityOf } from './identity.ts';
import { openLegacy, type LegacySecret } from './secret.ts';

type Needs = {
  readonly storage: Storage;
  readonly seals: Seals;
  readonly findings: Findings;
  /** The ids of all applications. */
  readonly applications: ReadonlySet<string>;
};

type Store = ReturnType<typeof makeOldNameCheckStore>;
type Row = Awaited<ReturnType<Store['page']>>[number];
type Address = Awaited<ReturnType<Store['addresses']>>[number];
type Opened = { readonly row: Row; readonly secret: LegacySecret } & ReturnType<typeof identityOf>;

/**
 * Looks whether old names hold together, and writes nothing: all of it opens; each name that was taken back has its
 * profile and nothing else any more, and none that is free has one; each is found by its address, belongs to a batch and
 * to an application, and is given to nobody else. Names nobody but the name it looks at.
 */
export async function checkOldNames({ storage, seals, findings, applications }: Needs): Promise<void> {
  const store = makeOldNameCheckStore(storage);

  const batches = new Map<string, Batch | undefined>();
  for (const row of await store.batches()) {
    batches.set(row.id, undefined);
    if (!applications.has(row.applicationId)) findings.add('old_batch_stray', row.id);
    try {
      batches.set(row.id, batchOf(seals, row));
    } catch {
      findings.add('old_batch_sealed', row.id);
    }
  }

  function opening(row: Row): Opened[] {
    try {
      const secret = openLegacy(seals, row);
      return [{ row, secret, ...identityOf(secret) }];
    } catch {
      return [];
    }
  }

  function open(row: Row): Opened[] {
    const opened = opening(row);
    if (opened.length === 0) findings.add('old_name_sealed', row.name);
    return opened;
  }

  /** What a row says by itself, beside its batch. */
  function checkRow({ row, secret }: Opened): void {
    const isTaken = row.status === 'taken';
    const { address, record } = secret;
    const batch = batches.get(row.batchId);
    if (!applications.has(row.applicationId)) findings.add('old_name_stray', row.name);
    if (!batches.has(row.batchId) || (batch !== undefined && batch.applicationId !== row.applicationId))
      findings.add('old_name_batch', row.name);
    else if (batch?.status === 'undone') findings.add('old_name_undone', row.name);
    if (isWiped(row) && (address !== undefined || record !== undefined)) findings.add('old_name_kept', row.name);
    if ((!isTaken && row.status !== 'free') || isTaken !== (row.takenDay !== null))
      findings.add('old_name_status', row.name);
  }

  /** Whether a name should have lost its password and address. What a forgotten batch keeps is kept against what was said. */
  function isWiped({ status, batchId }: Row): boolean {
    return status === 'taken' || batches.get(batchId)?.forgotten !== undefined;
  }

  /** What says by which address a name is found. */
  function checkAddress({ addressTag, nameKey, row }: Address): void {
    if (row === null) {
      findings.add('old_address_stray', nameKey);
    } else if (isWiped(row)) {
      findings.add('old_name_kept', row.name);
    } else {
      // One that does not open was named as such.
      for (const { secret } of opening(row)) {
        if (!addressTags(seals, row.applicationId, secret.address).includes(addressTag))
          findings.add('old_name_tag', row.name);
      }
    }
  }

  /** Whether profiles and old names of one application agree. */
  async function checkProfilesOf(applicationId: string, opened: readonly Opened[]): Promise<void> {
    const [profiles, held, shapes] = await Promise.all([
      store.profilesOf(opened.map(({ subject }) => subject)),
      store.held(
        applicationId,
        opened.map(({ row }) => row.nameKey),
      ),
      store.shapes(
        applicationId,
        opened.map(({ row }) => shapeOf(row.name)),
      ),
    ]);
    const bySubject = new Map(profiles.map((profile) => [profile.subject, profile]));
    for (const { row, subject, aliasLocal } of opened) {
      const profile = bySubject.get(subject);
      if (!shapes.has(shapeOf(row.name))) findings.add('old_name_given', row.name);
      if (row.status === 'taken') {
        const isIts =
          profile?.applicationId === applicationId &&
          profile.source === 'imported' &&
          profile.aliasLocal === aliasLocal;
        if (!isIts) findings.add('old_name_profile', row.name);
      } else if (profile !== undefined || held.has(row.nameKey)) findings.add('old_name_held', row.name);
    }
  }

  const subjects = new Set<string>();
  let after: Row | undefined;
  for (;;) {
    const rows = await store.page(after);
    after = rows.at(-1);
    if (after === undefined) break;
    const opened = rows.flatMap(open);
    for (const one of opened) {
      checkRow(one);
      if (one.row.status === 'taken') subjects.add(one.subject);
    }
    for (const applicationId of new Set(rows.map((row) => row.applicationId))) {
      const there = opened.filter(({ row }) => row.applicationId === applicationId);
      if (there.length > 0) await checkProfilesOf(applicationId, there);
    }
  }
  for await (const found of inPages(store.addresses, ({ addressTag }) => addressTag)) found.forEach(checkAddress);
  for await (const rows of inPages(store.imported, ({ id }) => id)) {
    for (const { id, subject } of rows) if (!subjects.has(subject)) findings.add('profile_not_imported', id);
  }
}
