import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { eq } from 'drizzle-orm';
import { makeSeals, SealError, type Seals } from './seal.ts';
import type { Storage } from './storage.ts';

/** The master key is missing, wrong or carelessly kept. The message is for the administrator. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError';
}

/** Where the check value of the master key stands among the facts of the database. */
export const MASTER_KEY_CHECK = 'master_key_check';

function readKeyFile(file: string): Buffer | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new MasterKeyError(`The master key file ${file} cannot be read.`);
  }
  if ((statSync(file).mode & 0o077) !== 0) {
    throw new MasterKeyError(`The master key file ${file} can be read by others: run chmod 600 on it.`);
  }
  const key = Buffer.from(text, 'base64url');
  if (key.length !== 32) throw new MasterKeyError(`The master key file ${file} does not hold 32 bytes in base64url.`);
  return key;
}

function makeKeyFile(file: string): Buffer {
  const key = randomBytes(32);
  const handle = openSync(file, 'wx', 0o600);
  try {
    writeSync(handle, `${key.toString('base64url')}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return key;
}

async function readCheck(storage: Storage): Promise<string | undefined> {
  const { meta } = storage.tables;
  const [row] = await storage.read.select().from(meta).where(eq(meta.key, MASTER_KEY_CHECK));
  return row?.value;
}

function opens(seals: Seals, check: string): boolean {
  try {
    return seals.open('check', '', check) === 'aluco';
  } catch (error) {
    if (error instanceof SealError) return false;
    throw error;
  }
}

/** The configured keys, or the one of the file; undefined where there is neither. */
function keptKeys(configured: readonly string[], file: string): Buffer[] | undefined {
  if (configured.length > 0) return configured.map((key) => Buffer.from(key, 'base64url'));
  const key = readKeyFile(file);
  return key === undefined ? undefined : [key];
}

/**
 * The master keys there are, newest first; none is made.
 * @throws {MasterKeyError}
 */
export function masterKeys(configured: readonly string[], file: string): readonly Buffer[] {
  return keptKeys(configured, file) ?? [];
}

/**
 * The seals that belong to a check value which is kept already. Makes no key and writes nothing.
 * @throws {MasterKeyError}
 */
export function sealsFor(check: string, configured: readonly string[], file: string): Seals {
  const keys = keptKeys(configured, file);
  if (keys === undefined) throw missingKey(file);
  const seals = makeSeals(keys);
  if (!opens(seals, check)) {
    throw new MasterKeyError(
      'The master key does not belong to this database. Give the key that was in use when the database was made; nothing was changed.',
    );
  }
  return seals;
}

function missingKey(file: string): MasterKeyError {
  return new MasterKeyError(
    `The master key of this database is missing: put it back into ${file} or give it as ALUCO_MASTER_KEY. Without it nothing in the database can be read.`,
  );
}

/**
 * The seals of this database. The master key comes from the setting (base64url, newest first) or from `file`, which is
 * made when there is neither a key nor anything in the database. The database keeps a check value, so that a wrong or
 * lost key is one clear refusal at the start and never a page that fails.
 * @throws {MasterKeyError}
 */
export async function loadSeals(storage: Storage, configured: readonly string[], file: string): Promise<Seals> {
  const check = await readCheck(storage);
  if (check !== undefined) return sealsFor(check, configured, file);
  const kept = keptKeys(configured, file);
  const seals = makeSeals(kept ?? [makeKeyFile(file)]);
  const { meta } = storage.tables;
  const value = seals.seal('check', '', 'aluco');
  await storage.write(
    async (tx) => void (await tx.insert(meta).values({ key: MASTER_KEY_CHECK, value }).onConflictDoNothing()),
  );
  try {
    // Another node may have been faster, with another key.
    return sealsFor((await readCheck(storage)) ?? '', configured, file);
  } catch (error) {
    if (kept === undefined) unlinkSync(file);
    throw error;
  }
}
