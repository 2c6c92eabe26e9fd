import { expect, test } from 'vitest';
import { HOME, makeHouse, refusalOf, type House } from '../accounts/house.ts';
import { makeAuthenticator, type Asked, type Authenticator, type Twist } from '../software-authenticator.ts';
import { onBothEngines } from '../engines.ts';

const ORIGIN = 'https://nid.example.org';
type Person = { id: string; loginName: string };

const passkeysOf = (house: House) => house.accounts.secondFactors.passkeys;
const askToAdd = async (house: House, person: Person, place = 'session') =>
  (await passkeysOf(house).askToAdd(person, place)) as Asked;
const askToSignIn = async (house: House, place = 'one') => (await passkeysOf(house).askToSignIn(place)) as Asked;

/** What comes of a new passkey's answer. */
const add = (house: House, person: Person, response: string, place = 'session') =>
  refusalOf(passkeysOf(house).add(person.id, { response, place, name: 'telephone' }));

/** What comes of an answer to a sign-in. */
const signIn = (house: House, response: string, journeyId = 'one') =>
  refusalOf(house.accounts.signInByPasskey({ response, journeyId, network: HOME }));

let people = 0;

async function withPasskey(ground: Parameters<typeof makeHouse>[0], authenticator: Authenticator, twist: Twist = {}) {
  const house = makeHouse(ground);
  const person = await house.add(`personne-${(people += 1)}`);
  expect(await add(house, person, authenticator.create(await askToAdd(house, person), twist))).toBe('fine');
  return { house, person };
}

/** What no authenticator in its owner's hand, in front of our own page, would answer. */
const FORGED: readonly (readonly [what: string, twist: Twist])[] = [
  ['from another origin', { origin: 'https://nid.example.org.evil.example' }],
  ['from our host on another port', { origin: 'https://nid.example.org:8443' }],
  ['from our host without TLS', { origin: 'http://nid.example.org' }],
  ['for another site', { rpId: 'evil.example' }],
  ['for the domain above ours', { rpId: 'example.org' }],
  ['with its person not verified', { userVerified: false }],
  ['with nobody there', { userPresent: false }],
  ['from a frame in another page', { crossOrigin: true }],
  ['from a frame that names the page around it', { crossOrigin: true, topOrigin: 'https://evil.example' }],
  ['from a page around it that is no frame', { topOrigin: ORIGIN }],
  ['of another type', { type: 'payment.get' }],
  ['to a challenge of its own', { challenge: Buffer.alloc(32, 1).toString('base64url') }],
  ['backed up where it cannot be', { backedUp: true }],
];

onBothEngines('A61 passkeys', (ground) => {
  test.each(FORGED)('A61: a sign-in %s is refused', async (_what, twist) => {
    const authenticator = makeAuthenticator(ORIGIN);
    const { house } = await withPasskey(ground(), authenticator);
    expect(await signIn(house, authenticator.get(await askToSignIn(house), twist))).toBe('passkey_wrong');
    expect(await signIn(house, authenticator.get(await askToSignIn(house)))).toBe('fine');
  });

  test.each(FORGED)('A61: a new passkey made %s is refused', async (_what, twist) => {
    const house = makeHouse(ground());
    const person = await house.add(`personne-${(people += 1)}`);
    const authenticator = makeAuthenticator(ORIGIN);
    expect(await add(house, person, authenticator.create(await askToAdd(house, person), twist))).toBe('passkey_wrong');
    expect(await house.accounts.secondFactors.of(person.id)).toMatchObject({ passkey: [] });
    expect(await add(house, person, authenticator.create(await askToAdd(house, person)))).toBe('fine');
  });

  test('A61: a challenge is answered once, at whatever moment', async () => {
    const authenticator = makeAuthenticator(ORIGIN);
    const { house, person } = await withPasskey(ground(), authenticator);
    const response = authenticator.get(await askToSignIn(house));
    const answers = await Promise.all(Array.from({ length: 8 }, () => signIn(house, response)));
    expect(answers.toSorted()).toEqual(['fine', ...Array.from({ length: 7 }, () => 'passkey_wrong')]);
    expect(await signIn(house, response)).toBe('passkey_wrong');
    const other = makeAuthenticator(ORIGIN).create(await askToAdd(house, person));
    expect((await Promise.all([add(house, person, other), add(house, person, other)])).toSorted()).toEqual([
      'fine',
      'passkey_wrong',
    ]);
  });

  test('A61: a challenge that was answered wrongly is used up too, and runs out by itself', async () => {
    const authenticator = makeAuthenticator(ORIGIN);
    const { house } = await withPasskey(ground(), authenticator);
    const asked = await askToSignIn(house);
    expect(await signIn(house, authenticator.get(asked, { userVerified: false }))).toBe('passkey_wrong');
    expect(await signIn(house, authenticator.get(asked))).toBe('passkey_wrong');
    const late = authenticator.get(await askToSignIn(house));
    house.clock.time += 600_000;
    expect(await signIn(house, late)).toBe('passkey_wrong');
  });

  test('A61: a challenge of another account, another journey, another session or another use is no good', async () => {
    const [hers, his] = [makeAuthenticator(ORIGIN), makeAuthenticator(ORIGIN)];
    const { house, person: alix } = await withPasskey(ground(), hers);
    const bruno = await house.add(`personne-${(people += 1)}`);
    expect(await add(house, bruno, his.create(await askToAdd(house, alix)))).toBe('passkey_wrong');
    expect(await add(house, bruno, his.create(await askToAdd(house, bruno, 'another')))).toBe('passkey_wrong');
    expect(await signIn(house, hers.get(await askToSignIn(house, 'two')))).toBe('passkey_wrong');
    expect(await signIn(house, hers.get({ ...(await askToAdd(house, alix)), rpId: 'nid.example.org' }))).toBe(
      'passkey_wrong',
    );
    const asFactor = (await passkeysOf(house).askForFactor(alix.id, 'one')) as Asked;
    expect(await signIn(house, hers.get(asFactor, { userVerified: false }))).toBe('passkey_wrong');
    const toAdd = { ...(await askToAdd(house, alix, 'one')), rpId: 'nid.example.org' };
    const proof = { kind: 'passkey', response: hers.get(toAdd), place: 'one' } as const;
    expect(await refusalOf(house.accounts.secondFactors.prove(alix.id, proof))).toBe('passkey_wrong');
    expect(await signIn(house, hers.get(await askToSignIn(house)))).toBe('fine');
  });

  test('A61: a passkey that answers for another account, or for none, signs nobody in', async () => {
    const authenticator = makeAuthenticator(ORIGIN);
    const { house } = await withPasskey(ground(), authenticator);
    const bruno = await house.add(`personne-${(people += 1)}`);
    for (const userHandle of [Buffer.from(bruno.id).toString('base64url'), null]) {
      expect(await signIn(house, authenticator.get(await askToSignIn(house), { userHandle }))).toBe('passkey_wrong');
    }
  });

  test.each([
    ['an algorithm that was not offered', makeAuthenticator(ORIGIN, 'ES384'), {}],
    ['a weak key', makeAuthenticator(ORIGIN, 'RS256-1024'), {}],
    ['a key of another kind than its algorithm', makeAuthenticator(ORIGIN, 'ES384'), { alg: -7 }],
    ['an algorithm that its key does not fit', makeAuthenticator(ORIGIN, 'EdDSA'), { alg: -7 }],
  ])('A61: a passkey with %s is refused (CVE-2026-8830)', async (_what, authenticator, twist) => {
    const house = makeHouse(ground());
    const person = await house.add(`personne-${(people += 1)}`);
    expect(await add(house, person, authenticator.create(await askToAdd(house, person), twist))).toBe('passkey_wrong');
  });

  test('A61: a passkey that another account has is nobody else’s, at whatever moment', async () => {
    const authenticator = makeAuthenticator(ORIGIN);
    const { house, person: alix } = await withPasskey(ground(), authenticator);
    const bruno = await house.add(`personne-${(people += 1)}`);
    const [forger, second] = [makeAuthenticator(ORIGIN), makeAuthenticator(ORIGIN)];
    const stolen = forger.create(await askToAdd(house, bruno), { id: authenticator.id });
    expect(await add(house, bruno, stolen)).toBe('passkey_wrong');
    expect((await house.accounts.find(bruno.id))?.secondFactor).toBe(false);
    const both = [
      add(house, alix, second.create(await askToAdd(house, alix))),
      add(house, bruno, second.create(await askToAdd(house, bruno))),
    ];
    expect((await Promise.all(both)).toSorted()).toEqual(['fine', 'passkey_wrong']);
  });

  test('A61: a counter that stands still or falls back is a copy’s', async () => {
    const authenticator = makeAuthenticator(ORIGIN, 'ES256', true);
    const { house } = await withPasskey(ground(), authenticator);
    const show = async (twist: Twist) => signIn(house, authenticator.get(await askToSignIn(house), twist));
    expect(await show({ counter: 5 })).toBe('fine');
    for (const counter of [5, 4, 0]) expect(await show({ counter })).toBe('passkey_wrong');
    expect(await show({ counter: 6 })).toBe('fine');
    // The same count from the original and from its copy, at once.
    const answers = await Promise.all(Array.from({ length: 6 }, () => show({ counter: 7 })));
    expect(answers.filter((answer) => answer === 'fine')).toHaveLength(1);
  });

  test('A61: a passkey bound to its device does not become one that is copied', async () => {
    const authenticator = makeAuthenticator(ORIGIN);
    const { house } = await withPasskey(ground(), authenticator);
    const twist = { canBeBackedUp: true, backedUp: true };
    expect(await signIn(house, authenticator.get(await askToSignIn(house), twist))).toBe('passkey_wrong');
  });

  test('A61: a signature that was changed, and answers that are none, are refused without a fault', async () => {
    const authenticator = makeAuthenticator(ORIGIN);
    const { house, person } = await withPasskey(ground(), authenticator);
    const asked = await askToSignIn(house);
    const flipped = (honest: Buffer): Buffer => Buffer.from(honest.map((byte, at) => (at === 12 ? byte ^ 1 : byte)));
    expect(await signIn(house, authenticator.get(asked, { signature: flipped }))).toBe('passkey_wrong');
    const deep = Buffer.alloc(12_000, 0x81).toString('base64url');
    const honest = JSON.parse(authenticator.create(await askToAdd(house, person))) as { response: object };
    const nested = JSON.stringify({ ...honest, response: { ...honest.response, attestationObject: deep } });
    const long = JSON.stringify({ ...honest, padding: 'x'.repeat(20_000) });
    for (const response of ['', 'null', '[]', '{', '{"id":{}}', '\0', nested, long, '['.repeat(10_000)]) {
      expect(await signIn(house, response)).toBe('passkey_wrong');
      expect(await add(house, person, response)).toBe('passkey_wrong');
    }
  });

  test('A61: a certificate in a new passkey is not looked into: it could have us ask addresses that stand in it', async () => {
    const house = makeHouse(ground());
    const person = await house.add(`personne-${(people += 1)}`);
    const authenticator = makeAuthenticator(ORIGIN);
    const certified = authenticator.create(await askToAdd(house, person), { certified: true });
    expect(await add(house, person, certified)).toBe('passkey_wrong');
    expect(await add(house, person, authenticator.create(await askToAdd(house, person)))).toBe('fine');
  });
});
