import { expect, test } from 'vitest';
import { PEOPLE } from '../../people.ts';
import type { Page } from '../../visitor.ts';
import { aSecondEarlier, carry, comeToAnswer, handedOver, identityProviderOf, post, signInAt } from './going.ts';
import { asksForPassword, profilePage, type Place } from './place.ts';
import type { Learned, RealProvider } from './provider.ts';

const ALIAS = /^[\w-]+@relay\.example$/u;

/** What somebody is known as, for comparing. */
function knownAs(learned: Learned | undefined): unknown[] {
  if (learned === undefined) throw new Error('nobody came in');
  const { nameId, sessionIndex, attributes } = learned;
  return [nameId, sessionIndex, attributes['uid'], attributes['email']];
}

/** What a service provider says of a refusal; its own words, in its own place. */
type Says<P extends RealProvider> = (place: Place<P>, page: Page) => string;

/** What every service provider must be able to do with us. */
export function tellOfSignIns<P extends RealProvider>(at: () => Place<P>): void {
  test('Alix comes in with the profile that she makes, and it learns nothing else of her', async () => {
    const { provider } = at();
    const alix = at().visitor();
    const handed = await comeToAnswer(alix, provider, { person: 'alix', profile: 'alice' });
    expect(handed.answer.action).toBe(provider.consumer);
    const page = await post(alix, handed.page, handed.answer);
    expect([page.status, provider.isHome(page.url)]).toEqual([200, true]);
    const learned = await provider.learned(alix);
    expect(learned?.nameId).toMatch(/^[\w-]{20,}$/u);
    for (const name of ['uid', 'username', 'preferred_username', 'name', 'displayName'])
      expect([name, learned?.attributes[name]]).toEqual([name, ['alice']]);
    for (const name of ['email', 'mail']) expect(learned?.attributes[name]?.[0]).toMatch(ALIAS);
    expect(JSON.stringify(learned)).not.toContain(PEOPLE.alix.mailbox);
    expect(JSON.stringify(learned)).not.toContain(PEOPLE.alix.loginName);
  });

  test('she comes in again without a page, as the same; in another profile she is somebody else', async () => {
    const { provider } = at();
    const alix = at().visitor();
    await signInAt(alix, provider, { person: 'alix', profile: 'alice' });
    const first = await provider.learned(alix);
    const before = alix.trail.length;
    await carry(alix, await provider.ask(alix));
    const way = alix.trail.slice(before).map(({ pathname }) => pathname);
    expect(way).toEqual(expect.arrayContaining(['/saml/sso', new URL(provider.consumer).pathname]));
    expect(way.filter((pathname) => pathname.startsWith('/journey/'))).toEqual([]);
    expect(knownAs(await provider.learned(alix))).toEqual(knownAs(first));
    const elsewhere = at().visitor();
    await signInAt(elsewhere, provider, { person: 'alix', profile: 'lichen' });
    const other = await provider.learned(elsewhere);
    expect(other?.attributes['uid']).toEqual(['lichen']);
    expect(knownAs(other)).toHaveLength(4);
    for (const value of knownAs(other)) expect(knownAs(first)).not.toContainEqual(value);
  });

  test('Bruno, who may not enter, sees why here, and no answer is sent; not silently either, nor later', async () => {
    const { provider, application, house } = at();
    const bruno = at().visitor();
    await signInAt(bruno, provider, { person: 'bruno', profile: 'bruno' });
    await house.parts.applications.change(application.id, { ...application, entry: { kind: 'nobody' } });
    try {
      const again = await provider.ask(bruno);
      const elsewhere = at().visitor();
      const { loginName: login, password } = PEOPLE.bruno;
      const asked = await carry(elsewhere, await provider.ask(elsewhere), ['SAMLRequest']);
      const first = await elsewhere.submit(asked, '/sign-in', { login, password });
      for (const page of [again, first]) {
        expect([page.url.origin, page.status]).toEqual([house.url, 403]);
        expect(() => handedOver(page)).toThrow('no answer');
      }
      expect(await provider.learned(elsewhere)).toBeUndefined();
    } finally {
      await house.parts.applications.change(application.id, application);
    }
  });

  test('A84: an answer that says something else than what we signed is refused by it', async () => {
    const { provider } = at();
    const alix = at().visitor();
    const handed = await comeToAnswer(alix, provider, { person: 'alix', profile: 'alice' });
    const altered = aSecondEarlier(handed);
    const page = await post(alix, altered.page, altered.answer);
    expect(page.status).toBeGreaterThanOrEqual(400);
    expect(await provider.learned(alix)).toBeUndefined();
  });
}

/** That it hears of what could not be, in the words of the protocol. */
export function tellOfStatuses<P extends RealProvider>(
  at: () => Place<P>,
  { says, passive = true }: { says: Says<P>; passive?: boolean },
): void {
  if (passive) {
    test('asked to show no page, we say that there would have to be one', async () => {
      const { provider } = at();
      const stranger = at().visitor();
      const page = await carry(stranger, await provider.ask(stranger, { passive: true }));
      expect(provider.isHome(page.url)).toBe(true);
      expect(says(at(), page)).toMatch(/NoPassive/u);
      expect(await provider.learned(stranger)).toBeUndefined();
      expect(stranger.trail.filter(({ pathname }) => pathname.startsWith('/journey/'))).toEqual([]);
    });
  }

  test('Alix gives up on the way, and it hears so', async () => {
    const { provider } = at();
    const alix = at().visitor();
    await signInAt(alix, provider, { person: 'alix', profile: 'alice' });
    const elsewhere = await at().visitorSignedIn('alix');
    const pick = await carry(elsewhere, await provider.ask(elsewhere), ['SAMLRequest']);
    const { page, answer } = handedOver(await elsewhere.submit(pick, '/profile', { cancel: '1' }));
    expect(answer.action).toBe(provider.consumer);
    expect(says(at(), await post(elsewhere, page, answer))).toMatch(/RequestDenied/u);
    expect(await provider.learned(elsewhere)).toBeUndefined();
  });
}

/** That it can ask by either binding, and gets back what it sent along. */
export function tellOfBindings<P extends RealProvider>(at: () => Place<P>): void {
  test.each(['redirect', 'post'] as const)('by %s: what it sent along comes back as it was', async (binding) => {
    const { provider } = at();
    const alix = at().visitor();
    // No space: node-saml signs it as %20 and sends it as +, which no receiver can take for the same.
    const state = `/a?b=c&d="é"+5%<${binding}>`;
    const page = await signInAt(alix, provider, { person: 'alix', profile: 'alice' }, { binding, state });
    expect(JSON.parse(page.text)).toMatchObject({ state });
    expect(alix.trail.filter(({ pathname }) => pathname === '/saml/sso')).toHaveLength(1);
  });
}

/** That it takes each answer once only. */
export function tellOfReplays<P extends RealProvider>(at: () => Place<P>): void {
  test('A88: an answer that was taken before is refused by it', async () => {
    const { provider } = at();
    const alix = at().visitor();
    const { page, answer } = await comeToAnswer(alix, provider, { person: 'alix', profile: 'alice' });
    await post(alix, page, answer);
    expect(await provider.learned(alix)).toBeDefined();
    const thief = at().visitor();
    const refused = await post(thief, page, answer);
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(await provider.learned(thief)).toBeUndefined();
  });
}

/** That it can have the password asked for again. */
export function tellOfForce<P extends RealProvider>(at: () => Place<P>): void {
  test('A88: asked to make sure, we ask for the password again', async () => {
    const { provider } = at();
    const alix = at().visitor();
    await signInAt(alix, provider, { person: 'alix', profile: 'alice' });
    expect(asksForPassword(await provider.ask(alix))).toBe(false);
    const page = await carry(alix, await provider.ask(alix, { force: true }), ['SAMLRequest']);
    expect(asksForPassword(page)).toBe(true);
    const { loginName: login, password } = PEOPLE.alix;
    const next = await alix.submit(page, '/sign-in', { login, password });
    await post(alix, next, handedOver(next).answer);
    expect((await provider.learned(alix))?.attributes['uid']).toEqual(['alice']);
  });
}

/** That its key is used: nobody on the way reads who comes in. */
export function tellOfEncryption<P extends RealProvider>(at: () => Place<P>): void {
  test('A87: what it is told is encrypted for it, as its metadata offers', async () => {
    const { provider, serviceProvider } = at();
    expect(serviceProvider.encryptionCertificates.length).toBeGreaterThan(0);
    const alix = at().visitor();
    const { page, answer, xml } = await comeToAnswer(alix, provider, { person: 'alix', profile: 'alice' });
    expect(xml).toContain('EncryptedAssertion');
    for (const word of ['alice', 'relay.example', 'SessionIndex', '<saml:Assertion']) expect(xml).not.toContain(word);
    await post(alix, page, answer);
    expect((await provider.learned(alix))?.attributes['uid']).toEqual(['alice']);
  });
}

/** What it makes of an answer that it did not ask for, where we are told to send such. */
export function tellOfUnsolicited<P extends RealProvider>(
  at: () => Place<P>,
  { taken, state }: { taken: boolean; state?: (provider: P) => string },
): void {
  test(`from her own page here, Alix ${taken ? 'comes in there' : 'does not come in: it takes no answer to nothing'}`, async () => {
    const { house, provider, serviceProvider } = at();
    await signInAt(at().visitor(), provider, { person: 'alix', profile: 'alice' });
    const alix = await at().visitorSignedIn('alix');
    const before = await profilePage(at(), alix, 'alice');
    expect(() => alix.submit(before, '/enter')).toThrow('no form');
    const unsolicitedState = state?.(provider);
    await house.parts.applications.changeServiceProvider(serviceProvider.id, (settings) => ({
      ...settings,
      unsolicited: true,
      unsolicitedState,
    }));
    const { page, answer, xml } = handedOver(await alix.submit(await profilePage(at(), alix, 'alice'), '/enter'));
    expect(answer.action).toBe(provider.consumer);
    expect(answer.fields['RelayState']).toBe(unsolicitedState);
    expect(xml).not.toContain('InResponseTo');
    const there = await post(alix, page, answer);
    expect((await provider.learned(alix))?.attributes['uid']).toEqual(taken ? ['alice'] : undefined);
    if (!taken) expect(there.status).toBeGreaterThanOrEqual(400);
    else if (unsolicitedState !== undefined) expect(there.url.href).toBe(unsolicitedState);
  });
}

/** That it follows us from one certificate to the next. */
export function tellOfCertificates<P extends RealProvider>(at: () => Place<P>): void {
  test('it takes our next certificate once it has read our metadata again, and no other', async () => {
    const { house, provider } = at();
    const { saml } = house.parts;
    const readAgain = async (): Promise<void> => provider.renew((await identityProviderOf(house)).metadata);
    const prepare = async (): Promise<string> => {
      await saml.prepareCertificate();
      return (await saml.ours()).certificates.find(({ state }) => state === 'next')?.id ?? '';
    };
    /** The name that Alix comes in under; undefined where she is refused. */
    const comesInAs = async (): Promise<readonly string[] | undefined> => {
      const alix = at().visitor();
      await signInAt(alix, provider, { person: 'alix', profile: 'alice' });
      return (await provider.learned(alix))?.attributes['uid'];
    };
    const next = await prepare();
    await readAgain();
    expect(await comesInAs()).toEqual(['alice']);
    await saml.activateCertificate(next);
    expect(await comesInAs()).toEqual(['alice']);
    await saml.activateCertificate(await prepare());
    expect(await comesInAs()).toBeUndefined();
    await readAgain();
    expect(await comesInAs()).toEqual(['alice']);
  });
}
