import { constants, createGunzip, createGzip } from 'node:zlib';
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { BackupError } from './backup-format.ts';
import { codeOf } from './storage.ts';

/**
 * The envelope of a backup: gzip inside of age (https://age-encryption.org/v1), so that `age -d | gunzip` opens it without
 * us. Every byte is authenticated, and so is the end.
 */

/** To whom a backup is closed: recipients, any of whom opens it, or a passphrase. */
export type Lock = { readonly recipients: readonly string[] } | { readonly passphrase: string };

/** What opens a backup. */
export type Key = { readonly identities: readonly string[] } | { readonly passphrase: string };

/** A shorter passphrase is guessed by whoever has the file. */
export const PASSPHRASE_MIN = 12;

/** The logarithm of what a guess costs: 128 MiB of memory, once for each backup. */
const SCRYPT_WORK = 17;

const CHUNK = 64 * 1024;

/** A new key pair: `identity` opens what is closed to `recipient`. */
export async function newKeyPair(): Promise<{ identity: string; recipient: string }> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** @throws {BackupError} when a recipient or the passphrase cannot be used. */
function encrypterFor(lock: Lock): Encrypter {
  const encrypter = new Encrypter();
  if ('passphrase' in lock) {
    encrypter.setPassphrase(lock.passphrase);
    encrypter.setScryptWorkFactor(SCRYPT_WORK);
    return encrypter;
  }
  for (const recipient of lock.recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch {
      throw new BackupError(`${recipient.slice(0, 80)} is not a recipient of age: it begins with age1.`);
    }
  }
  return encrypter;
}

/** Compresses, then encrypts; what comes out is the file. Holds no more than a few chunks. */
export async function enclose(lines: AsyncIterable<Buffer>, lock: Lock): Promise<Readable> {
  const encrypter = encrypterFor(lock);
  // Nearly all is sealed, and so random: looking for repetitions costs three times as much and finds none.
  const zip = createGzip({ level: 1, strategy: constants.Z_HUFFMAN_ONLY, chunkSize: CHUNK });
  pipeline(Readable.from(lines, { objectMode: false }), zip, () => undefined);
  const encrypted = await encrypter.encrypt(Readable.toWeb(zip) as ReadableStream<Uint8Array>);
  return Readable.fromWeb(encrypted as NodeReadableStream);
}

/** @throws {BackupError} when an identity cannot be used. */
function decrypterFor(key: Key): Decrypter {
  const decrypter = new Decrypter();
  if ('passphrase' in key) {
    decrypter.addPassphrase(key.passphrase);
    return decrypter;
  }
  for (const identity of key.identities) {
    try {
      decrypter.addIdentity(identity);
    } catch {
      throw new BackupError(
        'The file of the identity does not hold one of age: a line that begins with AGE-SECRET-KEY-1.',
      );
    }
  }
  return decrypter;
}

/** What went wrong with the contents of a backup. A fault of the disk is none of them. */
function damage(error: unknown): unknown {
  if (error instanceof BackupError || /^E[A-Z]+$/u.test(codeOf(error))) return error;
  return new BackupError('The backup is cut or was changed: it does not hold together to its end.', { cause: error });
}

/**
 * Opens a backup file and gives what was enclosed, chunk by chunk. What it gave is genuine, but whether all of it is
 * there is known only at the end.
 * @throws {BackupError} when it is none, when the key does not open it, and, while it is read, when it is cut or changed.
 */
export async function disclose(file: string, key: Key): Promise<AsyncIterable<Buffer>> {
  const decrypter = decrypterFor(key);
  const raw = createReadStream(file, { highWaterMark: 4 * CHUNK });
  const zip = createGunzip({ chunkSize: CHUNK });
  try {
    const plain = await decrypter.decrypt(Readable.toWeb(raw) as ReadableStream<Uint8Array>);
    pipeline(Readable.fromWeb(plain as NodeReadableStream), zip, () => raw.destroy());
  } catch (error) {
    raw.destroy();
    if (codeOf(error) !== '') throw new BackupError(`${file} cannot be read (${codeOf(error)}).`, { cause: error });
    const { message } = error as Error;
    if (/no identity matched|invalid scrypt|passphrase/iu.test(message)) {
      throw new BackupError(
        'The backup does not open with this key: it was closed to another one, or its beginning was changed.',
      );
    }
    throw new BackupError(`${file} is not a backup, or its beginning is cut or was changed.`, { cause: error });
  }
  return (async function* chunks() {
    try {
      yield* zip as AsyncIterable<Buffer>;
    } catch (error) {
      throw damage(error);
    } finally {
      raw.destroy();
    }
  })();
}
