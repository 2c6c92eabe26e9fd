import { SAML } from '@node-saml/node-saml';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import { APPLICATION_DEFAULTS } from '../../src/applications/settings.ts';
import { walk } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { form, signed } from '../saml/requests.ts';
import { find, statusesIn, textsOf, toldBy } from '../saml/told.ts';
import { answerOn, ask, askByPost, handed, openWiki, post, writeAsking, type Wiki } from '../service-provider.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';
import { startNode, type Node } from './nodes.ts';

const HERON = { person: 'alix', profile: 'heron' } as const;
const MINUTE = 60_000;

/** An administrator's change while somebody is on their way, or afterwards. */
type Change = (at: { house: House; wiki: Wiki; alix: Account; profileId: string }) => Promise<unknown>;

async function setStatus(house: House, profileId: string, status: 'blocked' | 'deleted'): Promise<void> {
  const { profile } = house.parts.storage.tables;
  await house.parts.storage.write(
    async (tx) => void (await tx.update(profile).set({ status }).where(eq(profile.id, profileId))),
  );
}

const CHANGES: readonly [what: string, change: Change][] = [
  ['she is suspended', ({ house, alix }) => house.parts.accounts.suspend(alix.id, Date.now() + 86_400_000)],
  ['the profile is blocked', ({ house, profileId }) => setStatus(house, profileId, 'blocked')],
  ['the profile is deleted', ({ house, profileId }) => setStatus(house, profileId, 'deleted')],
  ['she retires the profile', ({ house, alix, profileId }) => house.parts.profiles.retire(alix.id, profileId)],
  [
    'nobody may enter any more',
    ({ house, wiki: { application } }) =>
      house.parts.applications.change(application.id, {
        ...APPLICATION_DEFAULTS,
        name: application.name,
        homeUrl: application.homeUrl,
        entry: { kind: 'nobody' },
      }),
  ],
  [
    'the service provider is removed',
    ({ house, wiki }) => house.parts.applications.removeServiceProvider(wiki.provider.id),
  ],
  [
    'the address for answers is another one',
    ({ house, wiki }) =>
      house.parts.applications.changeServiceProvider(wiki.provider.id, (before) => ({
        ...before,
        consumers: [{ url: `${wiki.url}/other`, index: 0, isDefault: true }],
      })),
  ],
];

let house: House;
let node: Node;
let wiki: Wiki;
let alix: Account;
let visitor: Visitor;
const wikis: Wiki[] = [];
const browser = (): Visitor => makeVisitor((url) => wikis.some((one) => one.isHome(url)));

beforeAll(async () => {
  house = await openHouse({ engine: 'postgres' });
  node = await startNode(house);
  await addPerson(house.parts, 'odile');
});
afterAll(async () => {
  await node.close();
  await house.close();
});

let number = 0;
beforeEach(async () => {
  // Somebody and somewhere new each time, for what is done to them cannot be undone.
  number += 1;
  wiki = await openWiki(house, `Wiki ${number}`);
  wikis.push(wiki);
  const { password } = PEOPLE.alix;
  alix = await house.parts.accounts.add({ loginName: `alix${number}`, password, language: 'en' });
  await house.parts.profiles.create(alix.id, wiki.application, { name: 'heron', note: '' });
  visitor = browser();
});

const profileId = async (): Promise<string> =>
  (await house.parts.profiles.at(alix.id, wiki.application)).profiles[0]?.id ?? '';

/** Types the password on the page that asks for it. */
function prove(who: Visitor, page: Page): Promise<Page> {
  return who.submit(page, '/sign-in', { login: `alix${number}`, password: PEOPLE.alix.password });
}

/** A whole sign-in. */
async function enter(
  asking: Parameters<typeof ask>[1] = {},
  at: Wiki = wiki,
): Promise<ReturnType<typeof answerOn> & { id: string }> {
  const { id, url } = ask(at, asking);
  let page = await visitor.get(url);
  if (page.document.querySelector('input[name=password]') !== null) page = await prove(visitor, page);
  return { id, ...answerOn(await walk(visitor, at, page, HERON)) };
}

const first = (xml: string, name: string, attribute: string): string => find(xml, name)?.getAttribute(attribute) ?? '';

describe('A87: an answer', () => {
  test('A87: is for who asked, where it asked, for what it asked, and for five minutes', async () => {
    const before = Date.now();
    const { id, action, xml } = await enter();
    expect(action).toBe(wiki.consumer);
    expect(first(xml, 'Response', 'Destination')).toBe(wiki.consumer);
    expect(first(xml, 'Response', 'InResponseTo')).toBe(id);
    expect(first(xml, 'SubjectConfirmationData', 'InResponseTo')).toBe(id);
    expect(first(xml, 'SubjectConfirmationData', 'Recipient')).toBe(wiki.consumer);
    expect(textsOf(xml, 'Audience')).toEqual([wiki.provider.entityId]);
    expect(textsOf(xml, 'Issuer')).toEqual([`${house.url}/saml/metadata`, `${house.url}/saml/metadata`]);
    for (const element of ['SubjectConfirmationData', 'Conditions']) {
      const until = Date.parse(first(xml, element, 'NotOnOrAfter'));
      expect(until).toBeGreaterThan(before);
      expect(until).toBeLessThanOrEqual(Date.now() + 5 * MINUTE);
    }
    const again = await enter();
    const ids = [xml, again.xml].flatMap((one) => [first(one, 'Response', 'ID'), first(one, 'Assertion', 'ID')]);
    expect(new Set(ids).size).toBe(4);
    for (const one of ids) expect(one).toMatch(/^_[\da-f]{32}$/u);
  });

  test('A87: is taken by its service provider with all checks on, and by no other one', async () => {
    const metadata = await (await fetch(`${house.url}/saml/metadata`)).text();
    const reader = (more: { issuer: string; callbackUrl: string; idpCert: string }) =>
      new SAML({
        entryPoint: wiki.sso,
        idpIssuer: `${house.url}/saml/metadata`,
        audience: more.issuer,
        wantAssertionsSigned: true,
        wantAuthnResponseSigned: true,
        validateInResponseTo: 'never' as never,
        ...more,
      });
    const own = {
      issuer: wiki.provider.entityId,
      callbackUrl: wiki.consumer,
      idpCert: find(metadata, 'X509Certificate')?.textContent ?? '',
    };
    const { xml } = await enter();
    const container = { SAMLResponse: Buffer.from(xml).toString('base64') };
    const { profile } = await reader(own).validatePostResponseAsync(container);
    expect(profile).toMatchObject({ username: 'heron', nameID: toldBy(xml, wiki.key).nameId });
    await expect(reader({ ...own, issuer: `${wiki.url}/other` }).validatePostResponseAsync(container)).rejects.toThrow(
      'audience',
    );
    await expect(
      reader({ ...own, idpCert: wiki.key.certificate }).validatePostResponseAsync(container),
    ).rejects.toThrow('signature');
  });

  test('A87: is encrypted where the service provider has a key for it, and shows nothing then', async () => {
    const { key } = wiki;
    await house.parts.applications.changeServiceProvider(wiki.provider.id, (before) => ({
      ...before,
      encryptionCertificates: [key.certificate],
    }));
    const { xml } = await enter();
    const told = toldBy(xml, key);
    expect(told.attributes['username']).toEqual(['heron']);
    for (const value of ['heron', told.nameId, told.sessionIndex, '<saml:Assertion', 'relay.example']) {
      expect(xml).not.toContain(value);
      expect(told.assertion).toContain(value);
    }
  });

  test.each(CHANGES)('A87: is not given when %s between request and end', async (_, change) => {
    // One came by Redirect, the other by POST.
    const choosing = await prove(visitor, await visitor.get(ask(wiki).url));
    const other = browser();
    const posted = await prove(other, (await askByPost(other, wiki)).page);
    const chosen = await profileId();
    await change({ house, wiki, alix, profileId: chosen });
    for (const [who, page] of [
      [visitor, choosing],
      [other, posted],
    ] as const) {
      const answer = await who.submit(page, '/profile', { profile: chosen });
      expect(handed(answer)).toBeUndefined();
      expect(answer.status).toBeGreaterThanOrEqual(200);
      expect(answer.status).toBeLessThan(500);
      expect(answer.url.origin).toBe(house.url);
      expect(handed(await who.get(`${house.url}${page.url.pathname}`))).toBeUndefined();
    }
  });

  test.each(CHANGES)('A87: is not given to a browser that had one before, once %s', async (_, change) => {
    await enter();
    const chosen = await profileId();
    await change({ house, wiki, alix, profileId: chosen });
    const attributes = ` AssertionConsumerServiceURL="${wiki.consumer}"`;
    const silent = handed(await visitor.get(ask(wiki, { isPassive: true, attributes }).url));
    if (silent !== undefined) expect(statusesIn(silent.xml)).toEqual(['Responder', 'NoPassive']);
    expect(handed(await visitor.get(ask(wiki, { attributes }).url))).toBeUndefined();
  });

  test('A87: is given to nobody where nobody may enter', async () => {
    const cellar = await openWiki(house, `Cellar ${number}`, { application: { entry: { kind: 'nobody' } } });
    wikis.push(cellar);
    await house.parts.profiles.create(alix.id, cellar.application, { name: 'bat', note: '' });
    const page = await prove(visitor, await visitor.get(ask(cellar).url));
    expect([page.status, handed(page)]).toEqual([403, undefined]);
    const silent = answerOn(await visitor.get(ask(cellar, { isPassive: true }).url));
    expect(statusesIn(silent.xml)).toEqual(['Responder', 'NoPassive']);
  });
});

describe('A88: a request', () => {
  /** An address as it would be asked for at the other node, by a browser with these cookies. */
  async function askBoth(path: string): Promise<(string | undefined)[]> {
    const cookie = await visitor.cookies(`${house.url}/`);
    const answers = await Promise.all(
      [house.url, node.url, house.url, node.url].map(async (origin) => {
        const answer = await fetch(origin + path, { headers: { cookie, accept: 'text/html' }, redirect: 'manual' });
        return /name="SAMLResponse" value="([^"]+)"/u.exec(await answer.text())?.[1];
      }),
    );
    return answers.filter(Boolean);
  }

  test('A88: is answered once, also when it comes again, by another browser or much later', async () => {
    await enter();
    const { url } = ask(wiki);
    const page = await visitor.get(url);
    expect(statusesIn(answerOn(page).xml)).toEqual(['Success']);
    const again = await visitor.get(url);
    expect([again.status, handed(again)]).toEqual([400, undefined]);
    const other = browser();
    const walked = await prove(other, await other.get(url));
    const last = await other.submit(walked, '/profile', { profile: await profileId() });
    expect([last.status, handed(last)]).toEqual([400, undefined]);
  });

  test('A88: is answered once when it comes to two nodes at the same instant', async () => {
    await enter();
    for (let round = 0; round < 5; round += 1) {
      const { pathname, search } = new URL(ask(wiki).url);
      expect(await askBoth(pathname + search)).toHaveLength(1);
    }
    // By POST it is the way back that must lead to one answer, and the same form sent twice as well.
    const { xml } = writeAsking(wiki);
    const body = form(signed(xml, wiki.key));
    const places = await Promise.all([wiki.sso, `${node.url}/saml/sso`].map((url) => post(url, body)));
    const found = [];
    for (const place of places) found.push(...(await askBoth(place.headers.get('location') ?? '')));
    expect(found).toHaveLength(1);
  });

  test('A88: of long ago, of tomorrow or for elsewhere is refused', async () => {
    await enter();
    const now = Date.now();
    for (const asking of [
      { at: now - 11 * MINUTE },
      { at: now + 4 * MINUTE },
      { destination: `${house.url}/saml/slo` },
      { destination: 'https://other.example/saml/sso' },
    ]) {
      const page = await visitor.get(ask(wiki, asking).url);
      expect([page.status, handed(page)]).toEqual([400, undefined]);
    }
    expect(handed(await visitor.get(ask(wiki, { at: now - 9 * MINUTE }).url))).toBeDefined();
  });

  test('A88: with ForceAuthn asks for the password, whatever session there is', async () => {
    const before = toldBy((await enter()).xml, wiki.key);
    const page = await visitor.get(ask(wiki, { forceAuthn: true }).url);
    expect(page.document.querySelector('input[name=password]')).not.toBeNull();
    // Another page of the same journey does not get round it.
    expect(handed(await visitor.get(page.url))).toBeUndefined();
    expect(handed(await visitor.post(`${page.url.href}/profile`, { profile: await profileId() }))).toBeUndefined();
    const answer = await walk(visitor, wiki, await prove(visitor, page), HERON);
    const { authnInstant } = toldBy(answerOn(answer).xml, wiki.key);
    expect(authnInstant).toBeGreaterThanOrEqual(before.authnInstant);
    const silent = answerOn(await visitor.get(ask(wiki, { forceAuthn: true, isPassive: true }).url));
    expect(statusesIn(silent.xml)).toEqual(['Responder', 'NoPassive']);
  });

  test('A88: with IsPassive shows no page, and says so where one would be needed', async () => {
    const silent = () => visitor.get(ask(wiki, { isPassive: true }).url);
    expect(statusesIn(answerOn(await silent()).xml)).toEqual(['Responder', 'NoPassive']);
    await enter();
    expect(statusesIn(answerOn(await silent()).xml)).toEqual(['Success']);
    const other = await openWiki(house, `Ledger ${number}`);
    wikis.push(other);
    await house.parts.profiles.create(alix.id, other.application, { name: 'heron', note: '' });
    // Signed in here, but never there: it is not told which.
    const there = answerOn(await visitor.get(ask(other, { isPassive: true }).url));
    expect(statusesIn(there.xml)).toEqual(['Responder', 'NoPassive']);
  });

  test('A88: for more than a password is answered that there is none', async () => {
    await enter();
    const wanting = (name: string, comparison = 'exact') =>
      `<samlp:RequestedAuthnContext Comparison="${comparison}"><saml:AuthnContextClassRef>${name}</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>`;
    const CLASSES = 'urn:oasis:names:tc:SAML:2.0:ac:classes:';
    for (const inside of [
      wanting(`${CLASSES}TimeSyncToken`),
      wanting(`${CLASSES}X509`, 'minimum'),
      wanting(`${CLASSES}PasswordProtectedTransport`, 'better'),
      wanting('https://refeds.org/profile/mfa'),
    ]) {
      const { xml } = answerOn(await visitor.get(ask(wiki, { inside }).url));
      expect(statusesIn(xml)).toEqual(['Responder', 'NoAuthnContext']);
      expect(find(xml, 'Assertion')).toBeUndefined();
    }
    const { xml } = answerOn(await visitor.get(ask(wiki, { inside: wanting(`${CLASSES}Password`) }).url));
    expect(textsOf(xml, 'AuthnContextClassRef')).toEqual([`${CLASSES}Password`]);
  });
});

test('A88: an answer that nobody asked for answers nothing, and needs the same proofs', async () => {
  await house.parts.applications.changeServiceProvider(wiki.provider.id, (before) => ({
    ...before,
    unsolicited: true,
  }));
  const page = await visitor.get(`${house.url}/profiles/${await profileId()}`);
  const entering = await visitor.submit(await prove(visitor, page), '/enter');
  const { xml, relayState } = answerOn(await walk(visitor, wiki, entering, HERON));
  expect(xml).not.toContain('InResponseTo');
  expect(relayState).toBeUndefined();
  // Not from another site, and not with somebody else's profile.
  const id = await profileId();
  const enterAs = async (who: Visitor, headers: Record<string, string> = {}): Promise<Page> => {
    const home = await who.get(`${house.url}/account`);
    const csrf = home.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
    return who.post(`${house.url}/profiles/${id}/enter`, { csrf }, headers);
  };
  const forged = await enterAs(visitor, { 'sec-fetch-site': 'cross-site' });
  expect([forged.status, handed(forged)]).toEqual([403, undefined]);
  const { password } = PEOPLE.bruno;
  await house.parts.accounts.add({ loginName: `bruno${number}`, password, language: 'en' });
  const bruno = browser();
  await bruno.submit(await bruno.get(house.url), '/sign-in', { login: `bruno${number}`, password });
  const stolen = await enterAs(bruno);
  expect([stolen.status, handed(stolen)]).toEqual([404, undefined]);
  expect(handed(await enterAs(visitor))).toBeDefined();
});
