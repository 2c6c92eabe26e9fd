import { generateKeyPairSync, randomUUID, type JsonWebKey } from 'node:crypto';
import { asc, eq } from 'drizzle-orm';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';

/** The algorithms we sign with; each has a key at all times. */
export const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const;
type Algorithm = (typeof ALGORITHMS)[number];

/** A private key as the library takes it. */
export type SigningKey = JsonWebKey & { kid: string; alg: string; use: 'sig' };

const MINUTE = 60_000;
const DAY = 86_400_000;

/**
 * A new key is published this long before it signs: longer than any node takes to notice it, and than clients keep an
 * old copy of the keys by our own Cache-Control.
 */
export const PUBLISH_AHEAD = 15 * MINUTE;
/**
 * A key is published this long after its last signature: longer than a session, because applications keep the ID token
 * of a session to sign out with.
 */
export const PUBLISH_AFTER = 30 * DAY;

type KeyRow = { kid: string; algorithm: string; createdAt: number; sealed: string };

/** Which keys are published at a moment, the one that signs first; and which are past use. */
export function schedule<K extends { createdAt: number }>(
  oldestFirst: readonly K[],
  now: number,
): { published: K[]; past: K[] } {
  const [first] = oldestFirst;
  if (first === undefined) return { published: [], past: [] };
  // The very first key has nobody to take over from and signs at once.
  const ready = oldestFirst.filter((key) => key === first || key.createdAt + PUBLISH_AHEAD <= now);
  const signing = ready.at(-1) ?? first;
  const replacedAt = (key: K): number => {
    const next = oldestFirst[oldestFirst.indexOf(key) + 1];
    return next === undefined ? Number.POSITIVE_INFINITY : next.createdAt + PUBLISH_AHEAD;
  };
  const past = oldestFirst.filter((key) => replacedAt(key) + PUBLISH_AFTER <= now);
  const others = oldestFirst.filter((key) => key !== signing && !past.includes(key));
  return { published: [signing, ...others], past };
}

function makeKey(algorithm: Algorithm): SigningKey {
  const { privateKey } =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : algorithm === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('ed25519');
  return { ...privateKey.export({ format: 'jwk' }), kid: randomId(), alg: algorithm, use: 'sig' };
}

/**
 * The keys that sign tokens, sealed in the database. Which one signs follows from the time alone, so all nodes agree
 * without talking: a new key is published, then signs, then is published a while longer, then goes.
 */
export function makeSigningKeys({ storage, seals, now }: { storage: Storage; seals: Seals; now: () => number }) {
  const { signingKey } = storage.tables;

  const rows = (): Promise<KeyRow[]> =>
    storage.read.select().from(signingKey).orderBy(asc(signingKey.createdAt), asc(signingKey.kid));

  const open = (row: KeyRow): SigningKey => JSON.parse(seals.open('signing-key', row.kid, row.sealed)) as SigningKey;

  async function add(algorithms: readonly Algorithm[], onlyIf: (existing: KeyRow[]) => boolean): Promise<boolean> {
    const createdAt = now();
    const made = algorithms.map((algorithm) => {
      const key = makeKey(algorithm);
      return { kid: key.kid, algorithm, createdAt, sealed: seals.seal('signing-key', key.kid, JSON.stringify(key)) };
    });
    return storage.write(async (tx) => {
      // Whoever holds this row decides alone: two nodes that start at once make one set of keys.
      const { lease } = storage.tables;
      const holder = randomUUID();
      await tx
        .insert(lease)
        .values({ name: 'signing-keys', holder, until: 0 })
        .onConflictDoUpdate({ target: lease.name, set: { holder } });
      const existing = await tx.select().from(signingKey).orderBy(asc(signingKey.createdAt), asc(signingKey.kid));
      if (!onlyIf(existing)) return false;
      await tx.insert(signingKey).values(made);
      return true;
    });
  }

  return {
    /** Makes the first key of each algorithm that has none. */
    async ensure(): Promise<void> {
      const existing = await rows();
      for (const algorithm of ALGORITHMS) {
        const has = (list: KeyRow[]): boolean => list.some((row) => row.algorithm === algorithm);
        if (!has(existing)) await add([algorithm], (list) => !has(list));
      }
    },

    /** The published keys of this moment; of each algorithm the one that signs comes first. */
    async current(): Promise<SigningKey[]> {
      const all = await rows();
      return ALGORITHMS.flatMap((algorithm) =>
        schedule(
          all.filter((row) => row.algorithm === algorithm),
          now(),
        ).published.map(open),
      );
    },

    /** Begins the replacement of all keys: the new ones are published at once and sign a quarter of an hour later. */
    async rotate(): Promise<void> {
      await add(ALGORITHMS, () => true);
    },

    /**
     * Rotates when the newest keys are older than `days`, and forgets keys past use if it may. A key from a day that has
     * not come was made under a wrong clock and does not put the next one off.
     */
    async maintain(days: number, mayForget: boolean): Promise<void> {
      const isDue = (list: KeyRow[]): boolean =>
        list.every((row) => row.createdAt + days * DAY <= now() || row.createdAt > now() + DAY);
      const all = await rows();
      if (isDue(all)) await add(ALGORITHMS, isDue);
      if (!mayForget) return;
      for (const algorithm of ALGORITHMS) {
        const { past } = schedule(
          all.filter((row) => row.algorithm === algorithm),
          now(),
        );
        for (const { kid } of past)
          await storage.write(async (tx) => void (await tx.delete(signingKey).where(eq(signingKey.kid, kid))));
      }
    },
  };
}
