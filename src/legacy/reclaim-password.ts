import type { Batches } from './batches.ts';
import type { Found } from './reclaim-finding.ts';
import type { OldPasswords } from './schemes/old-passwords.ts';
import type { HashRecord } from './schemes/record.ts';

/** Verifies old passwords, aside: see `schemes/`. */
export type PasswordWork = Pick<OldPasswords, 'verify' | 'waste'>;

/** Longer ones no application took (A65). */
const PASSWORD_MAX = 1024;

/** What an application's usual password is, is believed for so long, in milliseconds, for so many applications. */
const BELIEVED = 10 * 60_000;
const REMEMBERED = 1000;

type Needs = {
  batches: Pick<Batches, 'list' | 'secretsOf'>;
  now: () => number;
  passwords: PasswordWork;
};

/** A record, and the batch whose secrets it needs. */
type Tried = { readonly record: HashRecord; readonly batchId: string };

/**
 * Whether an old password is right. For a name that nobody had, that was taken back, or that has no password, the work is
 * that of the application's most common one: neither answer nor time tells who had an account there (A71).
 */
export function makeOldPasswordCheck({ batches, now, passwords }: Needs) {
  const usual = new Map<string, { readonly until: number; readonly decoy: Tried | undefined }>();

  /** What most of the passwords cost that were imported and are not forgotten. */
  async function decoyAt(applicationId: string): Promise<Tried | undefined> {
    const there = (await batches.list(applicationId)).filter(
      ({ status, forgotten }) => status !== 'undone' && forgotten === undefined,
    );
    const schemes = there.flatMap(({ id, tally }) =>
      Object.values(tally.schemes).map(({ count, decoy }) => ({ count, record: decoy, batchId: id })),
    );
    return schemes.toSorted((one, other) => other.count - one.count)[0];
  }

  async function usualOf(applicationId: string): Promise<Tried | undefined> {
    const known = usual.get(applicationId);
    if (known !== undefined && now() < known.until && known.until <= now() + BELIEVED) return known.decoy;
    const decoy = await decoyAt(applicationId);
    if (usual.size >= REMEMBERED) usual.clear();
    // One whose import has just begun has none yet, and soon has.
    if (decoy !== undefined) usual.set(applicationId, { until: now() + BELIEVED, decoy });
    return decoy;
  }

  /** @throws {UserError} busy */
  return async function isRight(applicationId: string, found: Found | undefined, password: string): Promise<boolean> {
    // No application took one like it, whatever the name.
    if (password === '' || password.length > PASSWORD_MAX) return false;
    const instead = await usualOf(applicationId);
    const own: Tried | undefined =
      found?.row.status === 'free' && found.secret.record !== undefined
        ? { record: found.secret.record as HashRecord, batchId: found.row.batchId }
        : undefined;
    const tried = own ?? instead;
    // Where no password is left at all, nothing is to be kept apart.
    if (tried === undefined) return false;
    const secrets = await batches.secretsOf(tried.batchId);
    if (own !== undefined) return passwords.verify(own.record, password, secrets);
    return passwords.waste(tried.record, password, secrets);
  };
}

export type OldPasswordCheck = ReturnType<typeof makeOldPasswordCheck>;
