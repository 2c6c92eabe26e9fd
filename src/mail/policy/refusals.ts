import { eq } from 'drizzle-orm';
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { SealError, type Seals } from '../../storage/seal.ts';
import type { Db, Storage } from '../../storage/storage.ts';
import { REASONS, type Reason } from './verdict.ts';

const HOUR = 3_600_000;
/** How many different ones are kept of an application. */
const KEPT = 30;
/** Larger than so many can be, so that the size of a row says nothing. */
const PADDING = 16_384;

const refusal = z.object({
  domain: z.string().optional(),
  reason: z.enum(REASONS),
  network: z.string().optional(),
  count: z.number().int(),
  at: z.number().int(),
});

/** Mail that an application's profiles did not get, as its administrators see it. */
export type Refusal = {
  /** That of From; undefined where there is none to be read. */
  readonly domain?: string | undefined;
  readonly reason: Reason;
  /** The address of the machine that brought it, where that is one of a private network. */
  readonly network?: string | undefined;
  readonly count: number;
  /** The hour in which it was last so, in milliseconds. */
  readonly at: number;
};

/** What is reported; `address`: of the client. */
export type Report = { readonly domain: string | undefined; readonly reason: Reason; readonly address: string };

export type Refusals = ReturnType<typeof makeRefusals>;

/**
 * The machine, where it stands in a private network. That is what an administrator needs to name it as the
 * application's own; a public address would be a stranger's, is decided by the domain's own records alone, and is not
 * kept (P9).
 */
function privateAddress(address: string): string | undefined {
  if (!ipaddr.isValid(address)) return undefined;
  const parsed = ipaddr.process(address);
  return ['private', 'loopback', 'uniqueLocal', 'carrierGradeNat'].includes(parsed.range())
    ? parsed.toString()
    : undefined;
}

const isSame = (one: Refusal, other: Refusal): boolean =>
  one.domain === other.domain && one.reason === other.reason && one.network === other.network;

/** The list with one more, newest first. */
function withRefusal(list: readonly Refusal[], added: Refusal): Refusal[] {
  const before = list.find((one) => isSame(one, added));
  const counted = { ...added, count: (before?.count ?? 0) + added.count, at: Math.max(before?.at ?? 0, added.at) };
  return [counted, ...list.filter((one) => one !== before)].slice(0, KEPT);
}

const merged = (list: readonly Refusal[], newer: readonly Refusal[]): Refusal[] =>
  newer.toReversed().reduce<Refusal[]>(withRefusal, [...list]);

/**
 * What mail to each application's profiles was last refused for: domain, reason, how often, the hour. Nothing of a
 * profile, and no finer time, for one would tell when somebody's address was written to (P1). A refusal costs nothing
 * for it: they wait in memory, already counted together and cut to thirty, until `flush`.
 */
export function makeRefusals({ storage, seals, now }: { storage: Storage; seals: Seals; now: () => number }) {
  const { relayRefusals } = storage.tables;
  let waiting = new Map<string, Refusal[]>();
  let writing: Promise<void> = Promise.resolve();

  const sealOf = (applicationId: string, list: readonly Refusal[]): string =>
    seals.sealPadded('relay-refusals', applicationId, JSON.stringify(list), PADDING);

  /** What a row says; nothing where no key opens it any more, or a newer program wrote it. */
  function open(row: { applicationId: string; sealed: string } | undefined): Refusal[] {
    if (row === undefined) return [];
    try {
      const text = seals.open('relay-refusals', row.applicationId, row.sealed);
      return z.array(refusal).safeParse(JSON.parse(text)).data ?? [];
    } catch (error) {
      if (error instanceof SealError) return [];
      throw error;
    }
  }

  /** Rows are taken one after the other, in one order on all nodes, and read under their lock. */
  async function write(tx: Db, applicationId: string, newer: readonly Refusal[]): Promise<void> {
    const mine = eq(relayRefusals.applicationId, applicationId);
    await tx
      .insert(relayRefusals)
      .values({ applicationId, sealed: sealOf(applicationId, []) })
      .onConflictDoNothing();
    await tx.update(relayRefusals).set({ applicationId }).where(mine);
    const [row] = await tx.select().from(relayRefusals).where(mine);
    await tx
      .update(relayRefusals)
      .set({ sealed: sealOf(applicationId, merged(open(row), newer)) })
      .where(mine);
  }

  async function writeBatch(): Promise<void> {
    if (waiting.size === 0) return;
    const batch = waiting;
    waiting = new Map();
    const sorted = [...batch].toSorted(([one], [other]) => (one < other ? -1 : 1));
    try {
      await storage.write(async (tx) => {
        for (const [applicationId, newer] of sorted) await write(tx, applicationId, newer);
      });
    } catch (error) {
      for (const [applicationId, newer] of batch) {
        waiting.set(applicationId, merged(newer, waiting.get(applicationId) ?? []));
      }
      throw error;
    }
  }

  function flush(): Promise<void> {
    writing = writing.catch(() => undefined).then(writeBatch);
    return writing;
  }

  return {
    /** Takes note of mail that was refused or held for its sender. */
    note(applicationId: string, { domain, reason, address }: Report): void {
      const at = Math.floor(now() / HOUR) * HOUR;
      const added = { domain, reason, network: privateAddress(address), count: 1, at };
      waiting.set(applicationId, withRefusal(waiting.get(applicationId) ?? [], added));
    },

    /** Writes what waits, all applications in one transaction, merged with what other nodes wrote. */
    flush,

    /** The last refusals of an application's mail, newest first, those of this very moment among them. */
    async read(applicationId: string): Promise<Refusal[]> {
      await flush();
      const [row] = await storage.read
        .select()
        .from(relayRefusals)
        .where(eq(relayRefusals.applicationId, applicationId));
      return open(row);
    },

    /** Forgets what was said of a domain at an application, once it is allowed. */
    async forget(applicationId: string, domain: string): Promise<void> {
      await flush();
      await storage.write(async (tx) => {
        const mine = eq(relayRefusals.applicationId, applicationId);
        await tx.update(relayRefusals).set({ applicationId }).where(mine);
        const [row] = await tx.select().from(relayRefusals).where(mine);
        const left = open(row).filter((one) => one.domain !== domain);
        if (row !== undefined)
          await tx
            .update(relayRefusals)
            .set({ sealed: sealOf(applicationId, left) })
            .where(mine);
      });
    },
  };
}
