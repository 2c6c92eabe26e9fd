import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { makeSeals } from '../../src/storage/seal.ts';
import { makeAuthenticator, type Algorithm, type Asked, type Authenticator } from '../software-authenticator.ts';
import { onBothEngines } from '../engines.ts';
import { HOME, makeHouse, refusalOf, type House } from './house.ts';

const ORIGIN = 'https://nid.example.org';
const MONTH = 31 * 86_400_000;

/** Adds a passkey to an account in the way pages do. */
async function addPasskey(
  { accounts }: House,
  account: { id: string; loginName: string },
  authenticator: Authenticator,
  name = 'telephone',
  twist = {},
) {
  const { passkeys } = accounts.secondFactors;
  const asked = (await passkeys.askToAdd(account, 'session')) as Asked;
  return passkeys.add(account.id, { response: authenticator.create(asked, twist), place: 'session', name });
}

/** Signs in with it, as on the journey `one`. */
async function signIn({ accounts }: House, authenticator: Authenticator, twist = {}): Promise<string> {
  const asked = (await accounts.secondFactors.passkeys.askToSignIn('one')) as Asked;
  const response = authenticator.get(asked, twist);
  const account = await accounts.signInByPasskey({ response, journeyId: 'one', network: HOME });
  return account.loginName;
}

onBothEngines('passkeys', (ground) => {
  test.each(['ES256', 'EdDSA', 'RS256'] satisfies Algorithm[])(
    'sign their owner in by %s, without a name',
    async (algorithm) => {
      const house = makeHouse(ground());
      const account = await house.add(`alix-${algorithm}`);
      const authenticator = makeAuthenticator(ORIGIN, algorithm);
      await addPasskey(house, account, authenticator);
      expect(await signIn(house, authenticator)).toBe(account.loginName);
      expect((await house.accounts.find(account.id))?.secondFactor).toBe(true);
    },
  );

  test('are asked for with what the standard wants, and tell the authenticator nothing but the account', async () => {
    const house = makeHouse(ground());
    const account = await house.add('bruno-asked');
    const authenticator = makeAuthenticator(ORIGIN);
    await addPasskey(house, account, authenticator);
    const { passkeys } = house.accounts.secondFactors;
    const toAdd = await passkeys.askToAdd(account, 'session');
    expect(toAdd).toMatchObject({
      rp: { id: 'nid.example.org', name: 'Le Nid des Chouettes' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [{ type: 'public-key', id: authenticator.id, transports: ['hybrid', 'internal'] }],
    });
    expect(Buffer.from(String(toAdd['challenge']), 'base64url')).toHaveLength(32);
    expect(await passkeys.askToSignIn('one')).toMatchObject({ allowCredentials: [], userVerification: 'required' });
    const asFactor = await passkeys.askForFactor(account.id, 'one');
    expect(asFactor).toMatchObject({ allowCredentials: [{ id: authenticator.id }], userVerification: 'preferred' });
  });

  test('bring recovery codes with the first one, carry names, and are told of', async () => {
    const house = makeHouse(ground());
    const account = await house.add('alix-named', { mailbox: 'alix-named@exemple.org', mailboxVerified: true });
    const [telephone, key] = [makeAuthenticator(ORIGIN), makeAuthenticator(ORIGIN, 'EdDSA', true)];
    const first = await addPasskey(house, account, telephone, ' mon téléphone ', { canBeBackedUp: true });
    expect(first.codes).toHaveLength(10);
    const second = await addPasskey(house, account, key, 'la clé bleue');
    expect(second.codes).toBeUndefined();
    house.clock.time += 2 * MONTH;
    expect(await signIn(house, telephone, { canBeBackedUp: true, backedUp: true })).toBe('alix-named');
    const { passkeys, rename } = house.accounts.secondFactors;
    await rename(account.id, 'passkey', second.id, 'la clé verte');
    expect(await passkeys.list(account.id)).toEqual([
      {
        id: second.id,
        kind: 'passkey',
        name: 'la clé verte',
        month: '2026-11',
        lastUsed: undefined,
        isBackedUp: false,
      },
      { id: first.id, kind: 'passkey', name: 'mon téléphone', month: '2026-11', lastUsed: '2027-01', isBackedUp: true },
    ]);
    expect(await signIn(house, key)).toBe('alix-named');
    expect(house.letters.map(({ kind, values }) => [kind, values])).toEqual([
      ['factor_added', { login_name: 'alix-named', method: 'passkey' }],
      ['factor_added', { login_name: 'alix-named', method: 'passkey' }],
    ]);
    expect(await refusalOf(addPasskey(house, account, makeAuthenticator(ORIGIN), 'x'.repeat(41)))).toBe(
      'factor_name_invalid max=40',
    );
  });

  test('prove the second factor of their own account, on the journey that asked', async () => {
    const house = makeHouse(ground());
    const [alix, bruno] = [await house.add('alix-second'), await house.add('bruno-second')];
    const [hers, his] = [makeAuthenticator(ORIGIN), makeAuthenticator(ORIGIN)];
    await addPasskey(house, alix, hers);
    await addPasskey(house, bruno, his);
    const { passkeys, prove } = house.accounts.secondFactors;
    const ask = async () => (await passkeys.askForFactor(alix.id, 'one')) as Asked;
    const show = (response: string, place = 'one') => refusalOf(prove(alix.id, { kind: 'passkey', response, place }));
    // After a password, having it is enough, and it need not say whose it is.
    expect(await show(hers.get(await ask(), { userVerified: false, userHandle: null }))).toBe('fine');
    expect(await show(his.get(await ask()))).toBe('passkey_wrong');
    expect(await show(hers.get(await ask()), 'two')).toBe('passkey_wrong');
    const forSignIn = (await passkeys.askToSignIn('one')) as Asked;
    expect(await show(hers.get(forSignIn))).toBe('passkey_wrong');
  });

  test('A43 answer alike when they are unknown, removed, or their account is suspended', async () => {
    const house = makeHouse(ground());
    const [gone, suspended] = [await house.add('damien-gone'), await house.add('damien-suspended')];
    const [first, second] = [makeAuthenticator(ORIGIN), makeAuthenticator(ORIGIN)];
    const { id } = await addPasskey(house, gone, first);
    await addPasskey(house, suspended, second);
    expect(await house.accounts.secondFactors.remove(gone.id, 'passkey', id)).toBe(true);
    await house.accounts.suspend(suspended.id);
    expect((await house.accounts.find(gone.id))?.secondFactor).toBe(false);
    for (const authenticator of [first, second, makeAuthenticator(ORIGIN)]) {
      expect(await refusalOf(signIn(house, authenticator))).toBe('passkey_wrong');
    }
    await house.accounts.reinstate(suspended.id);
    expect(await signIn(house, second)).toBe('damien-suspended');
  });

  test('are counted against floods by network, as passwords are', async () => {
    const house = makeHouse(ground());
    const flood = () =>
      refusalOf(house.accounts.signInByPasskey({ response: '{}', journeyId: 'one', network: '203.0.113.9' }));
    let answer = await flood();
    for (let count = 0; count < 70 && answer === 'passkey_wrong'; count += 1) answer = await flood();
    expect(answer).toMatch(/^try_later seconds=/u);
  });

  test('are found again, and kept apart, under a new master key', async () => {
    const old = makeHouse(ground());
    const [alix, bruno] = [await old.add('alix-rekeyed'), await old.add('bruno-rekeyed')];
    const authenticator = makeAuthenticator(ORIGIN);
    await addPasskey(old, alix, authenticator);
    const seals = makeSeals([Buffer.alloc(32, 7), ground().masterKey]);
    const house = makeHouse({ ...ground(), seals });
    expect(await signIn(house, authenticator)).toBe('alix-rekeyed');
    expect(await refusalOf(addPasskey(house, bruno, authenticator))).toBe('passkey_wrong');
  });

  test('lie in the table without a word that anybody could read', async () => {
    const house = makeHouse(ground());
    const account = await house.add('alix-sealed');
    const authenticator = makeAuthenticator(ORIGIN);
    await addPasskey(house, account, authenticator, 'un nom à lire');
    const { credential } = ground().storage.tables;
    const rows = await ground().storage.read.select().from(credential).where(eq(credential.accountId, account.id));
    const text = JSON.stringify(rows);
    expect(rows.map(({ kind }) => kind).toSorted()).toEqual(['passkey', 'password', 'recovery-code']);
    for (const secret of [authenticator.id, 'un nom', 'nid.example.org']) expect(text).not.toContain(secret);
  });
});
