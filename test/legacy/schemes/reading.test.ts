import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ImportedHash } from '../../../src/legacy/row.ts';
import { costOf, decoyOf, readHash } from '../../../src/legacy/schemes/schemes.ts';
import { isRight, recordOf } from './known.ts';

const kindOf = (text: string, more: Partial<ImportedHash> = {}): string => readHash({ text, ...more }).kind;

/** Hashes with absurd parameters, as a hostile file would have them. */
const COSTLY: readonly (readonly [string, Partial<ImportedHash>?])[] = [
  [`$2b$31$${'A'.repeat(53)}`],
  [`$2y$15$${'A'.repeat(53)}`],
  [`1|$2y$31$${'A'.repeat(53)}`],
  [`$wp$2y$31$${'A'.repeat(53)}`],
  [`$bcrypt-sha256$v=2,t=2b,r=31$${'A'.repeat(22)}$${'A'.repeat(31)}`],
  [`{CRYPT}$2b$31$${'A'.repeat(53)}`],
  [`bcrypt_sha256$$2b$31$${'A'.repeat(53)}`],
  [`$2b$31$${'A'.repeat(53)}`, { algorithm: 'synapse' }],
  [`:bcrypt:31$${'A'.repeat(22)}$${'A'.repeat(31)}`],
  ['$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA'],
  ['$argon2id$v=19$m=64,t=4294967295,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA'],
  ['$argon2id$v=19$m=262144,t=1,p=4096$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA'],
  ['$argon2id$v=19$m=65536,t=1,p=17$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA'],
  // Quickly done, and too large: it is the memory alone that is in the way.
  ['$argon2id$v=19$m=262145,t=1,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA'],
  ['$scrypt$ln=19,r=8,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA'],
  ['$argon2id$v=19$m=99999999999999999999,t=1,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA'],
  ['ab'.repeat(50), { salt: '0123456789', algorithm: 'argon2$2$4194304$8$50' }],
  ['ab'.repeat(50), { salt: '0123456789', algorithm: 'scrypt$1073741824$16$2$50' }],
  ['ab'.repeat(50), { salt: '0123456789', algorithm: 'pbkdf2$1000000000$50' }],
  ['ab'.repeat(32), { salt: 'abcd', algorithm: '$pbkdf2-sha256$i=1000000000,l=32$' }],
  ['ab'.repeat(32), { salt: 'abcd', algorithm: 'discourse', iterations: '1000000000' }],
  ['ab'.repeat(48), { salt: 'abcd', algorithm: 'mumble', iterations: '1000000000' }],
  ['ab'.repeat(20), { salt: 'abcd', algorithm: 'prosody', iterations: '1000000000' }],
  ['ab'.repeat(20), { salt: 'abcd', algorithm: 'pbkdf2-sha512', iterations: '9'.repeat(400) }],
  ['$scrypt$ln=40,r=8,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA'],
  ['$scrypt$ln=14,r=8,p=1000000$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA'],
  ['$scrypt$ln=99999,r=9999999,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA'],
  [`$7$w6..../....salt$${'A'.repeat(43)}`],
  [`scrypt$1073741824$salt$8$1$${Buffer.alloc(64).toString('base64')}`],
  ['$pbkdf2-sha512$1000000000$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA'],
  [`PBKDF2SHA256$1000000000$${'ab'.repeat(32)}$${'ab'.repeat(32)}`],
  ['pbkdf2_sha256$1000000000$salt$n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg='],
  [`{PBKDF2}$1$salt$1000000000$${'ab'.repeat(20)}`],
  ['{PBKDF2-SHA256}1000000000$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA'],
  [`:pbkdf2:sha512:1000000000:64:c29tZXNhbHQ=:${Buffer.alloc(64).toString('base64')}`],
  [`:pbkdf2-legacyB:!sha512:1000000000:64!ab!c29tZXNhbHQ=!${Buffer.alloc(64).toString('base64')}`],
  ['{SCRAM-SHA-1}1000000000,GetyLXdBuHzf1FWf8SLz2Q==,NA/OqmF4hhrsrB9KR7po+dliTGM=,QBiURvQaE6H6qYTmeghDHLANBFQ='],
  [`$6$rounds=999999999$salt$${'A'.repeat(86)}`],
  [`$5$rounds=99999999999999999999$salt$${'A'.repeat(43)}`],
  [`$P$S12345678${'A'.repeat(22)}`],
  [`$S$S12345678${'A'.repeat(43)}`],
  [`U$S$S12345678${'A'.repeat(43)}`],
  // Two forms of a password are verified: with the salt of the settings, and without.
  [`$2y$14$${'A'.repeat(53)}`, { algorithm: 'nextcloud' }],
];

test('A73: parameters that would stall the server are refused at once, and nothing is worked out', () => {
  const kinds = COSTLY.map(([text, more]) => [text, kindOf(text, more)]);
  expect(kinds.filter(([, kind]) => kind !== 'costly')).toEqual([]);
});

test('A73: what hosts do use is taken, up to the largest', () => {
  const used: readonly (readonly [string, Partial<ImportedHash>?])[] = [
    [`$2b$14$${'A'.repeat(53)}`],
    [`$2y$13$${'A'.repeat(53)}`, { algorithm: 'nextcloud' }],
    ['$argon2id$v=19$m=65536,t=4,p=4$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA'],
    ['$argon2id$v=19$m=131072,t=8,p=4$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA'],
    ['$pbkdf2-sha512$600000$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA'],
    ['pbkdf2_sha256$1200000$salt$n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg='],
    ['ab'.repeat(50), { salt: '0123456789', algorithm: 'pbkdf2$320000$50' }],
    ['ab'.repeat(50), { salt: '0123456789', algorithm: 'scrypt' }],
    ['ab'.repeat(50), { salt: '0123456789', algorithm: 'argon2' }],
    [`$7$CU..../....salt$${'A'.repeat(43)}`],
    [`$6$rounds=150000$salt$${'A'.repeat(86)}`],
    [`$5$rounds=150000$salt$${'A'.repeat(43)}`],
    [`$P$G12345678${'A'.repeat(22)}`],
    [`$S$F12345678${'A'.repeat(43)}`],
  ];
  expect(used.filter(([text, more]) => kindOf(text, more) !== 'record')).toEqual([]);
});

test('who has no password there is told from whom nobody can read', () => {
  const nothing = ['', '  ', '!', '!!', '*', '**', 'x', '*LK*', '*NP*', '*0', '*1', 'NULL', 'null', '\\N', ':null:'];
  const locked = ['!$6$salt$abc', '!fkAbcdEfGh', '{CRYPT}!', '{CRYPT}*', '{CRYPT}x', '{CRYPT}'];
  for (const text of [...nothing, ...locked]) expect([text, kindOf(text)]).toEqual([text, 'none']);
});

test('what is broken, or of a scheme that we do not have, is unknown', () => {
  const unknown = [
    '$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7',
    '$2x$10$' + 'A'.repeat(53),
    '$2a$10$' + 'A'.repeat(52),
    '$2a$03$' + 'A'.repeat(53),
    '$2a$32$' + 'A'.repeat(53),
    '//EsnG9FLTKjo',
    '{PLAIN}test',
    '{CRAM-MD5}e02d374fde0dc75a17a557039a3a5338c7743304777dccd376f332bee68d2cf6',
    '{SSHA}not base64 at all!',
    '{SSHA}qUqP',
    '4|$2y$10$' + 'A'.repeat(53),
    '1|qUqP',
    '$argon2id$v=19$m=1,t=1,p=4$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA',
    '$argon2id$v=19$m=64,t=1,p=1,keyid=abc$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA',
    '$pbkdf2-sha512$0$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA',
    '$pbkdf2-whirlpool$10$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA',
    '$scrypt$ln=16,r=1,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA',
    // Of a hash that was cut off, many a password would be the one behind it.
    '$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$wWKI',
    '$pbkdf2-sha512$1000$c29tZXNhbHQ$wWKIMhR9',
    '$scrypt$ln=14,r=8,p=1$c29tZXNhbHQ$wWKIMhR9lyDF',
    '{SSHA256}wWKIMhR9lyDF',
    `sha1$salt$${'ab'.repeat(10)}`,
    '#MD5#',
    ':pbkdf2:sha512:30000:64:abc',
    ':constructor:abc',
    'constructor$abc',
    '{constructor}abc',
    'the barn door creaks at dusk',
    'a'.repeat(100_000),
  ];
  for (const text of unknown) expect([text, kindOf(text)]).toEqual([text, 'unknown']);
  expect(kindOf('a'.repeat(64), { salt: 'abc' })).toBe('unknown');
});

const WORDS = [
  '$2b$12$ $2y$ $argon2id$ $argon2i$v=19$ m=65536,t=3,p=4 $pbkdf2-sha512$ $scrypt$ln=16,r=8,p=1$ $7$C6..../.... $6$',
  '$5$rounds= $1$ $apr1$ $P$B $S$E U$S$ $wp$2y$ $bcrypt-sha256$v=2,t=2b,r=12$ {SSHA} {CRYPT} {SCRAM-SHA-1} {PBKDF2}',
  'pbkdf2_sha256$ argon2$argon2id$ bcrypt$$2b$ sha1$ PBKDF2SHA256$ :pbkdf2:sha512: :B: :A: :pbkdf2-legacyB:! #SHA1-S# 1| 3|',
  `SCRAM-SHA-256$ ${'ab'.repeat(16)} ${'ab'.repeat(20)} ${'A'.repeat(22)} ${'A'.repeat(31)} ${'A'.repeat(43)} 1000 99999999999 $ : ! , =`,
]
  .join(' ')
  .split(' ');

const ALGORITHMS =
  'synapse devise nextcloud grafana gitea wordpress seafile discourse symfony mumble matomo prosody ejabberd-2 pbkdf2-sha256 md5 sha512 scrypt argon2$1$9 pbkdf2$5$4 constructor'.split(
    ' ',
  );

test('A73: no file makes reading throw, and nothing that is read costs more than the server gives', () => {
  const part = fc.oneof(fc.constantFrom(...WORDS), fc.string({ unit: 'binary', maxLength: 30 }), fc.string());
  const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
  const hash = fc.record({
    text,
    salt: fc.option(part, { nil: undefined }),
    algorithm: fc.option(fc.oneof(fc.constantFrom(...ALGORITHMS), part), { nil: undefined }),
    iterations: fc.option(fc.oneof(fc.nat().map(String), part), { nil: undefined }),
  });
  let records = 0;
  fc.assert(
    fc.property(hash, (imported) => {
      const read = readHash(imported);
      if (read.kind !== 'record') return;
      records += 1;
      const { work, memory } = costOf(read.record);
      expect(work).toBeLessThanOrEqual(2000);
      expect(memory).toBeLessThanOrEqual(256 * 1024 * 1024);
      expect(JSON.parse(JSON.stringify(read.record))).toEqual(read.record);
    }),
    { numRuns: 5000 },
  );
  expect(records).toBeGreaterThan(0);
});

const SAMPLES: readonly ImportedHash[] = [
  { text: `$2b$04$${'k'.repeat(53)}` },
  { text: '$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA' },
  { text: `$6$rounds=1000$salty$${'k'.repeat(86)}` },
  { text: `$1$salty$${'k'.repeat(22)}` },
  { text: `$P$512345678${'k'.repeat(22)}` },
  { text: '{SSHA}H/zrDv8FXUu1JmwvVYijfrYEF34jVZcO' },
  { text: 'ab'.repeat(50), salt: 'saltysalty', algorithm: 'grafana' },
  { text: `#SHA1-S#salty#$2y$04$${'k'.repeat(53)}` },
  { text: Buffer.alloc(64, 'k').toString('base64'), salt: 'salty', algorithm: 'symfony' },
  { text: '{SCRAM-SHA-1}4096,GetyLXdBuHzf1FWf8SLz2Q==,NA/OqmF4hhrsrB9KR7po+dliTGM=,QBiURvQaE6H6qYTmeghDHLANBFQ=' },
];

test('a decoy costs what its record costs, and has nothing of its salt or hash', () => {
  for (const hash of SAMPLES) {
    const record = recordOf(hash);
    const decoy = decoyOf(record);
    expect(costOf(decoy)).toEqual(costOf(record));
    expect(Object.keys(decoy)).toEqual(Object.keys(record));
    for (const key of ['salt', 'hash', 'salt_before'])
      if (record[key] !== undefined && record[key] !== '') expect(decoy[key]).not.toBe(record[key]);
    expect({ ...decoy, salt: 0, hash: 0, salt_before: 0 }).toEqual({ ...record, salt: 0, hash: 0, salt_before: 0 });
  }
});

test('a record has the parts of a hash, and nothing of the secrets of the application', () => {
  const record = recordOf({ text: `$2b$12$${'s'.repeat(22)}${'h'.repeat(31)}`, algorithm: 'synapse' });
  expect(record).toEqual({
    scheme: 'bcrypt',
    variant: '2b',
    cost: 12,
    salt: 's'.repeat(22),
    hash: 'h'.repeat(31),
    before: 'synapse',
  });
  const argon2 = recordOf({ text: '$argon2id$v=19$m=64,t=3,p=2$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweA' });
  expect(argon2).toMatchObject({ scheme: 'argon2', type: 'id', version: 19, memory: 64, time: 3, lanes: 2 });
});

test('an algorithm that is no word of ours is not asked: the shape says it', async () => {
  const text = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';
  expect(await isRight({ text, algorithm: 'blowfish', salt: '' }, 'U*U')).toBe(true);
});
