import { argon2Layout, argon2Scheme } from './argon2.ts';
import { bcryptSha256 } from './bcrypt-sha256.ts';
import { bcryptLayout, bcryptScheme } from './bcrypt.ts';
import { digestLayout, digestScheme, mysql } from './digest.ts';
import { discourse } from './discourse.ts';
import { django } from './django.ts';
import { fluxbb } from './fluxbb.ts';
import { gitea } from './gitea.ts';
import { grafana } from './grafana.ts';
import { ldap } from './ldap.ts';
import { matomo } from './matomo.ts';
import { md5CryptLayout, md5CryptScheme } from './md5-crypt.ts';
import { mediawiki } from './mediawiki.ts';
import { mumble } from './mumble.ts';
import { nextcloud } from './nextcloud.ts';
import { passlibPbkdf2, pbkdf2Columns, pbkdf2Scheme } from './pbkdf2.ts';
import { drupal, phpassLayout, phpassScheme } from './phpass.ts';
import { textOf, type HashRecord } from './record.ts';
import type { Layout, Preparation, Scheme } from './scheme.ts';
import { scramLayout, scramScheme } from './scram.ts';
import { scryptFileLayout, scryptFileScheme } from './scrypt-file.ts';
import { scryptCrypt, scryptLayout, scryptScheme } from './scrypt.ts';
import { seafile } from './seafile.ts';
import { shaCryptLayout, shaCryptScheme } from './sha-crypt.ts';
import { symfonyLayout, symfonyScheme } from './symfony.ts';
import { devise, synapse } from './synapse.ts';
import { wordpress } from './wordpress.ts';

const SCHEMES: readonly Scheme[] = [
  bcryptScheme,
  argon2Scheme,
  scryptScheme,
  scryptFileScheme,
  pbkdf2Scheme,
  scramScheme,
  shaCryptScheme,
  md5CryptScheme,
  phpassScheme,
  symfonyScheme,
  digestScheme,
];

/** In the order in which they are asked: those that an application names before those that are known by their shape. */
export const LAYOUTS: readonly Layout[] = [
  synapse,
  devise,
  nextcloud,
  wordpress,
  seafile,
  discourse,
  gitea,
  grafana,
  mumble,
  symfonyLayout,
  matomo,
  pbkdf2Columns,
  scramLayout,
  bcryptLayout,
  argon2Layout,
  bcryptSha256,
  passlibPbkdf2,
  scryptLayout,
  scryptCrypt,
  scryptFileLayout,
  shaCryptLayout,
  md5CryptLayout,
  phpassLayout,
  drupal,
  fluxbb,
  django,
  mediawiki,
  ldap,
  mysql,
  digestLayout,
];

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

const forms = new Map<string, number>(
  LAYOUTS.flatMap((layout) => Object.keys(layout.preparations ?? {}).map((name) => [name, layout.forms ?? 1])),
);

/** How many forms of a password are verified at most. */
export function formsOf({ before }: HashRecord): number {
  return (typeof before === 'string' ? forms.get(before) : undefined) ?? 1;
}
