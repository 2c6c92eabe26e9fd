import { SAML, ValidateInResponseTo, type Profile } from '@node-saml/node-saml';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { begin, openService, receive, signIn, walk, type Received, type Service } from '../application.ts';
import { ask, expectToldTo, request } from '../attacks/asking.ts';
import { codeAt, codesOn, scan } from '../authenticator.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { find, statusesIn, textsOf } from '../saml/told.ts';
import { strengthen } from '../second-factor.ts';
import { answerOn, openWiki, type Wiki } from '../service-provider.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

const ONE = 'urn:aluco:acr:password';
const TWO = 'urn:aluco:acr:two-factor';
const MFA = 'https://refeds.org/profile/mfa';
const CLASSES = 'urn:oasis:names:tc:SAML:2.0:ac:classes:';
const ALICE = { person: 'alix', profile: 'alice' } as const;
const START = Date.UTC(2026, 10, 21, 9, 33, 41);
const MINUTE = 60_000;

let house: House;
let blog: Service;
let forum: Service;
let wiki: Wiki;
let certificates: string[];
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  house = await openHouse();
  blog = await openService(house, 'Blog');
  forum = await openService(house, 'Forum');
  wiki = await openWiki(house, 'Wiki');
  for (const name of ['odile', 'alix', 'bruno', 'maud'] as const) await addPerson(house.parts, name);
  const metadata = await (await fetch(`${house.url}/saml/metadata`)).text();
  certificates = textsOf(metadata, 'X509Certificate');
});
afterAll(async () => {
  vi.useRealTimers();
  await blog.close();
  await forum.close();
  await house.close();
});

const browser = (): Visitor => makeVisitor((url) => [blog, forum, wiki].some((place) => place.isHome(url)));
const wait = (minutes: number): void => void vi.setSystemTime(Date.now() + minutes * MINUTE);

/** Alix, signed in with her password and nothing else, with a profile at each application. */
async function signedIn(): Promise<Visitor> {
  const alix = browser();
  await signIn(alix, blog, ALICE);
  await signIn(alix, forum, ALICE);
  await enterWiki(alix);
  return alix;
}

/** The page of a journey that stands still, because something is asked that the person has not proven. */
function expectHeldUp(page: Page): void {
  expect(page.url.origin).toBe(house.url);
  expect(page.url.pathname).toMatch(/^\/journey\//u);
  // Not for want of a first one: that is in the session.
  expect(page.document.querySelector('input[name=password]')).toBeNull();
  expect(page.document.querySelector('input[name=SAMLResponse], input[name=profile], button[name=profile]')).toBeNull();
}

/** Gives up where a second factor is asked for, by the button of that page. */
function giveUp(visitor: Visitor, page: Page): Promise<Page> {
  return visitor.submit(page, '/profile', { cancel: '1' });
}

/** Sets up an authenticator app where a page asks for a second factor, and goes on from the recovery codes. */
async function enrol(visitor: Visitor, { url }: Page): Promise<Page> {
  const page = await visitor.get(`${url.href}/enrol/app`);
  const codes = await visitor.submit(page, '/enrol/app', { code: codeAt(scan(page), Date.now()) });
  expect(codesOn(codes)).toHaveLength(10);
  return visitor.get(new URL(codes.document.querySelector('main a.button')?.getAttribute('href') ?? '', page.url));
}

/** An application with node-saml that asks for a context. */
function nodeSaml(authnContext: string[], racComparison: 'exact' | 'minimum' = 'exact'): SAML {
  return new SAML({
    issuer: wiki.provider.entityId,
    callbackUrl: wiki.consumer,
    entryPoint: wiki.sso,
    idpCert: certificates,
    privateKey: wiki.key.privateKey,
    signatureAlgorithm: 'sha256',
    digestAlgorithm: 'sha256',
    identifierFormat: null,
    wantAssertionsSigned: true,
    wantAuthnResponseSigned: true,
    validateInResponseTo: ValidateInResponseTo.always,
    authnContext,
    racComparison,
  });
}

type Told = { readonly contextClass: string | undefined; readonly instant: number; readonly profile: Profile | null };

async function toldTo(saml: SAML, page: Page): Promise<Told> {
  const { xml } = answerOn(page);
  const { profile } = await saml.validatePostResponseAsync({ SAMLResponse: Buffer.from(xml).toString('base64') });
  const [contextClass] = textsOf(xml, 'AuthnContextClassRef');
  return {
    contextClass,
    instant: Date.parse(find(xml, 'AuthnStatement')?.getAttribute('AuthnInstant') ?? ''),
    profile,
  };
}

async function enterWiki(visitor: Visitor): Promise<void> {
  const saml = nodeSaml([`${CLASSES}PasswordProtectedTransport`]);
  const page = await visitor.get(await saml.getAuthorizeUrlAsync('', undefined, {}));
  await toldTo(saml, await walk(visitor, wiki, page, ALICE));
}

const essential = (...values: string[]): { claims: string } => ({
  claims: JSON.stringify({ id_token: { acr: { essential: true, values }, auth_time: null } }),
});

describe('an application that asks for two factors by OpenID Connect', () => {
  test.each([
    ['acr_values', { acr_values: TWO }, TWO],
    ['acr_values with the name of REFEDS', { acr_values: MFA }, MFA],
    ['an essential claim', essential(TWO), TWO],
    ['an essential claim beside a weaker wish', { ...essential(TWO), acr_values: ONE }, TWO],
  ])('holds up a session of one by %s, and gets a code once there are two', async (_what, params, acr) => {
    const alix = await signedIn();
    const silent = await ask(house, { ...request(blog), ...params, prompt: 'none' }, await alix.cookies(house.url));
    expectToldTo(blog, house, silent, 'login_required');

    const attempt = await begin(blog, params);
    const held = await alix.get(attempt.url);
    expectHeldUp(held);
    // Neither asking again nor the address after it leads around.
    expectHeldUp(await alix.get(held.url));
    await strengthen(house, alix, 'alix');
    const answer = await walk(alix, blog, await alix.get(held.url), ALICE);
    const { idToken } = await receive(blog, attempt, answer.url);
    expect(idToken['acr']).toBe(acr);

    // From then on the session has both.
    const after = await ask(house, { ...request(blog), ...params, prompt: 'none' }, await alix.cookies(house.url));
    expect(after.location?.searchParams.get('code')).toMatch(/./u);
  });

  test('is not held up where one factor would do as well, nor by names that nobody knows', async () => {
    const alix = await signedIn();
    for (const params of [{ acr_values: `${TWO} ${ONE}` }, essential(TWO, ONE), { acr_values: 'urn:example:gold' }]) {
      const { idToken } = await signIn(alix, blog, ALICE, params);
      expect(idToken['acr']).toBe(ONE);
    }
  });

  test('hears unmet_authentication_requirements where the person gives up', async () => {
    const alix = await signedIn();
    const held = await alix.get((await begin(blog, { acr_values: TWO })).url);
    const answer = await giveUp(alix, held);
    expect(answer.url.searchParams.get('error')).toBe('unmet_authentication_requirements');
    expect((await alix.get(held.url)).status).toBe(410);
  });
});

describe('what OpenID Connect tells of the level', () => {
  const told = ({ idToken }: Received) => [idToken['acr'], idToken['amr'], idToken['auth_time']];

  test('is nothing where nobody asked', async () => {
    const alix = await signedIn();
    expect(told(await signIn(alix, blog, ALICE))).toEqual([undefined, undefined, undefined]);
    await strengthen(house, alix, 'alix');
    const strong = await signIn(alix, blog, ALICE);
    expect(told(strong)).toEqual([undefined, undefined, undefined]);
    expect(Object.keys(strong.userinfo)).not.toContain('acr');
  });

  test('is the level, never the method, and no more than was asked for', async () => {
    const alix = await signedIn();
    const asking = {
      claims: JSON.stringify({ id_token: { acr: null, amr: null }, userinfo: { acr: null, amr: null } }),
    };
    expect(told(await signIn(alix, blog, ALICE, asking)).slice(0, 2)).toEqual([ONE, ['pwd']]);
    await strengthen(house, alix, 'alix');
    const strong = await signIn(alix, blog, ALICE, asking);
    expect(told(strong).slice(0, 2)).toEqual([TWO, ['mfa']]);
    expect(Object.keys(strong.userinfo)).not.toContain('acr');
    expect(told(await signIn(alix, blog, ALICE, { acr_values: ONE }))[0]).toBe(ONE);
    expect(told(await signIn(alix, blog, ALICE, essential(ONE)))[0]).toBe(ONE);
  });

  test('P1: the time is that of the first factor, as coarse as for a session, for the application that asked too', async () => {
    const alix = await signedIn();
    const first = Date.now();
    wait(7);
    const attempt = await begin(blog, essential(TWO));
    const held = await alix.get(attempt.url);
    await strengthen(house, alix, 'alix', first);
    const answer = await walk(alix, blog, await alix.get(held.url), ALICE);
    const { idToken } = await receive(blog, attempt, answer.url);
    expect(idToken['auth_time']).toBe(Math.floor(first / 600_000) * 600);
  });
});

describe('somebody without a second factor, asked for one minutes after the password', () => {
  const floored = (at: number): number => Math.floor(at / 600_000) * 600;

  test('P1: sets one up on the way; OpenID Connect is told of two, and the time of the first, coarse', async () => {
    const bruno = browser();
    await signIn(bruno, forum, { person: 'bruno' });
    const first = Date.now();
    wait(7);
    const attempt = await begin(blog, essential(TWO));
    const cookies = await bruno.cookies(house.url);
    const held = await bruno.get(attempt.url);
    expectHeldUp(held);
    const answer = await walk(bruno, blog, await enrol(bruno, held), { person: 'bruno' });
    const { idToken } = await receive(blog, attempt, answer.url);
    expect([idToken['acr'], idToken['auth_time']]).toEqual([TWO, floored(first)]);
    // A57: the session of one factor is no more.
    expect(await bruno.cookies(house.url)).not.toBe(cookies);
    const old = await fetch(`${house.url}/account`, { redirect: 'manual', headers: { cookie: cookies } });
    expect(old.status).toBe(303);

    // Whoever has one and does not show it is not believed to have two.
    const other = browser();
    const fresh = await begin(blog, essential(TWO));
    const asked = await other.submit(await other.get(fresh.url), '/sign-in', {
      login: 'bruno',
      password: PEOPLE.bruno.password,
    });
    expect(asked.document.querySelector('form[action$="/factor/code"]')).not.toBeNull();
    const denied = await giveUp(other, asked);
    expect(denied.url.searchParams.get('error')).toBe('unmet_authentication_requirements');
  });

  test('P1: sets one up on the way; SAML is told of two, and the time of the first, coarse', async () => {
    const maud = browser();
    await signIn(maud, forum, { person: 'maud' });
    const first = Date.now();
    wait(7);
    const saml = nodeSaml([MFA]);
    const held = await maud.get(await saml.getAuthorizeUrlAsync('', undefined, {}));
    expectHeldUp(held);
    const told = await toldTo(saml, await walk(maud, wiki, await enrol(maud, held), { person: 'maud' }));
    expect([told.contextClass, told.instant]).toEqual([MFA, floored(first) * 1000]);
  });
});

describe('an application that asks for two factors by SAML', () => {
  test.each([
    ['exactly those of REFEDS', [MFA], 'exact', MFA],
    ['at least those of REFEDS', [MFA], 'minimum', MFA],
    ['those of Microsoft', ['http://schemas.microsoft.com/claims/multipleauthn'], 'exact', undefined],
  ] as const)('holds up a session of one: %s', async (_what, classes, comparison, contextClass) => {
    const alix = await signedIn();
    const passive = nodeSaml([...classes], comparison);
    Object.assign(passive.options, { passive: true });
    const silent = answerOn(await alix.get(await passive.getAuthorizeUrlAsync('', undefined, {})));
    expect(statusesIn(silent.xml)).toEqual(['Responder', 'NoPassive']);

    const saml = nodeSaml([...classes], comparison);
    const held = await alix.get(await saml.getAuthorizeUrlAsync('', undefined, {}));
    expectHeldUp(held);
    await strengthen(house, alix, 'alix');
    const answer = await walk(alix, wiki, await alix.get(held.url), ALICE);
    expect((await toldTo(saml, answer)).contextClass).toBe(contextClass ?? classes[0]);

    const again = nodeSaml([...classes], comparison);
    const straight = await alix.get(await again.getAuthorizeUrlAsync('', undefined, {}));
    expect((await toldTo(again, straight)).contextClass).toBe(contextClass ?? classes[0]);
  });

  test('hears NoAuthnContext where the person gives up, and RequestDenied where it asked for less', async () => {
    const alix = await signedIn();
    const held = await alix.get(await nodeSaml([MFA]).getAuthorizeUrlAsync('', undefined, {}));
    expect(statusesIn(answerOn(await giveUp(alix, held)).xml)).toEqual(['Responder', 'NoAuthnContext']);

    await house.parts.applications.change(wiki.application.id, { ...settingsOf(wiki), secondFactor: true });
    const asked = await alix.get(await nodeSaml([`${CLASSES}Password`]).getAuthorizeUrlAsync('', undefined, {}));
    expectHeldUp(asked);
    expect(statusesIn(answerOn(await giveUp(alix, asked)).xml)).toEqual(['Responder', 'RequestDenied']);
    await house.parts.applications.change(wiki.application.id, settingsOf(wiki));
  });

  test('P1: others are told of a password alone, and the time is that of the first factor, coarse', async () => {
    const alix = await signedIn();
    const first = Date.now();
    wait(7);
    const strong = nodeSaml([MFA]);
    const held = await alix.get(await strong.getAuthorizeUrlAsync('', undefined, {}));
    await strengthen(house, alix, 'alix', first);
    const answer = await toldTo(strong, await walk(alix, wiki, await alix.get(held.url), ALICE));
    expect(answer.instant).toBe(Math.floor(first / 600_000) * 600_000);
    for (const classes of [[`${CLASSES}PasswordProtectedTransport`], [`${CLASSES}Password`, MFA]]) {
      const saml = nodeSaml(classes);
      const page = await alix.get(await saml.getAuthorizeUrlAsync('', undefined, {}));
      expect((await toldTo(saml, page)).contextClass).toBe(classes[0]);
    }
  });

  test('or for one, and gets the one that the person has reached', async () => {
    const alix = await signedIn();
    const either = [MFA, `${CLASSES}PasswordProtectedTransport`];
    const weak = nodeSaml(either);
    const page = await alix.get(await weak.getAuthorizeUrlAsync('', undefined, {}));
    expect((await toldTo(weak, page)).contextClass).toBe(either[1]);
    await strengthen(house, alix, 'alix');
    const strong = nodeSaml(either);
    const other = await alix.get(await strong.getAuthorizeUrlAsync('', undefined, {}));
    expect((await toldTo(strong, other)).contextClass).toBe(MFA);
  });
});

function settingsOf({ application }: Wiki) {
  const { id: _, ...settings } = application;
  return settings;
}
