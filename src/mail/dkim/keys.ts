import { createPrivateKey, generateKeyPair, randomInt, randomUUID, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { asc, eq } from 'drizzle-orm';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import type { Seals } from '../../storage/seal.ts';
import type { Db, Storage } from '../../storage/storage.ts';
import type { DkimAlgorithm, MailKey, MailKeyPair } from './verdict.ts';
import { publicRecord } from './public-record.ts';

export type MailKeys = ReturnType<typeof makeMailKeys>;

/** A key of ours, whether it signs at this moment, and what must be published of it. */
export type ListedKey = {
  readonly selector: string;
  readonly algorithm: DkimAlgorithm;
  /** In milliseconds. */
  readonly createdAt: number;
  readonly signs: boolean;
  /** The name and the text of its TXT record. */
  readonly name: string;
  readonly record: string;
};

const ALGORITHMS: readonly DkimAlgorithm[] = ['rsa-sha256', 'ed25519-sha256'];
const RSA_BITS = 2048;
/** Every node signs with a key so soon after another was told to use it, in milliseconds. */
const REMEMBERED = 10_000;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** `usedFrom`: when it was told to sign, in milliseconds; of each algorithm the one that was told last does. */
const content = z.object({ pkcs8: z.base64(), usedFrom: z.number().nullable() });
type Opened = {
  readonly selector: string;
  readonly algorithm: DkimAlgorithm;
  readonly createdAt: number;
  readonly usedFrom: number | null;
  readonly pkcs8: string;
};

const generate = promisify(generateKeyPair);

async function makeKey(algorithm: DkimAlgorithm): Promise<string> {
  const { privateKey } =
    algorithm === 'rsa-sha256' ? await generate('rsa', { modulusLength: RSA_BITS }) : await generate('ed25519', {});
  return privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
}

const privateKeyOf = ({ pkcs8 }: Opened): KeyObject =>
  createPrivateKey({ key: Buffer.from(pkcs8, 'base64'), format: 'der', type: 'pkcs8' });

/** The month, and something no key before had. */
function makeSelector(algorithm: DkimAlgorithm, now: number): string {
  const month = new Date(now).toISOString().slice(0, 7).replace('-', '');
  const some = Array.from({ length: 6 }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('');
  return `aluco-${month}-${some}${algorithm === 'rsa-sha256' ? 'r' : 'e'}`;
}

/** Which key of an algorithm signs: the one that was told last to. */
const signing = (keys: readonly Opened[], algorithm: DkimAlgorithm): Opened | undefined =>
  keys
    .filter((key) => key.algorithm === algorithm && key.usedFrom !== null)
    .toSorted((a, b) => (b.usedFrom ?? 0) - (a.usedFrom ?? 0))[0];

/**
 * The keys that forwarded mail is signed with, sealed in the database. The first pair signs at once; any other only when
 * it is told to, after its record was published. So nothing that leaves is signed with a key that nobody can look up.
 */
export function makeMailKeys({ storage, seals, now }: { storage: Storage; seals: Seals; now: () => number }) {
  const { mailKey, lease } = storage.tables;
  /** Keys are read into the form that signs once. */
  const imported = new Map<string, MailKey>();
  let remembered: { readonly at: number; readonly pair: Promise<MailKeyPair> } | undefined;

  async function readAll(db: Db): Promise<Opened[]> {
    const rows = await db.select().from(mailKey).orderBy(asc(mailKey.createdAt), asc(mailKey.selector));
    return rows.flatMap(({ selector, algorithm, createdAt, sealed }) => {
      const known = ALGORITHMS.find((one) => one === algorithm);
      const opened = content.parse(JSON.parse(seals.open('mail-key', selector, sealed)));
      return known === undefined ? [] : [{ selector, algorithm: known, createdAt, ...opened }];
    });
  }

  const sealedFor = ({ selector, pkcs8, usedFrom }: Pick<Opened, 'selector' | 'pkcs8' | 'usedFrom'>): string =>
    seals.seal('mail-key', selector, JSON.stringify({ pkcs8, usedFrom }));

  /** Whoever holds this row decides alone, on whichever node. */
  async function alone<T>(work: (tx: Db, keys: Opened[]) => Promise<T>): Promise<T> {
    const result = await storage.write(async (tx) => {
      const holder = randomUUID();
      await tx
        .insert(lease)
        .values({ name: 'mail-keys', holder, until: 0 })
        .onConflictDoUpdate({ target: lease.name, set: { holder } });
      return work(tx, await readAll(tx));
    });
    remembered = undefined;
    return result;
  }

  async function make(algorithms: readonly DkimAlgorithm[], usedFrom: number | null): Promise<Opened[]> {
    return Promise.all(
      algorithms.map(async (algorithm) => ({
        selector: makeSelector(algorithm, now()),
        algorithm,
        createdAt: now(),
        usedFrom,
        pkcs8: await makeKey(algorithm),
      })),
    );
  }

  async function insert(tx: Db, keys: readonly Opened[]): Promise<void> {
    const rows = keys.map((key) => {
      const { selector, algorithm, createdAt } = key;
      return { selector, algorithm, createdAt, sealed: sealedFor(key) };
    });
    if (rows.length > 0) await tx.insert(mailKey).values(rows);
  }

  async function ensure(): Promise<void> {
    const lacking = (keys: readonly Opened[]): DkimAlgorithm[] =>
      ALGORITHMS.filter((algorithm) => signing(keys, algorithm) === undefined);
    const made = await make(lacking(await readAll(storage.read)), now());
    if (made.length === 0) return;
    await alone(async (tx, keys) => {
      const still = lacking(keys);
      await insert(
        tx,
        made.filter(({ algorithm }) => still.includes(algorithm)),
      );
    });
  }

  async function pair(): Promise<MailKeyPair> {
    await ensure();
    const keys = await readAll(storage.read);
    const [rsa, ed25519] = ALGORITHMS.map((algorithm) => {
      const key = signing(keys, algorithm);
      if (key === undefined) throw new Error('no key signs mail');
      const known = imported.get(key.selector) ?? { selector: key.selector, algorithm, privateKey: privateKeyOf(key) };
      imported.set(key.selector, known);
      return known;
    }) as [MailKey, MailKey];
    return { rsa, ed25519 };
  }

  return {
    /** Makes the first pair, which signs at once, where there is none. Several nodes at once make one. */
    ensure,

    /** The keys that sign now; made where there are none. */
    current(): Promise<MailKeyPair> {
      const at = now();
      if (remembered !== undefined && remembered.at <= at && at < remembered.at + REMEMBERED) return remembered.pair;
      const fresh = { at, pair: pair() };
      remembered = fresh;
      fresh.pair.catch(() => {
        if (remembered === fresh) remembered = undefined;
      });
      return fresh.pair;
    },

    /** All keys, the oldest first, with the records that a domain needs. */
    async records(domain: string): Promise<ListedKey[]> {
      const keys = await readAll(storage.read);
      return keys.map((key) => ({
        selector: key.selector,
        algorithm: key.algorithm,
        createdAt: key.createdAt,
        signs: signing(keys, key.algorithm) === key,
        name: `${key.selector}._domainkey.${domain}`,
        record: publicRecord(privateKeyOf(key), key.algorithm),
      }));
    },

    /** Makes another pair, which does not sign yet; returns the selectors. */
    async add(): Promise<string[]> {
      const made = await make(ALGORITHMS, null);
      await alone((tx) => insert(tx, made));
      return made.map(({ selector }) => selector);
    },

    /**
     * Has a key sign, in place of the one of its algorithm that did. The record of that one must stay published for as
     * long as what it signed is on its way.
     * @throws {UserError} `mail_key_unknown`
     */
    async use(selector: string): Promise<void> {
      await alone(async (tx, keys) => {
        const key = keys.find((one) => one.selector === selector);
        if (key === undefined) throw new UserError('mail_key_unknown');
        // Later than any other, whatever the clock says.
        const usedFrom = Math.max(now(), ...keys.map((one) => (one.usedFrom ?? 0) + 1));
        await tx
          .update(mailKey)
          .set({ sealed: sealedFor({ ...key, usedFrom }) })
          .where(eq(mailKey.selector, selector));
      });
    },

    /**
     * Forgets a key that does not sign.
     * @throws {UserError} `mail_key_unknown`, `mail_key_signs`
     */
    async remove(selector: string): Promise<void> {
      await alone(async (tx, keys) => {
        const key = keys.find((one) => one.selector === selector);
        if (key === undefined) throw new UserError('mail_key_unknown');
        if (signing(keys, key.algorithm) === key) throw new UserError('mail_key_signs');
        await tx.delete(mailKey).where(eq(mailKey.selector, selector));
      });
    },
  };
}
