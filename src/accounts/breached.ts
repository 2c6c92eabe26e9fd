import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../config.ts';
import { DamagedFile, examine, holds, placeOf, PREFIXES, readHead, type Head } from './breached-file.ts';

/** Where the file of passwords known from leaks lies, or would lie. */
export function breachedPasswordsFile(config: Pick<Config, 'ALUCO_BREACHED_PASSWORDS' | 'ALUCO_DATA'>): string {
  return config.ALUCO_BREACHED_PASSWORDS || path.join(config.ALUCO_DATA, 'breached-passwords');
}

/** How the file is: not there, finished, on its way, or of no use, and why. */
export type BreachedState =
  | { readonly kind: 'none' }
  | (Head & { readonly kind: 'ready' | 'unfinished'; readonly records: number })
  | { readonly kind: 'damaged'; readonly why: string };

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** Looks at a file as a whole; takes 4 MiB for a moment. */
export async function breachedState(name: string): Promise<BreachedState> {
  try {
    await using file = await open(name, 'r');
    const found = await examine(file);
    return { ...found, kind: found.next === PREFIXES ? 'ready' : 'unfinished' };
  } catch (error) {
    if (isMissing(error)) return { kind: 'none' };
    return { kind: 'damaged', why: error instanceof DamagedFile ? error.message : (error as Error).message };
  }
}

/** Whether a password, in the form in which it is hashed, is known from leaks. */
export type IsBreached = (form: string) => Promise<boolean>;

/**
 * Looks passwords up in the file, which may come, go and be replaced at any time: it is opened for each new password,
 * and two short pieces of it are read. Nothing is sent anywhere. Where there is no file, or none that can be read, no
 * password is known: a new password must not wait for an administrator. `aluco doctor` says so.
 */
export function makeIsBreached(name: string): IsBreached {
  return async function isBreached(form) {
    try {
      await using file = await open(name, 'r');
      const { next } = await readHead(file);
      if (next !== PREFIXES) return false;
      // The leaks are published under SHA-1: it protects nothing here, it is a name.
      return await holds(file, placeOf(createHash('sha1').update(form).digest('hex')));
    } catch {
      return false;
    }
  };
}
