import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { eq } from 'drizzle-orm';
import { makeSeals, SealError, type Seals } from './seal.ts';
import type { Storage } from './storage.ts';

/** The master key is missing, wrong or carelessly kept. The message is for the administrator. */
export class MasterKeyError extends Error {
  override readonly name = 'MasterKeyError';
}

const CHECK = 'master_key_check';

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
  const [row] = await storage.read.select().from(meta).where(eq(meta.key, CHECK));
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

/**
 * The seals of this database. The master key comes from the setting (base64url, newest first) or from `file`, which is
 * made when there is neither a key nor anything in the database. The database keeps a check value, so that a wrong or
 * lost key is one clear refusal at the start and never a page that fails.
 * @throws {MasterKeyError}
 */
export async function loadSeals(storage: Storage, configured: readonly string[], file: string): Promise<Seals> {
  const check = await readCheck(storage);
  let keys: Buffer[] = configured.map((key) => Buffer.from(key, 'base64url'));
  let made = false;
  if (keys.length === 0) {
    let key = readKeyFile(file);
    if (key === undefined) {
      if (check !== undefined) {
        throw new MasterKeyError(
          `The master key of this database is missing: put it back into ${file} or give it as ALUCO_MASTER_KEY. Without it nothing in the database can be read.`,
        );
      }
      key = makeKeyFile(file);
      made = true;
    }
    keys = [key];
  }
  const seals = makeSeals(keys);
  let expected = check;
  if (expected === undefined) {
    const { meta } = storage.tables;
    const value = seals.seal('check', '', 'aluco');
    await storage.write(async (tx) => void (await tx.insert(meta).values({ key: CHECK, value }).onConflictDoNothing()));
    expected = await readCheck(storage);
  }
  if (expected === undefined || !opens(seals, expected)) {
    if (made) unlinkSync(file);
    throw new MasterKeyError(
      'The master key does not belong to this database. Give the key that was in use when the database was made; nothing was changed.',
    );
  }
  return seals;
}
