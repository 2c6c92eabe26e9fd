import argon2 from 'argon2';
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { makeHasher } from '../../src/accounts/hashing.ts';
import { sealPassword } from '../../src/accounts/password.ts';
import { randomId } from '../../src/storage/seal.ts';
import { onBothEngines } from '../engines.ts';
import { CAFE, countQueries, HOME, makeHouse, PASSWORD, refusalOf } from './house.ts';

let networks = 0;
/** A network nobody has come from yet. */
const elsewhere = (): string => `10.${Math.floor((networks += 1) / 256)}.${networks % 256}.9`;

onBothEngines('signing in', (ground) => {
  test('works with the login name or the verified mailbox, in any writing', async () => {
    const { accounts, add } = makeHouse(ground());
    const noe = await add('Noé', { mailbox: 'Noe.Dupont@exemple.org', mailboxVerified: true });
    for (const identifier of ['noé', 'NOE\u0301', ' Noé ', 'noe.dupont@EXEMPLE.org', ' Noe.Dupont@exemple.org']) {
      const account = await accounts.signIn({ identifier, password: PASSWORD, network: HOME });
      expect(account, identifier).toEqual(noe);
    }
    await add('zoé', { mailbox: 'zoe@exemple.org' });
    const unverified = { identifier: 'zoe@exemple.org', password: PASSWORD, network: HOME };
    expect(await refusalOf(accounts.signIn(unverified))).toBe('credentials_wrong');
  });

  test('A43 answers unknown, wrong and suspended alike, after the same work', async () => {
    const { storage, counts } = countQueries(ground().storage);
    const { accounts, add, hasher } = makeHouse(ground(), { storage });
    await add('basile', { mailbox: 'basile@exemple.org', mailboxVerified: true });
    await add('clovis', { mailbox: 'clovis@exemple.org' });
    await accounts.suspend((await add('damien')).id);
    const work = async (identifier: string, password: string): Promise<unknown> => {
      for (const kind of Object.keys(counts)) delete counts[kind];
      const before = hasher.counts();
      const answer = await refusalOf(accounts.signIn({ identifier, password, network: elsewhere() }));
      const after = hasher.counts();
      return { answer, verified: after.verified - before.verified, hashed: after.hashed - before.hashed, ...counts };
    };
    const unknown = await work('personne', PASSWORD);
    expect(unknown).toEqual({
      answer: 'credentials_wrong',
      verified: 1,
      hashed: 0,
      'read select': 4,
      write: 1,
      'write insert': 6,
    });
    expect(await work('basile', 'wrong password')).toEqual(unknown);
    expect(await work('damien', PASSWORD)).toEqual(unknown);
    expect(await work('damien', 'wrong password')).toEqual(unknown);
    expect(await work('basile@exemple.org', 'wrong password')).toEqual(unknown);
    expect(await work('clovis@exemple.org', PASSWORD)).toEqual(unknown);
    expect(await work('not @ address', PASSWORD)).toEqual(unknown);
    expect(await work('x'.repeat(100_000), PASSWORD)).toEqual(unknown);
  });

  test('A65 a password of 10 MB costs neither a hash nor a query, known account or not', async () => {
    const { storage, counts } = countQueries(ground().storage);
    const { accounts, add, hasher } = makeHouse(ground(), { storage });
    await add('edith');
    for (const kind of Object.keys(counts)) delete counts[kind];
    const password = 'x'.repeat(10_000_000);
    for (const identifier of ['edith', 'personne']) {
      expect(await refusalOf(accounts.signIn({ identifier, password, network: HOME }))).toBe('credentials_wrong');
    }
    expect(counts).toEqual({});
    expect(hasher.counts().verified).toBe(0);
  });

  test('A65 agrees on a password in NFC and NFD, and looks at all of a long one', async () => {
    const { accounts, add } = makeHouse(ground());
    const long = `${'é'.repeat(80)}\0fin`;
    await add('fanny', { password: long });
    const signIn = (password: string) => refusalOf(accounts.signIn({ identifier: 'fanny', password, network: HOME }));
    expect(await signIn(long.normalize('NFD'))).toBe('fine');
    expect(await signIn(long.slice(0, -1))).toBe('credentials_wrong');
    expect(await signIn(long.slice(0, 80))).toBe('credentials_wrong');
  });

  test('A45 counts one account once: by login name, by mailbox, in any case', async () => {
    const { accounts, add, hasher } = makeHouse(ground());
    await add('gilles', { mailbox: 'gilles@exemple.org', mailboxVerified: true });
    const forms = ['gilles', 'GILLES', 'gilles@exemple.org', 'Gilles@Exemple.ORG', 'ｇilles'];
    const network = elsewhere();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, number) =>
        refusalOf(accounts.signIn({ identifier: forms[number % 5] ?? '', password: `wrong ${number}`, network })),
      ),
    );
    expect(answers.filter((answer) => answer === 'credentials_wrong')).toHaveLength(6);
    expect(answers.filter((answer) => answer === 'try_later seconds=1')).toHaveLength(44);
    expect(hasher.counts().verified).toBe(6);
    // The right password does not pass either while the wait lasts, or the wait would tell which one is right.
    expect(await refusalOf(accounts.signIn({ identifier: 'gilles', password: PASSWORD, network }))).toBe(
      'try_later seconds=1',
    );
  });

  test('A45 an address with a tag is no way to Gustave, and takes nothing from his count', async () => {
    const { accounts, add } = makeHouse(ground());
    await add('gustave', { mailbox: 'gustave@exemple.org', mailboxVerified: true });
    const network = elsewhere();
    const signIn = (identifier: string) =>
      refusalOf(accounts.signIn({ identifier, password: PASSWORD, network: elsewhere() }));
    for (let number = 0; number < 20; number += 1)
      expect(await signIn(`gustave+${number}@exemple.org`)).toBe('credentials_wrong');
    expect(await refusalOf(accounts.signIn({ identifier: 'gustave@exemple.org', password: PASSWORD, network }))).toBe(
      'fine',
    );
  });

  test('A45 nobody locks Hugo out of a browser that he has used before', async () => {
    const { accounts, add, clock } = makeHouse(ground());
    const hugo = await add('hugo');
    const signIn = (network: string, password = PASSWORD, knownDevice?: string) =>
      accounts.signIn({ identifier: 'hugo', password, network, knownDevice });
    await signIn(HOME);
    const { isKnown, next: knownDevice } = accounts.recognise(hugo.id, undefined);
    expect(isKnown).toBe(false);

    // From everywhere at once, and from his own network too.
    while ((await refusalOf(signIn(elsewhere(), 'wrong password'))) === 'credentials_wrong');
    while ((await refusalOf(signIn(HOME, 'wrong password'))) === 'credentials_wrong');
    expect(await refusalOf(signIn(CAFE))).toMatch(/^try_later/u);
    expect((await signIn(HOME, PASSWORD, knownDevice)).loginName).toBe('hugo');
    const again = accounts.recognise(hugo.id, knownDevice);
    expect(again.isKnown).toBe(true);

    // His browser has its own count, and it is one count however often the value was renewed.
    for (let number = 0; number < 6; number += 1) {
      const value = number % 2 === 0 ? knownDevice : again.next;
      expect(await refusalOf(signIn(HOME, 'wrong password', value))).toBe('credentials_wrong');
    }
    expect(await refusalOf(signIn(HOME, PASSWORD, again.next))).toBe('try_later seconds=1');
    clock.time += 1000;
    expect(await refusalOf(signIn(HOME, PASSWORD, again.next))).toBe('fine');

    // After a year it is a browser like any other.
    clock.time += 366 * 86_400_000;
    while ((await refusalOf(signIn(elsewhere(), 'wrong password'))) === 'credentials_wrong');
    expect(await refusalOf(signIn(HOME, PASSWORD, again.next))).toMatch(/^try_later/u);
  });

  test('A45 a known browser of one account is no known browser of another, nor is an invented one', async () => {
    const { accounts, add } = makeHouse(ground());
    const irma = await add('irma');
    const jules = await add('jules');
    const { next: knownDevice } = accounts.recognise(irma.id, undefined);
    expect(accounts.recognise(irma.id, knownDevice).isKnown).toBe(true);
    while (
      (await refusalOf(accounts.signIn({ identifier: 'jules', password: 'wrong password', network: elsewhere() }))) ===
      'credentials_wrong'
    );
    for (const value of [knownDevice, `${knownDevice}A`, 'x', '', 'x'.repeat(100_000)]) {
      const attempt = { identifier: 'jules', password: PASSWORD, network: HOME, knownDevice: value };
      expect(await refusalOf(accounts.signIn(attempt))).toMatch(/^try_later/u);
      expect(accounts.recognise(jules.id, value).isKnown).toBe(false);
    }
  });

  test('A68 without room for a hash is refused as busy and not counted', async () => {
    const { accounts, add } = makeHouse(ground());
    await add('karim');
    const full = makeHouse(ground(), { hasher: makeHasher({ concurrency: 1, queue: -1 }) });
    const attempt = { identifier: 'karim', password: PASSWORD, network: elsewhere() };
    // More than are free, but never so many at one moment.
    for (let round = 0; round < 4; round += 1) {
      const answers = await Promise.all(Array.from({ length: 5 }, () => refusalOf(full.accounts.signIn(attempt))));
      expect(new Set(answers)).toEqual(new Set(['busy retryAfter=1']));
    }
    expect(await refusalOf(accounts.signIn(attempt))).toBe('fine');
  });

  test('hashes again when the parameters have changed', async () => {
    const { storage, seals } = ground();
    const { accounts, add, hasher } = makeHouse(ground());
    const { id } = await add('louise');
    const { credential } = storage.tables;
    const old = await argon2.hash(PASSWORD, { memoryCost: 8192, timeCost: 1, parallelism: 1 });
    await storage.write(async (tx) => {
      await tx
        .update(credential)
        .set({ sealed: sealPassword(seals, id, old) })
        .where(eq(credential.accountId, id));
    });
    const signIn = () => accounts.signIn({ identifier: 'louise', password: PASSWORD, network: HOME });
    const before = hasher.counts().hashed;
    await signIn();
    await signIn();
    expect(hasher.counts().hashed - before).toBe(1);
  });

  test('is refused to an account without a password', async () => {
    const { storage } = ground();
    const { accounts, add } = makeHouse(ground());
    const { id } = await add('marthe');
    const { credential } = storage.tables;
    await storage.write(async (tx) => {
      await tx.update(credential).set({ kind: 'other', id: randomId() }).where(eq(credential.accountId, id));
    });
    expect(await refusalOf(accounts.signIn({ identifier: 'marthe', password: PASSWORD, network: HOME }))).toBe(
      'credentials_wrong',
    );
  });
});
