import { SAML } from '@node-saml/node-saml';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import { APPLICATION_DEFAULTS } from '../../src/applications/settings.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { find, statusesIn, textsOf, toldBy } from '../saml/told.ts';
import { answerOn, ask, askByPost, handed, type Wiki } from '../service-provider.ts';
import type { Visitor } from '../visitor.ts';
import { newcomer, type Newcomer } from './newcomer.ts';

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
beforeAll(async () => {
  house = await openHouse({ engine: 'postgres' });
  await addPerson(house.parts, 'odile');
});
afterAll(() => house.close());

let alix: Account;
let wiki: Wiki;
let visitor: Visitor;
let prove: Newcomer['prove'];
let enter: Newcomer['enter'];
let profileId: Newcomer['profileId'];
let browser: Newcomer['browser'];
let elsewhere: Newcomer['elsewhere'];
beforeEach(async () => {
  ({ alix, wiki, visitor, prove, enter, profileId, browser, elsewhere } = await newcomer(house));
});

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
    const cellar = await elsewhere('Cellar', { application: { entry: { kind: 'nobody' } } });
    const page = await prove(visitor, await visitor.get(ask(cellar).url));
    expect([page.status, handed(page)]).toEqual([403, undefined]);
    const silent = answerOn(await visitor.get(ask(cellar, { isPassive: true }).url));
    expect(statusesIn(silent.xml)).toEqual(['Responder', 'NoPassive']);
  });
});
