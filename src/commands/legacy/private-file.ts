import { constants } from 'node:fs';
import { access, lstat, open, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Told } from '../verb.ts';

/** What an administrator is told of a file that cannot be written. */
export function toldOf(file: string, error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'EEXIST':
      return new Told(`${file} is there already: name another file, or say --force to write it anew.`);
    case 'ELOOP':
      return new Told(`${file} is a link to elsewhere: nothing is written there.`);
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new Told(`There is no room for ${file} (${code}).`);
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new Told(`${file} cannot be written (${code}).`);
    default:
      return error;
  }
}

/**
 * Makes sure that a file can be made here, before any work: its folder can be written, and nothing has its name, unless
 * `force` says that it may. Answers whether something has.
 * @throws {Told} where it cannot
 */
export async function checkPlace(file: string, { force }: { readonly force: boolean }): Promise<boolean> {
  const folder = path.dirname(path.resolve(file));
  try {
    if (!(await stat(folder)).isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
    await access(folder, constants.W_OK | constants.X_OK);
    const there = await lstat(file).catch(() => undefined);
    if (there === undefined) return false;
    if (there.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    if (!force) throw Object.assign(new Error('it is there'), { code: 'EEXIST' });
    return true;
  } catch (error) {
    throw toldOf(file, error);
  }
}

/**
 * Makes sure of the same, and with `force` removes what has its name; of a link that is the link, never what it leads to.
 * @throws {Told} where it cannot
 */
export async function clearPlace(file: string, options: { readonly force: boolean }): Promise<void> {
  if (!(await checkPlace(file, options))) return;
  await rm(file).catch((error: unknown) => {
    throw toldOf(file, error);
  });
}

/**
 * Makes a file anew, for the owner of the process alone: what stands in it says who is who. Never goes over a file or
 * through a link that is there.
 * @throws {Told} where it cannot
 */
export async function newPrivateFile(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'wx+', 0o600);
  } catch (error) {
    throw toldOf(file, error);
  }
}

/**
 * Opens a file that an earlier run of the same command made, to go on with it; undefined where there is none.
 * @throws {Told} where it cannot be this one: a link, a file under two names, somebody else's
 */
export async function ownPrivateFile(file: string): Promise<FileHandle | undefined> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const found = await handle.stat();
    if (!found.isFile() || found.nlink > 1 || found.uid !== process.geteuid?.()) {
      throw new Told(`${file} is none that this import made: give the one of before with --rejects.`);
    }
    await handle.chmod(0o600);
    return handle;
  } catch (error) {
    await handle?.close();
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw toldOf(file, error);
  }
}
