import { createHash, pbkdf2Sync, scryptSync } from 'node:crypto';
import argon2 from 'argon2';
import bcrypt from 'bcryptjs';
import type { ImportedHash } from '../../src/legacy/row.ts';
import { makeOldPasswords } from '../../src/legacy/schemes/old-passwords.ts';
import { readHash } from '../../src/legacy/schemes/schemes.ts';

type Note = (name: string, value: number, unit: string, aim?: string) => void;

/** Each scheme is measured for so long, in milliseconds, in rounds that take turns with the bare function; the least counts. */
const ROUND = 700;
const ROUNDS = 5;
const READ = 200_000;

const PASSWORD = 'the barn door creaks at dusk';
const bytes = Buffer.from(PASSWORD);
const SALT = Buffer.from('0123456789abcdef');
const passlib = (data: Buffer): string => data.toString('base64').replaceAll('=', '').replaceAll('+', '.');

/** So many digests of a digest and the password, one after the other. */
function chain(digest: string, count: number): Buffer {
  let made: Buffer = Buffer.alloc(0);
  for (let left = count; left > 0; left -= 1) made = createHash(digest).update(made).update(bytes).digest();
  return made;
}

/** What an application's hash costs by the bare function, at the cost that it has by default. */
const BARE: readonly { name: string; hash: ImportedHash; work: () => unknown }[] = [
  {
    name: 'bcrypt, cost 10 (Mastodon, Pixelfed)',
    hash: { text: bcrypt.hashSync(PASSWORD, 10) },
    work: () => bcrypt.hashSync(PASSWORD, `$2b$10$${'A'.repeat(22)}`),
  },
  {
    name: 'bcrypt, cost 12, with a pepper (Synapse)',
    hash: { text: bcrypt.hashSync(`${PASSWORD}pepper`, 12), algorithm: 'synapse' },
    work: () => bcrypt.hashSync(PASSWORD, `$2b$12$${'A'.repeat(22)}`),
  },
  {
    name: 'argon2id, 64 MiB, 4 passes (Nextcloud)',
    hash: { text: `3|$argon2id$v=19$m=65536,t=4,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}` },
    work: () =>
      argon2.hash(bytes, { raw: true, memoryCost: 65_536, timeCost: 4, parallelism: 1, salt: SALT, hashLength: 32 }),
  },
  {
    name: 'PBKDF2-SHA512, 600,000 iterations (Odoo)',
    hash: { text: `$pbkdf2-sha512$600000$${passlib(SALT)}$${passlib(Buffer.alloc(64))}` },
    work: () => pbkdf2Sync(bytes, SALT, 600_000, 64, 'sha512'),
  },
  {
    name: 'PBKDF2-SHA256, 10,000 iterations (Grafana)',
    hash: { text: 'ab'.repeat(50), salt: '0123456789', algorithm: 'grafana' },
    work: () => pbkdf2Sync(bytes, SALT, 10_000, 50, 'sha256'),
  },
  {
    name: 'scrypt, N 65,536, r 16, p 2 (Gitea)',
    hash: { text: 'ab'.repeat(50), salt: '0123456789', algorithm: 'scrypt' },
    work: () => scryptSync(bytes, SALT, 50, { N: 65_536, r: 16, p: 2, maxmem: 2 ** 29 }),
  },
  {
    name: 'SCRAM-SHA-1, 10,000 iterations (Prosody)',
    hash: { text: 'ab'.repeat(20), salt: 'salt', algorithm: 'prosody', iterations: '10000' },
    work: () => pbkdf2Sync(bytes, SALT, 10_000, 20, 'sha1'),
  },
  {
    name: 'SHA-512, 5,000 times (wallabag)',
    hash: { text: Buffer.alloc(64).toString('base64'), salt: 'salt', algorithm: 'symfony' },
    work: () => chain('sha512', 5000),
  },
  {
    name: 'phpass, 8,192 times MD5 (WordPress)',
    hash: { text: `$P$B12345678${'A'.repeat(22)}` },
    work: () => chain('md5', 8192),
  },
  {
    name: 'sha512-crypt, 5,000 rounds',
    hash: { text: `$6$0123456789abcdef$${'A'.repeat(86)}` },
    work: () => chain('sha512', 5000),
  },
  { name: 'md5-crypt', hash: { text: `$1$01234567$${'A'.repeat(22)}` }, work: () => chain('md5', 1000) },
  {
    name: 'salted SHA-1 (LDAP)',
    hash: { text: `{SSHA}${Buffer.alloc(28).toString('base64')}` },
    work: () => chain('sha1', 1),
  },
];

/** Processor time of one, in milliseconds. */
async function costOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  const start = performance.now();
  let done = 0;
  for (; performance.now() - start < ROUND; done += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / done;
}

/**
 * What an old password costs, thread and all, against the bare function that it was hashed with; and how fast hashes are
 * read at an import.
 */
export async function measureOldPasswords(note: Note): Promise<void> {
  const passwords = makeOldPasswords();
  for (const { name, hash, work } of BARE) {
    const read = readHash(hash);
    if (read.kind !== 'record') throw new Error(`${name}: ${read.kind}`);
    const { record } = read;
    const ours = (): Promise<boolean> => passwords.verify(record, PASSWORD, { pepper: 'pepper' });
    await ours();
    await work();
    const [bare, whole]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      bare.push(await costOf(work));
      whole.push(await costOf(ours));
    }
    note(`${name}: bare`, Math.min(...bare), 'CPU-ms');
    note(`${name}: what we add`, Math.min(...whole) - Math.min(...bare), 'CPU-ms', 'at most 5');
  }
  await passwords.close();
  const before = process.cpuUsage();
  for (let done = 0; done < READ; done += 1) readHash(BARE[done % BARE.length]?.hash ?? { text: '' });
  const { user, system } = process.cpuUsage(before);
  note('reading 1,000,000 hashes at an import', (user + system) / READ, 'CPU-s');
}
