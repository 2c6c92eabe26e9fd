import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { walk } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { form, signed } from '../saml/requests.ts';
import { find, statusesIn, textsOf, toldBy } from '../saml/told.ts';
import { answerOn, ask, handed, post, writeAsking, type Wiki } from '../service-provider.ts';
import type { Page, Visitor } from '../visitor.ts';
import { HERON, newcomer, type Newcomer } from './newcomer.ts';
import { startNode, type Node } from './nodes.ts';

const MINUTE = 60_000;

let house: House;
let node: Node;
beforeAll(async () => {
  house = await openHouse({ engine: 'postgres' });
  node = await startNode(house);
  await addPerson(house.parts, 'odile');
});
afterAll(async () => {
  await node.close();
  await house.close();
});

let wiki: Wiki;
let visitor: Visitor;
let prove: Newcomer['prove'];
let enter: Newcomer['enter'];
let profileId: Newcomer['profileId'];
let browser: Newcomer['browser'];
let elsewhere: Newcomer['elsewhere'];
beforeEach(async () => {
  ({ wiki, visitor, prove, enter, profileId, browser, elsewhere } = await newcomer(house));
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
    expect([again.status, handed(again)]).toEqual([410, undefined]);
    const other = browser();
    const walked = await prove(other, await other.get(url));
    const last = await other.submit(walked, '/profile', { profile: await profileId() });
    expect([last.status, handed(last)]).toEqual([410, undefined]);
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
    const other = await elsewhere('Ledger');
    // Signed in here, but never there: it is not told which.
    const there = answerOn(await visitor.get(ask(other, { isPassive: true }).url));
    expect(statusesIn(there.xml)).toEqual(['Responder', 'NoPassive']);
  });

  test('A88: for what we do not have is answered that there is none', async () => {
    await enter();
    const wanting = (name: string, comparison = 'exact') =>
      `<samlp:RequestedAuthnContext Comparison="${comparison}"><saml:AuthnContextClassRef>${name}</saml:AuthnContextClassRef></samlp:RequestedAuthnContext>`;
    const CLASSES = 'urn:oasis:names:tc:SAML:2.0:ac:classes:';
    for (const inside of [
      wanting(`${CLASSES}TimeSyncToken`),
      wanting(`${CLASSES}X509`, 'minimum'),
      wanting('https://refeds.org/profile/mfa', 'better'),
      wanting(`${CLASSES}MobileTwoFactorContract`),
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
  const { loginName, password } = PEOPLE.bruno;
  await addPerson(house.parts, 'bruno');
  const bruno = browser();
  await bruno.submit(await bruno.get(house.url), '/sign-in', { login: loginName, password });
  const stolen = await enterAs(bruno);
  expect([stolen.status, handed(stolen)]).toEqual([404, undefined]);
  expect(handed(await enterAs(visitor))).toBeDefined();
});
