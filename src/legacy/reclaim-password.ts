import type { Seals } from '../storage/seal.ts';
import type { Batches } from './batches.ts';
import { openFound, type Found, type Typed } from './reclaim-finding.ts';
import type { ReclaimStore } from './reclaim-store.ts';
import type { OldPasswords } from './schemes/old-passwords.ts';
import type { HashRecord } from './schemes/record.ts';
import { decoyOf } from './schemes/schemes.ts';

/** Verifies old passwords, aside: see `schemes/`. */
export type PasswordWork = Pick<OldPasswords, 'verify' | 'waste'>;

/** Longer ones no application took (A65). */
const PASSWORD_MAX = 1024;

/** What an application's passwords cost is believed for so long, in milliseconds, for so many applications. */
const BELIEVED = 10 * 60_000;
const REMEMBERED = 1000;

/** So many batches of an application, and rows of each, say what its old passwords cost. */
const BATCHES = 20;
const SAMPLE = 32;

type Needs = {
  store: ReclaimStore;
  seals: Seals;
  batches: Pick<Batches, 'find' | 'list'>;
  now: () => number;
  passwords: PasswordWork;
};

/** A record, and the batch whose secrets it needs. */
type Tried = { readonly record: HashRecord; readonly batchId: string };

/**
 * Whether an old password is right. For a name that nobody had, that was taken back, or that has no password, the work is
 * that of one of the application's, the same for that name each time: neither answer nor time tells who had an account
 * there, whatever their passwords cost (A71).
 */
export function makeOldPasswordCheck({ store, seals, batches, now, passwords }: Needs) {
  const usual = new Map<string, { readonly until: number; readonly decoys: readonly Tried[] }>();

  /** What passwords cost that were imported and are not forgotten, as some of them tell: as often as they cost that. */
  async function sampleOf(applicationId: string): Promise<readonly Tried[]> {
    const there = (await batches.list(applicationId)).filter(
      ({ status, forgotten }) => status !== 'undone' && forgotten === undefined,
    );
    const sample: Tried[] = [];
    for (const { id: batchId } of there.slice(0, BATCHES)) {
      for (const row of await store.someFree(batchId, SAMPLE)) {
        const { record } = openFound(seals, row).secret;
        if (record !== undefined) sample.push({ record: decoyOf(record as HashRecord), batchId });
      }
    }
    return sample;
  }

  async function decoysAt(applicationId: string): Promise<readonly Tried[]> {
    const known = usual.get(applicationId);
    if (known !== undefined && now() < known.until && known.until <= now() + BELIEVED) return known.decoys;
    const decoys = await sampleOf(applicationId);
    if (usual.size >= REMEMBERED) usual.clear();
    // One whose import has just begun has none yet, and soon has.
    if (decoys.length > 0) usual.set(applicationId, { until: now() + BELIEVED, decoys });
    return decoys;
  }

  /** What is tried for a name that has no password: the same for a name each time, and for others what others have. */
  function insteadOf(applicationId: string, { canonical }: Typed, decoys: readonly Tried[]): Tried | undefined {
    const [, mac = ''] = seals.tag('legacy-decoy', applicationId, canonical).split('.');
    return decoys[Buffer.from(mac, 'base64url').readUIntBE(0, 6) % decoys.length];
  }

  /** @throws {UserError} busy */
  return async function isRight(
    applicationId: string,
    typed: Typed,
    found: Found | undefined,
    password: string,
  ): Promise<boolean> {
    // No application took one like it, whatever the name.
    if (password === '' || password.length > PASSWORD_MAX) return false;
    const instead = insteadOf(applicationId, typed, await decoysAt(applicationId));
    const own: Tried | undefined =
      found?.row.status === 'free' && found.secret.record !== undefined
        ? { record: found.secret.record as HashRecord, batchId: found.row.batchId }
        : undefined;
    const tried = own ?? instead;
    // Where no password is left at all, nothing is to be kept apart.
    if (tried === undefined) return false;
    const secrets = (await batches.find(tried.batchId))?.secrets ?? {};
    if (own !== undefined) return passwords.verify(own.record, password, secrets);
    return passwords.waste(tried.record, password, secrets);
  };
}
