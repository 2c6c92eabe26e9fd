import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { openService, signIn, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeKey, type TestKey } from '../saml/keys.ts';
import { form, packed, signed } from '../saml/requests.ts';
import { statusesIn, toldBy, type Told } from '../saml/told.ts';
import {
  answerLeaving,
  answerOn,
  ask,
  askToLeave,
  carriedBy,
  handed,
  openWiki,
  post,
  signInAt,
  writeLeaving,
  type Leaving,
  type Wiki,
} from '../service-provider.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

const HERON = { person: 'alix', profile: 'heron' } as const;
const MINUTE = 60_000;

let house: House;
let wiki: Wiki;
let ledger: Wiki;
let blog: Service;
let stranger: TestKey;
beforeAll(async () => {
  house = await openHouse({ now: () => Date.now() });
  stranger = makeKey();
  wiki = await openWiki(house, 'Wiki');
  ledger = await openWiki(house, 'Ledger', { key: makeKey() });
  blog = await openService(house, 'Blog');
  await addPerson(house.parts, 'odile');
  await addPerson(house.parts, 'alix');
  await addPerson(house.parts, 'bruno');
});
afterAll(async () => {
  await blog.close();
  await house.close();
});

const browser = (): Visitor => makeVisitor((url) => [wiki, ledger, blog].some((place) => place.isHome(url)));

/** Alix' browser, who is signed in at three applications, and another one of hers and Bruno's, at the wiki. */
let visitor: Visitor;
let elsewhere: Visitor;
let bruno: Visitor;
let atWiki: Told;
let atLedger: Told;
let brunoAtWiki: Told;
beforeEach(async () => {
  [visitor, elsewhere, bruno] = [browser(), browser(), browser()];
  const told = async (who: Visitor, at: Wiki, answers: Parameters<typeof signInAt>[2] = HERON) =>
    toldBy((await signInAt(who, at, answers)).xml, at.key);
  atWiki = await told(visitor, wiki);
  atLedger = await told(visitor, ledger);
  await signIn(visitor, blog, HERON);
  await told(elsewhere, wiki);
  brunoAtWiki = await told(bruno, wiki, { person: 'bruno', profile: 'magpie' });
});

/** Where somebody is still known without being asked anything. */
async function known(who: Visitor): Promise<string[]> {
  const at = await Promise.all(
    [wiki, ledger].map(async (place) => {
      const answer = handed(await who.get(ask(place, { isPassive: true }).url));
      return statusesIn(answer?.xml ?? '<x/>')[0] === 'Success' ? [place.application.name] : [];
    }),
  );
  return at.flat();
}

async function expectAllAsBefore(): Promise<void> {
  expect(await known(visitor)).toEqual(['Wiki', 'Ledger']);
  expect(await known(elsewhere)).toEqual(['Wiki']);
  expect(await known(bruno)).toEqual(['Wiki']);
}

/** How a logout was answered to the service provider. */
function answered({ url }: Page, at: Wiki = wiki): string[] {
  expect(url.href.startsWith(`${at.logoutUrl}?SAMLResponse=`), url.href).toBe(true);
  return statusesIn(carriedBy(url).xml);
}

const here = ({ nameId, sessionIndex }: Told): Leaving => ({ nameId, sessionIndexes: [sessionIndex] });

describe('A89: a request to sign Alix out', () => {
  test('A89: by the service provider itself ends the one session that it names, in whichever browser it comes', async () => {
    expect(answered(await elsewhere.get(askToLeave(wiki, here(atWiki))))).toEqual(['Success']);
    expect(await known(visitor)).toEqual(['Ledger']);
    expect(await known(elsewhere)).toEqual(['Wiki']);
    expect(await known(bruno)).toEqual(['Wiki']);
    await signIn(visitor, blog, HERON, { prompt: 'none' });
  });

  test('A89: that is unsigned, of another key, too old, from the future or for elsewhere ends nothing', async () => {
    const now = Date.now();
    const whole = askToLeave(wiki, here(atWiki));
    const address = new URL(whole);
    for (const name of ['Signature', 'SigAlg']) address.searchParams.delete(name);
    const other = { ...wiki, slo: 'https://evil.example/saml/slo' };
    const toEvil = new URL(askToLeave(other, here(atWiki))).search;
    for (const url of [
      `${wiki.slo}?SAMLRequest=${packed(writeLeaving(wiki, here(atWiki)))}`,
      address.href,
      whole.replace('Signature=', 'Signature=AAAA'),
      askToLeave(wiki, here(atWiki), stranger),
      askToLeave(wiki, here(atWiki), ledger.key),
      askToLeave(wiki, { ...here(atWiki), until: now - MINUTE }),
      askToLeave(wiki, { ...here(atWiki), at: now - 11 * MINUTE }),
      askToLeave(wiki, { ...here(atWiki), at: now + 10 * MINUTE }),
      `${wiki.slo}${toEvil}`,
    ]) {
      const page = await visitor.get(url);
      expect([page.url.origin, page.status]).toEqual([house.url, 400]);
    }
    for (const xml of [writeLeaving(wiki, here(atWiki)), signed(writeLeaving(wiki, here(atWiki)), stranger)]) {
      const answer = await post(wiki.slo, form(xml));
      expect([answer.status, answer.headers.get('location')]).toEqual([400, null]);
    }
    await expectAllAsBefore();
  });

  test('A89: that names what another service provider calls her session ends nothing of either', async () => {
    // It is told no more than that its own sessions of this name are over.
    for (const nameId of [atLedger.nameId, atWiki.nameId]) {
      answered(await visitor.get(askToLeave(wiki, { nameId, sessionIndexes: [atLedger.sessionIndex] })));
    }
    // Nor does it take away what the other one ends it by.
    expect(answered(await visitor.get(askToLeave(ledger, here(atLedger))), ledger)).toEqual(['Success']);
    expect(await known(visitor)).toEqual(['Wiki']);
    expect(await known(elsewhere)).toEqual(['Wiki']);
    expect(await known(bruno)).toEqual(['Wiki']);
  });

  test("A89: by another person's NameID, or none of hers, ends nothing", async () => {
    for (const leaving of [
      { nameId: brunoAtWiki.nameId, sessionIndexes: [atWiki.sessionIndex] },
      { nameId: atLedger.nameId, sessionIndexes: [atWiki.sessionIndex] },
      { nameId: 'heron', sessionIndexes: [atWiki.sessionIndex] },
      { nameId: brunoAtWiki.nameId },
    ]) {
      expect(answered(await visitor.get(askToLeave(wiki, leaving)))).toEqual(['Requester', 'UnknownPrincipal']);
    }
    await expectAllAsBefore();
  });

  test('A89: that names no session ends the one of this very browser, and no other', async () => {
    expect(answered(await browser().get(askToLeave(wiki, { nameId: atWiki.nameId })))).toEqual(['Success']);
    await expectAllAsBefore();
    expect(answered(await visitor.get(askToLeave(wiki, { nameId: atWiki.nameId })))).toEqual(['Success']);
    expect(await known(visitor)).toEqual(['Ledger']);
    expect(await known(elsewhere)).toEqual(['Wiki']);
    await signIn(visitor, blog, HERON, { prompt: 'none' });
  });

  test('A89: that came before does nothing a second time, by either binding', async () => {
    const url = askToLeave(wiki, here(atWiki));
    answered(await visitor.get(url));
    atWiki = toldBy((await signInAt(visitor, wiki, HERON)).xml, wiki.key);
    expect((await visitor.get(url)).status).toBe(400);
    expect(await known(visitor)).toEqual(['Wiki', 'Ledger']);

    const body = form(signed(writeLeaving(wiki, { ...here(atWiki), id: '_again' }), wiki.key));
    const location = new URL((await post(wiki.slo, body)).headers.get('location') ?? '', wiki.slo);
    expect((await post(wiki.slo, body)).status).toBe(400);
    answered(await visitor.get(location));
    expect((await visitor.get(location)).status).toBe(410);
  });

  test('A89: by POST from another site ends the session of the browser that comes back, with her cookies', async () => {
    const body = form(signed(writeLeaving(wiki, { nameId: atWiki.nameId }), wiki.key), 'to the page');
    const answer = await post(wiki.slo, body);
    await expectAllAsBefore();
    const page = await visitor.get(new URL(answer.headers.get('location') ?? '', wiki.slo));
    expect(answered(page)).toEqual(['Success']);
    expect(page.url.searchParams.get('RelayState')).toBe('to the page');
    expect(await known(visitor)).toEqual(['Ledger']);
  });
});

describe('A89: an answer to a request to sign out', () => {
  async function asked(): Promise<URL> {
    const { profiles } = await house.parts.profiles.at(await alixId(), wiki.application);
    const page = await visitor.get(`${house.url}/profiles/${profiles[0]?.id}`);
    return (await visitor.submit(page, '/leave')).url;
  }
  const alixId = async () => (await house.parts.accounts.findByLogin('alix'))?.id ?? '';

  test('A89: is taken once, from who was asked', async () => {
    const request = await asked();
    expect(request.href.startsWith(`${wiki.logoutUrl}?SAMLRequest=`)).toBe(true);
    // Here it has ended already, whatever the service provider says.
    expect(await known(visitor)).toEqual(['Ledger']);
    const answer = answerLeaving(wiki, request);
    expect((await visitor.get(answer.replace('Signature=', 'Signature=AAAA'))).status).toBe(400);
    expect((await visitor.get(answer)).status).toBe(200);
    expect((await visitor.get(answer)).status).toBe(400);
  });

  test('A89: by another service provider, or to nothing, is refused', async () => {
    const request = await asked();
    for (const answer of [
      answerLeaving(ledger, request),
      answerLeaving(wiki, new URL(askToLeave(wiki, { nameId: 'x' }))),
    ]) {
      const page = await visitor.get(answer);
      expect([page.url.origin, page.status]).toEqual([house.url, 400]);
    }
    expect(await known(visitor)).toEqual(['Ledger']);
    await signIn(visitor, blog, HERON, { prompt: 'none' });
  });
});

test('a session kept for weeks by other applications is still ended by the name that one was given at first', async () => {
  const DAY = 86_400_000;
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    for (let week = 0; week < 4; week += 1) {
      vi.setSystemTime(Date.now() + 7 * DAY);
      answerOn(await visitor.get(ask(ledger).url));
    }
    expect(answered(await visitor.get(askToLeave(wiki, here(atWiki))))).toEqual(['Success']);
    expect(await known(visitor)).toEqual(['Ledger']);
  } finally {
    vi.useRealTimers();
  }
});
