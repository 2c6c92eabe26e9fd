import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { mistakes, PASSWORDS, present, printed, runs, type Made } from './known.ts';

const PYTHON = '/usr/bin/python3';
const script = (name: string): string => path.join(import.meta.dirname, name);
const hashed = (program: string, name: string): Made[] =>
  JSON.parse(printed(program, [script(name)], JSON.stringify(PASSWORDS))) as Made[];

const phpPresent = present('PHP (php-cli)', runs('php', ['--version']));
const symfonyPresent = present(
  'Symfony (php-symfony-password-hasher)',
  phpPresent && existsSync('/usr/share/php/Symfony/Component/PasswordHasher/autoload.php'),
);
const passlibPresent = present(
  'passlib (python3-passlib, python3-bcrypt, python3-argon2)',
  runs(PYTHON, ['-c', 'import passlib, bcrypt, argon2']),
);
const opensslPresent = present('openssl', runs('openssl', ['version']));
const mkpasswdPresent = present('mkpasswd (whois)', runs('mkpasswd', ['--version']));
const perlPresent = present('perl', runs('perl', ['-v']));
const doveadmPresent = present('doveadm (dovecot-core)', runs('doveadm', ['pw', '-l']));

test.skipIf(!phpPresent)('whom PHP and the applications on it knew by a password is known by it', async () => {
  const made = hashed('php', 'hashes.php');
  expect(made.length).toBeGreaterThan(20 * PASSWORDS.length);
  const bySymfony = made.filter(({ name }) => name.startsWith('Symfony'));
  expect(bySymfony).toHaveLength(symfonyPresent ? 2 * PASSWORDS.length : 0);
  expect(await mistakes(made)).toEqual([]);
});

test.skipIf(!passlibPresent)('whom Python and passlib knew by a password is known by it', async () => {
  const made = hashed(PYTHON, 'hashes.py');
  expect(made.length).toBeGreaterThan(60 * PASSWORDS.length);
  expect(await mistakes(made)).toEqual([]);
});

/** Each password hashed by a command, which gets it on its standard input. */
function byCommand(name: string, program: string, args: readonly string[], passwords = PASSWORDS.slice()): Made[] {
  return passwords.map((password) => ({
    name,
    password,
    hash: { text: printed(program, args, `${password}\n`).trim() },
  }));
}

test.skipIf(!opensslPresent)('whom openssl passwd knew by a password is known by it', async () => {
  const made = ['-1', '-apr1', '-5', '-6'].flatMap((mark) =>
    byCommand(mark, 'openssl', ['passwd', mark, '-salt', 'moth3r', '-stdin']),
  );
  expect(await mistakes(made)).toEqual([]);
});

test.skipIf(!mkpasswdPresent)("whom Debian's crypt knew by a password is known by it", async () => {
  const methods = ['bcrypt', 'bcrypt-a', 'sha512crypt', 'sha256crypt', 'scrypt', 'md5crypt'];
  const short = PASSWORDS.filter((password) => Buffer.byteLength(password) < 66);
  const made = methods.flatMap((method) =>
    byCommand(
      method,
      'mkpasswd',
      ['-m', method, '-s', ...(method.startsWith('bcrypt') ? ['-R', '4'] : [])],
      method === 'scrypt' ? short.slice(0, 3) : short,
    ),
  );
  expect(await mistakes(made)).toEqual([]);
});

test.skipIf(!perlPresent)(
  "A65: what Perl's crypt made of a NUL, and of what stands behind it, is what we make",
  async () => {
    const settings = ['$1$salz$', '$5$salz$', '$6$rounds=1000$salz$', `$2y$04$${'.'.repeat(22)}`];
    const program = 'binmode STDOUT; print join("\\n", map { crypt("old\\0lamp", $_) } @ARGV)';
    const texts = printed('perl', ['-e', program, ...settings]).split('\n');
    expect(texts).toHaveLength(settings.length);
    const made = texts.map((text) => ({ name: 'perl', hash: { text }, password: 'old\0lamp' }));
    expect(await mistakes(made)).toEqual([]);
    expect(await mistakes(made.map((one) => ({ ...one, password: 'old' })))).toEqual([]);
  },
);

const DOVECOT = [
  'SHA SHA1 SSHA SHA256 SSHA256 SHA512 SSHA512 SMD5 LDAP-MD5 PLAIN-MD5 MD5 MD5-CRYPT SHA256-CRYPT SHA512-CRYPT',
  'BLF-CRYPT ARGON2I ARGON2ID PBKDF2 SCRAM-SHA-1 SCRAM-SHA-256 SSHA.hex SSHA512.HEX SHA256.b64 CRYPT',
].flatMap((line) => line.split(' '));

/** Its own numbers are slow for a test, or more than we take. */
const ROUNDS: Readonly<Record<string, readonly string[]>> = {
  'BLF-CRYPT': ['-r', '4'],
  ARGON2I: ['-r', '3'],
  ARGON2ID: ['-r', '3'],
};

test.skipIf(!doveadmPresent)('whom Dovecot knew by a password is known by it', async () => {
  const listed = printed('doveadm', ['pw', '-l']).split(/\s+/u);
  const schemes = DOVECOT.filter((scheme) => listed.includes(scheme.replace(/\..*/u, '')));
  expect(schemes.length).toBeGreaterThan(15);
  const made = schemes.flatMap((scheme) =>
    [PASSWORDS[1], PASSWORDS[2], PASSWORDS[3]].map((password) => ({
      name: scheme,
      password,
      hash: { text: printed('doveadm', ['pw', '-s', scheme, '-p', password, ...(ROUNDS[scheme] ?? [])]).trim() },
    })),
  );
  expect(await mistakes(made)).toEqual([]);
});

test('the passwords of the tests are typed in both forms of an accent', () => {
  expect(PASSWORDS.some((password) => password !== password.normalize('NFC'))).toBe(true);
  expect(readFileSync(script('hashes.py'), 'utf8')).toContain('NFKC');
});
