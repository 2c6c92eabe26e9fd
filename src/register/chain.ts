import { hash, randomBytes } from 'node:crypto';
import { asc, desc, eq, gt, lt, sql } from 'drizzle-orm';
import { z } from 'zod';
import { SealError, type Seals } from '../storage/seal.ts';
import type { Db, Storage } from '../storage/storage.ts';
import { canonical, registerContent, type RegisterContent } from './entries.ts';

/** Under what the number and the hash of the last entry stand. Whoever appends holds this row. */
const HEAD = 'register_head';
/** What the first entry's hash holds in place of one before. */
export const NO_HASH = '0'.repeat(64);
/** So many entries are read at a time. */
const PAGE = 200;
/** Rows grow in these steps, in bytes. */
const STEP = 1024;
/** So many faults are told at most (P8). */
const FAULTS_MAX = 100;

/** An entry as it stands. `text` is what is hashed: the canonical text of the content. `hash` and `salt` are hexadecimal. */
export type Entry = {
  readonly number: number;
  readonly hash: string;
  readonly salt: string;
  readonly text: string;
  readonly content: RegisterContent;
};

/** Where the register ends: the number of the last entry, 0 for none, and its hash. */
export type Head = { readonly number: number; readonly hash: string };

/**
 * What is wrong, at which entry: it is missing, does not open, does not agree with its hash and the one before, was
 * there when the head was written down and is no more, or is another than it was then.
 */
export type Fault = { readonly number: number; readonly what: 'missing' | 'sealed' | 'changed' | 'cut' | 'rewritten' };

/** `entries`: how many there are. `head`: of what is there. */
export type Verified = { readonly entries: number; readonly head: Head; readonly faults: readonly Fault[] };

export type Chain = ReturnType<typeof makeChain>;

const sealedEntry = z.object({ salt: z.string(), text: z.string() });

/** The hash of an entry: SHA-256 over four lines, without an end of the last: the hash before, number, salt, text. */
export function hashOf(before: string, number: number, salt: string, text: string): string {
  return hash('sha256', `${before}\n${number}\n${salt}\n${text}`, 'hex');
}

/** A head as it is written: `<number>:<hash>`. */
export const headText = ({ number, hash: value }: Head): string => `${number}:${value}`;

/** The head that a text is; undefined where it is none. */
export function parseHead(text: string): Head | undefined {
  const [, number, value] = /^(\d{1,15}):([\da-f]{64})$/u.exec(text.trim().toLowerCase()) ?? [];
  return number === undefined || value === undefined ? undefined : { number: Number(number), hash: value };
}

/**
 * The register: entries are appended and read, nothing else; there is no way here to change or remove one. Each entry's
 * hash holds the hash of the one before, so that whoever wrote a head down sees any later change of what it covers.
 */
export function makeChain({ storage, seals }: { storage: Storage; seals: Seals }) {
  const { meta, register } = storage.tables;
  const none: Head = { number: 0, hash: NO_HASH };
  type Row = typeof register.$inferSelect;

  function open({ number, hash: value, sealed }: Row): Entry {
    const { salt, text } = sealedEntry.parse(JSON.parse(seals.open('register', String(number), sealed)));
    return { number, hash: value, salt, text, content: registerContent.parse(JSON.parse(text)) };
  }

  /** The head, which nobody else appends to before `tx` ends. */
  async function lockHead(tx: Db): Promise<Head> {
    const [row] = await tx
      .insert(meta)
      .values({ key: HEAD, value: headText(none) })
      .onConflictDoUpdate({ target: meta.key, set: { value: sql`${meta.value}` } })
      .returning();
    const head = row === undefined ? undefined : parseHead(row.value);
    // Not to be mended by going on: what is appended would hide what happened.
    if (head === undefined) throw new Error('the head of the register cannot be read');
    return head;
  }

  async function* rows(from: number, db: Db): AsyncGenerator<Row> {
    for (let after = from; ;) {
      const page = await db
        .select()
        .from(register)
        .where(gt(register.number, after))
        .orderBy(asc(register.number))
        .limit(PAGE);
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      after = last.number;
    }
  }

  function openIfPossible(row: Row): Entry | undefined {
    try {
      return open(row);
    } catch (error) {
      if (error instanceof SealError || error instanceof z.ZodError || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  return {
    /**
     * Appends an entry in a transaction of the caller's, which holds the end of the register until it ends: entries are
     * numbered from 1 without a gap, on any number of nodes. Call it late in the transaction.
     */
    async append(tx: Db, content: RegisterContent): Promise<Head> {
      const before = await lockHead(tx);
      const number = before.number + 1;
      // Random, so that nobody finds out by trying what a hash stands for.
      const salt = randomBytes(16).toString('hex');
      const text = canonical(content);
      const head = { number, hash: hashOf(before.hash, number, salt, text) };
      const sealed = seals.sealPadded('register', String(number), JSON.stringify({ salt, text }), STEP);
      await tx.insert(register).values({ ...head, sealed });
      await tx
        .update(meta)
        .set({ value: headText(head) })
        .where(eq(meta.key, HEAD));
      return head;
    },

    /** The number and the hash of the last entry, as the last to append left them. */
    async head(db: Db = storage.read): Promise<Head> {
      const [row] = await db.select().from(meta).where(eq(meta.key, HEAD));
      return (row === undefined ? undefined : parseHead(row.value)) ?? none;
    },

    /** One entry; undefined where there is none. */
    async find(number: number, db: Db = storage.read): Promise<Entry | undefined> {
      if (!Number.isSafeInteger(number)) return undefined;
      const [row] = await db.select().from(register).where(eq(register.number, number));
      return row === undefined ? undefined : open(row);
    },

    /** `limit` entries before a number, or the last ones, the latest first. */
    async latest(before: number | undefined, limit: number): Promise<Entry[]> {
      const page = await storage.read
        .select()
        .from(register)
        .where(before === undefined ? undefined : lt(register.number, before))
        .orderBy(desc(register.number))
        .limit(limit);
      return page.map(open);
    },

    /** All entries after a number, from the first on; some are in memory at a time. */
    async *all(after = 0, db: Db = storage.read): AsyncGenerator<Entry> {
      for await (const row of rows(after, db)) yield open(row);
    },

    /**
     * Goes through all of it and finds what was changed, removed, put in or put elsewhere. Whoever has both the database
     * and the master key can write all of it anew: only a head that was written down elsewhere (`known`) shows that.
     */
    async verify(known: readonly Head[] = []): Promise<Verified> {
      const faults: Fault[] = [];
      const found = (number: number, what: Fault['what']): void => {
        if (faults.length < FAULTS_MAX) faults.push({ number, what });
      };
      const kept = await this.head();
      const heads = kept.number === 0 ? [...known] : [kept, ...known];
      let head = none;
      let entries = 0;
      for await (const row of rows(-1, storage.read)) {
        entries += 1;
        if (row.number !== head.number + 1) found(head.number + 1, 'missing');
        const entry = openIfPossible(row);
        if (entry === undefined) found(row.number, 'sealed');
        else if (hashOf(head.hash, row.number, entry.salt, entry.text) !== row.hash) found(row.number, 'changed');
        for (const { number, hash: value } of heads) {
          if (number === row.number && value !== row.hash) found(row.number, 'rewritten');
        }
        head = { number: row.number, hash: row.hash };
      }
      for (const { number } of heads) if (number > head.number) found(head.number + 1, 'cut');
      if (kept.number < head.number) found(kept.number + 1, 'changed');
      return { entries, head, faults };
    },
  };
}
