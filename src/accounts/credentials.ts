import { and, eq, inArray, sql } from 'drizzle-orm';
import type { z } from 'zod';
import { randomId, type Seals } from '../storage/seal.ts';
import { perHandle, type Db, type Storage } from '../storage/storage.ts';
import { accountOf, sealDetails } from './account.ts';
import { makeAccountStore } from './store.ts';

/** What proves a second factor by itself: an account that has one of these is asked for it at every sign-in. */
export const FACTOR_KINDS = ['totp', 'passkey'] as const;
export type FactorKind = (typeof FACTOR_KINDS)[number];

/** What belongs to an account beside its password. Of `recovery-code` and `second-mailbox` there is one row at most. */
export type CredentialKind = FactorKind | 'recovery-code' | 'second-mailbox';

/** So many of one kind one account may have (P8). */
export const CREDENTIALS_MAX = 20;

/** Larger than any content but a passkey's, which may take two. */
const STEP = 1024;

/** What a credential is sealed for: its account, its kind and its row. */
export function credentialContext(accountId: string, kind: string, id: string): string {
  return `${accountId}:${kind}:${id}`;
}

/** A credential, opened. `version` is another after each change: what was read and changed meanwhile is not written over. */
export type Credential<T> = { readonly id: string; readonly version: string; readonly content: T };

export type Credentials = ReturnType<typeof makeCredentials>;

/**
 * The credentials of an account beside its password: sealed, each for its account, its kind and its row. Whether the
 * account has a second factor stands in the account itself, and is kept right here.
 */
export function makeCredentials({ storage, seals, now }: { storage: Storage; seals: Seals; now: () => number }) {
  const { credential } = storage.tables;
  const accounts = makeAccountStore(storage);
  const ofKind = (accountId: string, kind: CredentialKind) =>
    and(eq(credential.accountId, accountId), eq(credential.kind, kind));

  const listed = perHandle((db) =>
    db
      .select()
      .from(credential)
      .where(and(eq(credential.accountId, sql.placeholder('accountId')), eq(credential.kind, sql.placeholder('kind'))))
      .prepare('credentials_of_kind'),
  );

  async function hasFactor(tx: Db, accountId: string): Promise<boolean> {
    const factors = await tx
      .select({ id: credential.id })
      .from(credential)
      .where(and(eq(credential.accountId, accountId), inArray(credential.kind, [...FACTOR_KINDS])))
      .limit(1);
    return factors.length > 0;
  }

  /** Writes into the account whether it has a second factor; without one, codes to do without it are worth nothing. */
  async function settle(tx: Db, accountId: string): Promise<void> {
    const row = await accounts.lock(tx, accountId);
    if (row === undefined) return;
    const secondFactor = await hasFactor(tx, accountId);
    if (!secondFactor) await tx.delete(credential).where(ofKind(accountId, 'recovery-code'));
    const sealed = sealDetails(seals, accountId, { ...accountOf(seals, row, now()), secondFactor });
    await accounts.update(tx, accountId, { sealed });
  }

  function openRow<T>(
    kind: CredentialKind,
    content: z.ZodType<T>,
    row: { id: string; accountId: string; sealed: string },
  ) {
    const json: unknown = JSON.parse(
      seals.open('credential', credentialContext(row.accountId, kind, row.id), row.sealed),
    );
    return { id: row.id, version: row.sealed, content: content.parse(json) };
  }

  const seal = (accountId: string, kind: CredentialKind, id: string, content: unknown): string =>
    seals.sealPadded('credential', credentialContext(accountId, kind, id), JSON.stringify(content), STEP);

  return {
    /** Whether the account has a factor of any kind. */
    hasFactor,

    /** Those of one kind, in no order that says anything. Inside a transaction by `tx`. */
    async list<T>(
      accountId: string,
      kind: CredentialKind,
      content: z.ZodType<T>,
      db: Db = storage.read,
    ): Promise<Credential<T>[]> {
      const rows = await listed(db).execute({ accountId, kind });
      return rows.map((row) => openRow(kind, content, row));
    },

    /** The one that is looked up by a tag, and whose it is. */
    async findByTag<T>(
      tags: string[],
      kind: CredentialKind,
      content: z.ZodType<T>,
    ): Promise<(Credential<T> & { readonly accountId: string }) | undefined> {
      const [row] = await storage.read
        .select()
        .from(credential)
        .where(and(inArray(credential.tag, tags), eq(credential.kind, kind)))
        .limit(1);
      return row === undefined ? undefined : { ...openRow(kind, content, row), accountId: row.accountId };
    },

    /**
     * Adds one, in a transaction of the caller's.
     * @returns its id, or nothing where the tag is taken or the account has as many as it may.
     */
    async add(
      tx: Db,
      accountId: string,
      kind: CredentialKind,
      content: unknown,
      tag?: string,
    ): Promise<string | undefined> {
      await accounts.lock(tx, accountId);
      const there = await tx.select({ id: credential.id }).from(credential).where(ofKind(accountId, kind));
      if (there.length >= CREDENTIALS_MAX) return undefined;
      const id = randomId();
      const row = { id, accountId, kind, tag: tag ?? null, sealed: seal(accountId, kind, id, content) };
      const added = await tx.insert(credential).values(row).onConflictDoNothing().returning({ id: credential.id });
      if (added.length === 0) return undefined;
      await settle(tx, accountId);
      return id;
    },

    /** Writes another content; returns false where it is gone or was written since it was read. */
    async replace(
      tx: Db,
      accountId: string,
      kind: CredentialKind,
      before: Credential<unknown>,
      content: unknown,
    ): Promise<boolean> {
      const rows = await tx
        .update(credential)
        .set({ sealed: seal(accountId, kind, before.id, content) })
        .where(and(eq(credential.id, before.id), eq(credential.sealed, before.version)))
        .returning({ id: credential.id });
      return rows.length === 1;
    },

    /** Removes one of an account's; returns false where it has none of this id. */
    async remove(tx: Db, accountId: string, kind: CredentialKind, id: string): Promise<boolean> {
      const rows = await tx
        .delete(credential)
        .where(and(eq(credential.id, id), ofKind(accountId, kind)))
        .returning({ id: credential.id });
      await settle(tx, accountId);
      return rows.length === 1;
    },

    /** Removes all of some kinds. */
    async removeAll(tx: Db, accountId: string, kinds: readonly CredentialKind[]): Promise<void> {
      await tx.delete(credential).where(and(eq(credential.accountId, accountId), inArray(credential.kind, [...kinds])));
      await settle(tx, accountId);
    },
  };
}
