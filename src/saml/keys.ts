import { createPrivateKey, generateKeyPair, randomUUID, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { eq, inArray } from 'drizzle-orm';
import { UserError } from '../errors.ts';
import { randomId, type Seals } from '../storage/seal.ts';
import type { Storage } from '../storage/storage.ts';
import { describeCertificate, selfSigned } from './certificate.ts';
import { PUBLISH_AHEAD, RENEW_AHEAD, schedule, TAKE_OVER, VALIDITY_YEARS, type State } from './key-schedule.ts';

const DAY = 86_400_000;

/** A key of ours and its certificate. All times in milliseconds. */
export type Credential = {
  readonly id: string;
  readonly privateKey: KeyObject;
  /** DER, base64 without line breaks. */
  readonly certificate: string;
  /** SHA-256 of the certificate, as `AA:BB:…`. */
  readonly fingerprint: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly createdAt: number;
  /** When it begins to sign, or began. */
  readonly signsFrom: number;
  readonly state: State;
};

/** The credentials of a moment: the one that signs, and all that are published, that one first. */
export type Credentials = { readonly signing: Credential; readonly published: readonly Credential[] };

export type SamlKeys = ReturnType<typeof makeSamlKeys>;

type Row = { id: string; createdAt: number; signsFrom: number };
type Sealed = { privateKey: string; certificate: string };
type Opened = Pick<Credential, 'privateKey' | 'certificate' | 'fingerprint' | 'notBefore' | 'notAfter'>;
type Published = { key: Row; state: State }[];

/**
 * The keys that SAML messages are signed with, sealed in the database, each with its certificate. `name` is the common
 * name in the certificates: our host.
 */
export function makeSamlKeys({
  storage,
  seals,
  now,
  name,
}: {
  storage: Storage;
  seals: Seals;
  now: () => number;
  name: string;
}) {
  const { samlKey, lease } = storage.tables;
  const times = { id: samlKey.id, createdAt: samlKey.createdAt, signsFrom: samlKey.signsFrom };
  /** What does not change about a key once it is made; the times are read at each use, since any node may change them. */
  const opened = new Map<string, Opened>();

  /** The first key on its way: anybody may be the first to need one, and all who do wait for the same. */
  let first: Promise<unknown> | undefined;

  const rows = (): Promise<Row[]> => storage.read.select(times).from(samlKey);

  async function make(): Promise<{ id: string; createdAt: number; sealed: string }> {
    // In the background: searching primes takes a tenth of a second and more.
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    const createdAt = now();
    const notBefore = createdAt - (createdAt % DAY);
    const notAfter = new Date(notBefore).setUTCFullYear(new Date(notBefore).getUTCFullYear() + VALIDITY_YEARS);
    const id = randomId();
    const content: Sealed = {
      privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      certificate: selfSigned(privateKey, { name, notBefore, notAfter }),
    };
    return { id, createdAt, sealed: seals.seal('saml-key', id, JSON.stringify(content)) };
  }

  /** Adds a key that signs so many milliseconds from now, if what is there allows it. */
  async function add(ahead: number, onlyIf: (existing: readonly Row[]) => boolean): Promise<boolean> {
    const made = await make();
    return storage.write(async (tx) => {
      // Whoever holds this row decides alone: two nodes that start at once make one key.
      const holder = randomUUID();
      await tx
        .insert(lease)
        .values({ name: 'saml-keys', holder, until: 0 })
        .onConflictDoUpdate({ target: lease.name, set: { holder } });
      if (!onlyIf(await tx.select(times).from(samlKey))) return false;
      await tx.insert(samlKey).values({ ...made, signsFrom: made.createdAt + ahead });
      return true;
    });
  }

  async function publishedRows(): Promise<Published> {
    let all = await rows();
    if (all.length === 0) {
      // The very first key has nobody to take over from and signs at once.
      first ??= add(0, (existing) => existing.length === 0).finally(() => (first = undefined));
      await first;
      all = await rows();
    }
    return schedule(all, now()).published;
  }

  async function open(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const sealed = await storage.read
      .select({ id: samlKey.id, sealed: samlKey.sealed })
      .from(samlKey)
      .where(inArray(samlKey.id, [...ids]));
    for (const row of sealed) {
      const content = JSON.parse(seals.open('saml-key', row.id, row.sealed)) as Sealed;
      const { certificate } = content;
      const privateKey = createPrivateKey(content.privateKey);
      opened.set(row.id, { privateKey, certificate, ...describeCertificate(certificate) });
    }
  }

  /**
   * The credentials of this moment; makes the first key where there is none. Costs one small query: keys are opened once,
   * while which of them signs is asked each time, so that no node signs with a key that another has taken out of use.
   */
  async function current(): Promise<Credentials> {
    return credentialsOf(await publishedRows());
  }

  async function credentialsOf(published: Published): Promise<Credentials> {
    const ids = new Set(published.map(({ key }) => key.id));
    for (const id of opened.keys()) if (!ids.has(id)) opened.delete(id);
    await open([...ids].filter((id) => !opened.has(id)));
    const credentials = published.flatMap(({ key, state }): Credential[] => {
      const known = opened.get(key.id);
      return known === undefined ? [] : [{ ...key, ...known, state }];
    });
    const signing = credentials.find(({ state }) => state === 'signing');
    if (signing === undefined) throw new Error('no SAML key signs');
    return { signing, published: credentials };
  }

  /** Whether none is on its way to replace the one that signs. */
  const hasNoNext = (existing: readonly Row[]): boolean =>
    schedule(existing, now()).published.every(({ state }) => state !== 'next');

  return {
    current,

    /** Like `current`, but writes nothing: nothing where there is no key yet. */
    async existing(): Promise<Credentials | undefined> {
      const { published } = schedule(await rows(), now());
      return published.length === 0 ? undefined : credentialsOf(published);
    },

    /**
     * Makes the next key: its certificate is published at once and signs 30 days later, or when it is activated.
     * @throws {UserError} `certificate_already_next` while there is one already.
     */
    async prepare(): Promise<void> {
      const published = await publishedRows();
      const isFree = published.every(({ state }) => state !== 'next');
      if (!isFree || !(await add(PUBLISH_AHEAD, hasNoNext))) throw new UserError('certificate_already_next');
    },

    /**
     * Lets the next key sign from now on; the one before stays published for 30 days.
     * @throws {UserError} `certificate_not_next` where the key is none that waits.
     */
    async activate(id: string): Promise<void> {
      const isDone = await storage.write(async (tx) => {
        const { published } = schedule(await tx.select(times).from(samlKey), now());
        if (!published.some(({ key, state }) => key.id === id && state === 'next')) return false;
        await tx.update(samlKey).set({ signsFrom: now() }).where(eq(samlKey.id, id));
        return true;
      });
      if (!isDone) throw new UserError('certificate_not_next');
    },

    /**
     * Prepares the next key 90 days before the certificate that signs ends, to take over a week before it ends, and
     * forgets keys past use if it may. Where nothing was ever signed there is nothing to do. Nodes may all run it.
     */
    async maintain(mayForget = true): Promise<void> {
      const all = await rows();
      if (all.length === 0) return;
      const { signing } = await current();
      const left = signing.notAfter - now();
      if (left <= RENEW_AHEAD && hasNoNext(all)) await add(Math.max(PUBLISH_AHEAD, left - TAKE_OVER), hasNoNext);
      if (!mayForget) return;
      for (const { id } of schedule(all, now()).past)
        await storage.write(async (tx) => void (await tx.delete(samlKey).where(eq(samlKey.id, id))));
    },
  };
}
