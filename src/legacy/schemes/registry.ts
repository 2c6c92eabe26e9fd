import { bcryptLayout, bcryptScheme } from './bcrypt.ts';
import { textOf, type HashRecord } from './record.ts';
import type { Layout, Preparation, Scheme } from './scheme.ts';

const SCHEMES: readonly Scheme[] = [bcryptScheme];

/** In the order in which they are asked: those that an application names before those that are known by their shape. */
export const LAYOUTS: readonly Layout[] = [bcryptLayout];

const schemes = new Map(SCHEMES.map((scheme) => [scheme.id, scheme]));

const preparations = new Map<string, Preparation>(
  LAYOUTS.flatMap((layout) => Object.entries(layout.preparations ?? {})),
);

/** @throws {Error} where there is none; internal. */
export function schemeOf({ scheme }: HashRecord): Scheme {
  const found = schemes.get(scheme);
  if (found === undefined) throw new Error(`no scheme ${scheme}`);
  return found;
}

/**
 * What is made of the password before; undefined where nothing is.
 * @throws {Error} where it is not known; internal.
 */
export function preparationOf(record: HashRecord): Preparation | undefined {
  if (record['before'] === undefined) return undefined;
  const name = textOf(record, 'before');
  const found = preparations.get(name);
  if (found === undefined) throw new Error(`no preparation ${name}`);
  return found;
}
