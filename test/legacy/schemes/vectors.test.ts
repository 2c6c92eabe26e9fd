import { expect, test } from 'vitest';
import { isRight, mistakes } from './known.ts';

/** Hashes with their passwords, by who published them. */
const VECTORS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'the tests of crypt_blowfish': [
    ['$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
    ['$2a$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK', 'U*U*'],
    ['$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a', 'U*U*U'],
    [
      '$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui',
      '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789chars after 72 are ignored',
    ],
  ],
  'the specification of SHA-crypt': [
    ['$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5', 'Hello world!'],
    ['$5$rounds=10000$saltstringsaltst$3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA', 'Hello world!'],
    ['$5$rounds=5000$toolongsaltstrin$Un/5jzAHMgOGZ5.mWJpuVolil07guHPvOW8mGRcvxa5', 'This is just a test'],
    [
      '$5$rounds=1400$anotherlongsalts$Rx.j8H.h8HjEDGomFU8bDkXm3XIUnzyxf12oP84Bnq1',
      'a very much longer text to encrypt.  This one even stretches over morethan one line.',
    ],
    ['$5$rounds=1000$roundstoolow$yfvwcWrQ8l/K0DAWyuPMDNHpIVlTQebY9l/gL972bIC', 'the minimum number is still observed'],
    [
      '$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1',
      'Hello world!',
    ],
  ],
  'the examples of phpass and hashcat': [
    ['$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0', 'test12345'],
    ['$P$984478476IagS59wHZvyQMArzfx58u.', 'hashcat'],
    ['$H$984478476IagS59wHZvyQMArzfx58u.', 'hashcat'],
    ['$S$C33783772bRXEx1aCsvY.dqgaaSu76XmVlKrW9Qu8IQlvxHlmzLf', 'hashcat'],
    ['$1$28772684$iEwNOgGugqO9.bIz5sk8k/', 'hashcat'],
    ['$apr1$71850310$gh9m4xcAn3MGxogwX/ztb.', 'hashcat'],
    ['$6$52450745$k5ka2p8bFuSmoVT1tzOyyuaREkkKBcCNqoDKzYiJL9RaE8yMnPgh2XzzF0NDrUhgrcLwg78xs1w5pJiypEdFX/', 'hashcat'],
    ['$5$rounds=5000$GX7BopJZJxPc/KEK$le16UF8I2Anb.rOrn22AUPWvzUETDGefUmAV8AZkGcD', 'hashcat'],
    ['pbkdf2_sha256$20000$H0dPx8NeajVu$GiC4k5kqbbR9qWBlsRgDywNqC2vd9kqfk7zdorEnNas=', 'hashcat'],
    ['*FCF7C1B8749CF99D88E5F34271D636178FB5D130', 'hashcat'],
  ],
  'the tests of Dovecot': [
    ['{MD5}$1$wmyrgRuV$kImF6.9MAFQNHe23kq5vI/', 'test'],
    ['{SHA1}qUqP5cyxm6YcTAhz05Hph5gvu9M=', 'test'],
    ['{SMD5}JTu1KRwptKZJg/RLd+6Vn5GUd0M=', 'test'],
    ['{LDAP-MD5}CY9rzUYh03PK3k6DJie09g==', 'test'],
    ['{SHA256}n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=', 'test'],
    ['{SSHA}H/zrDv8FXUu1JmwvVYijfrYEF34jVZcO', 'test'],
    ['{MD5-CRYPT}$1$GgvxyNz8$OjZhLh4P.gF1lxYEbLZ3e/', 'test'],
    ['{PBKDF2}$1$bUnT4Pl7yFtYX0KU$5000$50a83cafdc517b9f46519415e53c6a858908680a', 'test'],
    ['{SCRAM-SHA-1}4096,GetyLXdBuHzf1FWf8SLz2Q==,NA/OqmF4hhrsrB9KR7po+dliTGM=,QBiURvQaE6H6qYTmeghDHLANBFQ=', 'test'],
    [
      '{SCRAM-SHA-256}4096,LfNGSFqiFykEZ1xDAYlnKQ==,HACNf9CII7cMz3XjRy/Oh3Ae2LHApoDyNw74d3YtFws=,AQH0j7Hf8J12g8eNBadvzlNB2am3PxgNwFCFd3RxEaw=',
      'test',
    ],
    ['{BLF-CRYPT}$2y$05$11ipvo5dR6CwkzwmhwM26OXgzXwhV2PyPuLV.Qi31ILcRcThQpEiW', 'test'],
    [
      '{ARGON2I}$argon2i$v=19$m=32768,t=4,p=1$f2iuP4aUeNMrgu34fhOkkg$1XSZZMWlIs0zmE+snlUIcLADO3GXbA2O/hsQmmc317k',
      'test',
    ],
    [
      '{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$vBb99oJ12p3WAdYlaMHz1A$jtFOtbo/sYV9OSlTxDo/nVNq3uArHd5GJSEx0ty85Cc',
      'test',
    ],
  ],
  // hashcat/hashcat, src/modules/module_35500.c; a WordPress site, in the tests of a program that checks such hashes.
  'hashcat and a WordPress of 6.8': [
    ['$wp$2y$10$lzlQrRRhLSjz486bA9CKHuZRPoKz4uviT251Sq/r5OzKUBbrXwnQW', 'hashcat'],
    ['$wp$2y$10$gN3SQdbNc/cVlK7DylUiVumiuujud7lR0h5J4M2ZsNRMYOFbED16q', 'Test123Now!'],
  ],
  // wikimedia/mediawiki, tests/phpunit/unit/includes/password; the last one is hashcat's of mode 3711.
  'the tests of MediaWiki': [
    [':A:5f4dcc3b5aa765d61d8327deb882cf99', 'password'],
    [':A:salt:9842afc7cb949c440c51347ed809362f', 'password'],
    [':B:salt:9842afc7cb949c440c51347ed809362f', 'password'],
    [':pbkdf2:sha512:1:20:c2FsdA==:hn9wzxreAs/zdSWZo6U9xK80x6Y=', 'password'],
    [':pbkdf2:sha512:2:20:c2FsdA==:4dnBaqaBcIpF9cfE4hXOtm4BGi4=', 'password'],
    [':pbkdf2:sha512:4096:20:c2FsdA==:0Zexsz2wFD4BixLz0dFHnmzevcw=', 'password'],
    [':pbkdf2:sha512:4096:16:c2EAbHQ=:nZ6cTNIf5L4k1bgkTHWWZQ==', 'pass\0word'],
    [':bcrypt:5$CCCCCCCCCCCCCCCCCCCCC.$E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW', 'U*U'],
    [':B:56668501:0ce106caa70af57fd525aeaf80ef2898', 'hashcat'],
  ],
  passlib: [
    ['$bcrypt-sha256$2a,5$5Hg1DKFqPE8C2aflZ5vVoe$12BjNE0p7axMg55.Y/mHsYiVuFBDQyu', 'password'],
    ['$bcrypt-sha256$v=2,t=2b,r=5$5Hg1DKFqPE8C2aflZ5vVoe$wOK1VFFtS8IGTrGa7.h5fs0u84qyPbS', 'password'],
    ['$bcrypt-sha256$2a,5$.US1fQ4TQS.ZTz/uJ5Kyn.$QNdPDOTKKT5/sovNz1iWg26quOU4Pje', 'táБℓə'],
    ['$pbkdf2-sha256$1212$4vjV83LKPjQzk31VI4E0Vw$hsYF68OiOUPdDZ1Fg.fJPeq1h/gXXY7acBp9/6c.tmQ', 'password'],
  ],
};

test.each(Object.entries(VECTORS))('the hashes that %s give belong to their passwords', async (name, pairs) => {
  expect(await mistakes(pairs.map(([text, password]) => ({ name, hash: { text }, password })))).toEqual([]);
});

test('RFC 6070 §2: PBKDF2 comes out of columns of their own', async () => {
  const hash = {
    text: '4b007901b765489abead49d926f721d065a429c1',
    salt: 'salt',
    algorithm: 'pbkdf2-sha1',
    iterations: '4096',
  };
  expect(await mistakes([{ name: 'RFC 6070', hash, password: 'password' }])).toEqual([]);
});

test('RFC 7914 §12: scrypt comes out of passlib’s text', async () => {
  const hash = '/bq+HJ00cgB4VucZDQHp/nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG/xCSedmDDaxyevuUqD7m2DYMvfoswGQA==';
  const text = `$scrypt$ln=10,r=8,p=16$${Buffer.from('NaCl').toString('base64').replaceAll('=', '')}$${hash.replaceAll('=', '')}`;
  expect(await isRight({ text }, 'password')).toBe(true);
  expect(await isRight({ text }, 'passwords')).toBe(false);
});

test('RFC 5802 §5 and RFC 7677 §3: "pencil" belongs to the StoredKeys of both dialogues', async () => {
  const texts = [
    '{SCRAM-SHA-1}4096,QSXCR+Q6sek8bf92,6dlGYMOdZcOPutkcNY8U2g7vK9Y=,AAAA',
    '{SCRAM-SHA-256}4096,W22ZaJ0SNY7soEsUEjb6gQ==,WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=,AAAA',
  ];
  const made = texts.map((text) => ({ name: 'SCRAM', hash: { text }, password: 'pencil' }));
  expect(await mistakes(made)).toEqual([]);
});
