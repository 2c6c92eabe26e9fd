import * as client from 'openid-client';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fc } from '../properties.ts';
import { formToken } from '../../src/web/safety.ts';
import { begin, openService, type Attempt, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { form, signed, signedQuery } from '../saml/requests.ts';
import { find, statusesIn, toldBy } from '../saml/told.ts';
import {
  handed,
  openWiki,
  post as postFromElsewhere,
  writeAsking,
  type Handed,
  type Wiki,
} from '../service-provider.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';
import { move, type Move } from './moves.ts';

const ASKS: readonly { [name: string]: string }[] = [
  {},
  { prompt: 'login' },
  { prompt: 'select_account' },
  { prompt: 'none' },
  { max_age: '0' },
  { max_age: '3600' },
  { prompt: 'create' },
];

let house: House;
let services: Service[];
let wikis: Wiki[];
let time = Date.now();
/** Profiles that anybody may try to choose, and whose they are if they may be had at all. */
const everyProfile: string[] = [];
const ownerOfSubject = new Map<string, PersonName>();

beforeAll(async () => {
  house = await openHouse({ now: () => time });
  const { accounts, profiles } = house.parts;
  services = [
    await openService(house, 'Meadow'),
    await openService(house, 'Harbour'),
    await openService(house, 'Cellar', { application: { entry: { kind: 'nobody' } } }),
    await openService(house, 'Attic'),
  ];
  const provider = { unsolicited: true };
  const entry = { entry: { kind: 'nobody' } } as const;
  wikis = [
    await openWiki(house, 'Moor', { provider }),
    await openWiki(house, 'Cave', { provider, application: entry }),
  ];
  const [moor, cave] = wikis.map(({ application }) => application);
  const [meadow, harbour, cellar, attic] = services.map(({ application }) => application);
  if (moor === undefined || cave === undefined) throw new Error('no applications');
  if (meadow === undefined || harbour === undefined || cellar === undefined || attic === undefined)
    throw new Error('no applications');
  for (const [person, application, name, state] of [
    ['alix', meadow, 'heron', 'active'],
    ['alix', meadow, 'sparrow', 'active'],
    ['alix', meadow, 'jackdaw', 'retired'],
    ['alix', harbour, 'swift', 'active'],
    ['alix', cellar, 'bat', 'active'],
    ['alix', attic, 'martin', 'active'],
    ['bruno', meadow, 'magpie', 'active'],
    ['bruno', harbour, 'gull', 'blocked'],
    ['maud', meadow, 'stork', 'active'],
    ['alix', moor, 'plover', 'active'],
    ['alix', moor, 'curlew', 'retired'],
    ['bruno', moor, 'lapwing', 'active'],
    ['bruno', moor, 'dunlin', 'blocked'],
    ['bruno', cave, 'owlet', 'active'],
  ] as const) {
    const account = (await accounts.findByLogin(PEOPLE[person].loginName)) ?? (await addPerson(house.parts, person));
    const profile = await profiles.create(account.id, application, { name, note: '' });
    everyProfile.push(profile.id);
    if (state === 'retired') await profiles.retire(account.id, profile.id);
    if (state === 'blocked') {
      const { profile: table } = house.parts.storage.tables;
      await house.parts.storage.write(
        async (tx) => void (await tx.update(table).set({ status: 'blocked' }).where(eq(table.id, profile.id))),
      );
    }
    // Maud is suspended: her password is right and of no use.
    if (state === 'active' && person !== 'maud' && application !== cellar && application !== cave)
      ownerOfSubject.set(profile.subject, person);
  }
  // Alix's profile was there before; from now on nobody makes one.
  const { id: atticId, ...settings } = attic;
  await house.parts.applications.change(atticId, { ...settings, people: 'awaited' });
  const maud = await accounts.findByLogin(PEOPLE.maud.loginName);
  await accounts.suspend(maud?.id ?? '');
});
afterAll(async () => {
  for (const service of services) await service.close();
  await house.close();
});

type Browser = {
  visitor: Visitor;
  proven: Set<PersonName>;
  attempts: Map<string, { attempt: Attempt; service: Service }>;
  /** What was asked by SAML, by the ID of the request, and how many passwords had been right before. */
  asked: Map<string, { wiki: Wiki; forced: boolean; url: string; before: number }>;
  /** Whose passwords were right, in order. */
  proofs: PersonName[];
};

function newBrowser(): Browser {
  const visitor = makeVisitor((url) => [...services, ...wikis].some((place) => place.isHome(url)));
  return { visitor, proven: new Set(), attempts: new Map(), asked: new Map(), proofs: [] };
}

/** A walk: two browsers, the journeys of both, and what came of them. */
function makeWalk() {
  const browsers = [newBrowser(), newBrowser()];
  const journeys: string[] = [];
  let [browser] = browsers as [Browser, Browser];
  let codes = 0;
  const assertions: { asked: boolean }[] = [];
  const answeredRequests = new Set<string>();

  /** An assertion must have been earned too: in this browser, by its person, once for each request. */
  async function judgeAnswer({ action, xml }: Handed): Promise<void> {
    const wiki = wikis.find(({ consumer }) => consumer === action);
    if (wiki === undefined) throw new Error(`an answer for ${action}`);
    if (statusesIn(xml)[0] !== 'Success') return expect(xml).not.toContain('Assertion');
    expect(wiki.application.name, 'an assertion where nobody may enter').toBe('Moor');
    const { nameId } = toldBy(xml, wiki.key);
    const owner = ownerOfSubject.get(nameId) ?? (await createdBy(nameId));
    expect(owner, 'an assertion for nobody’s active profile').toBeDefined();
    if (owner !== undefined) expect(browser.proven, `an assertion for ${owner}`).toContain(owner);
    const id = find(xml, 'Response')?.getAttribute('InResponseTo') ?? '';
    assertions.push({ asked: id !== '' });
    if (id === '') return;
    const asked = browser.asked.get(id);
    expect(asked?.wiki, 'an assertion in a browser that did not ask').toBe(wiki);
    expect(answeredRequests.has(id), 'a second assertion').toBe(false);
    answeredRequests.add(id);
    if (asked?.forced === true) expect(browser.proofs.slice(asked.before), 'without a new proof').toContain(owner);
  }

  /** Whatever page it is, only an answer with a code or an assertion gives anything away: it must have been earned. */
  async function judge(page: Page): Promise<void> {
    const match = /\/journey\/([\w-]+)/u.exec(page.url.pathname)?.[1];
    if (match !== undefined && !journeys.includes(match)) journeys.push(match);
    if (page.status >= 500) throw new Error(`${page.status} at ${page.url.pathname}`);
    const answer = handed(page);
    if (answer !== undefined) return judgeAnswer(answer);
    const state = page.url.searchParams.get('state');
    if (!page.url.searchParams.has('code') || state === null) return;
    const begun = browsers.flatMap(({ attempts }) => attempts.get(state) ?? [])[0];
    expect(browser.attempts.has(state), 'a code in a browser that did not ask').toBe(true);
    if (begun === undefined) return;
    expect(begun.service.application.name, 'a code where nobody may enter').not.toBe('Cellar');
    const tokens = await client.authorizationCodeGrant(begun.service.configuration, page.url, {
      pkceCodeVerifier: begun.attempt.verifier,
      expectedState: begun.attempt.state,
      expectedNonce: begun.attempt.nonce,
    });
    codes += 1;
    const owner = ownerOfSubject.get(tokens.claims()?.sub ?? '') ?? (await createdBy(tokens.claims()?.sub ?? ''));
    expect(owner, 'a code for nobody’s active profile').toBeDefined();
    if (begun.service.application.name === 'Attic')
      expect(tokens.claims()?.['preferred_username'], 'a profile made while names are awaited').toBe('martin');
    if (owner !== undefined) expect(browser.proven, `a code for ${owner}`).toContain(owner);
  }

  /** Profiles made on the way. */
  async function createdBy(subject: string): Promise<PersonName | undefined> {
    for (const person of ['alix', 'bruno'] as const) {
      const account = await house.parts.accounts.findByLogin(PEOPLE[person].loginName);
      for (const { application } of [...services.slice(0, 2), ...wikis.slice(0, 1)]) {
        const { profiles } = await house.parts.profiles.at(account?.id ?? '', application);
        if (profiles.some((profile) => profile.subject === subject && profile.status === 'active')) return person;
      }
    }
    return undefined;
  }

  /** A journey of either browser, counted from the newest. */
  const named = (number: number): string => journeys.toReversed()[number % Math.max(1, journeys.length)] ?? 'none';

  /** The form's own token where this browser has the journey's cookie; otherwise one that it made up. */
  async function token(id: string): Promise<string> {
    const cookies = await browser.visitor.cookies(`${house.url}/journey/${id}`);
    return formToken(/aluco-journey=([^;]+)/u.exec(cookies)?.[1] ?? 'made up');
  }

  async function post(journey: number, page: string, fields: { [name: string]: string }): Promise<void> {
    const id = named(journey);
    await judge(await browser.visitor.post(`${house.url}/journey/${id}${page}`, { csrf: await token(id), ...fields }));
  }

  async function step(next: Move): Promise<void> {
    switch (next.kind) {
      case 'begin': {
        const service = services[next.where % services.length] as Service;
        const attempt = await begin(service, ASKS[next.ask % ASKS.length]);
        browser.attempts.set(attempt.state, { attempt, service });
        return judge(await browser.visitor.get(attempt.url));
      }
      case 'ask': {
        const wiki = wikis[next.where] as Wiki;
        const forced = next.how === 'ForceAuthn';
        const asking = { at: time, forceAuthn: forced, isPassive: next.how === 'IsPassive' };
        const { id, xml } = writeAsking(wiki, asking);
        const url =
          next.by === 'post'
            ? ((await postFromElsewhere(wiki.sso, form(signed(xml, wiki.key)))).headers.get('location') ?? '')
            : `${wiki.sso}?${signedQuery(xml, wiki.key)}`;
        const request = { wiki, forced, url: new URL(url, wiki.sso).href, before: browser.proofs.length };
        browser.asked.set(id, request);
        return judge(await browser.visitor.get(request.url));
      }
      case 'ask again': {
        // The same request once more, from the history of this browser.
        const requests = [...browser.asked.values()].toReversed();
        const request = requests[next.where % Math.max(1, requests.length)];
        return request === undefined ? undefined : judge(await browser.visitor.get(request.url));
      }
      case 'enter': {
        // Without a request, from the person's own page; who is not signed in is asked to.
        const path = `${house.url}/profiles/${everyProfile.at(-1 - (next.profile % everyProfile.length))}`;
        const page = await browser.visitor.get(path);
        const isThere = page.document.querySelector('form[action$="/enter"]') !== null;
        return judge(isThere ? await browser.visitor.submit(page, '/enter') : page);
      }
      case 'look':
        return judge(await browser.visitor.get(`${house.url}/journey/${named(next.journey)}${next.page}`));
      case 'sign-in': {
        const { loginName, password } = PEOPLE[next.who];
        const cookies = await browser.visitor.cookies(`${house.url}/journey/${named(next.journey)}`);
        // A right password counts where the journey is this browser's.
        if (next.password === 'right' && cookies.includes('aluco-journey')) {
          browser.proven.add(next.who);
          browser.proofs.push(next.who);
        }
        return post(next.journey, '/sign-in', {
          login: loginName,
          ...(next.password === 'missing'
            ? {}
            : { password: { right: password, wrong: 'a guess', empty: '' }[next.password] }),
        });
      }
      case 'choose':
        return post(next.journey, '/profile', {
          profile: everyProfile[next.profile % everyProfile.length] ?? '',
          ...(next.cancels && next.profile % 3 === 2 ? { cancel: '1' } : {}),
        });
      case 'create':
        return post(next.journey, '/create', { name: ['', 'robin', 'heron', 'wren'][next.name % 4] ?? '' });
      case 'resume':
        // Straight to where the library takes a finished journey up again.
        return judge(await browser.visitor.get(`${house.url}/oidc/authorize/${named(next.journey)}`));
      case 'empty':
        return judge(await browser.visitor.post(`${house.url}/journey/${named(next.journey)}${next.page}`, {}));
      case 'go on': {
        // What the page asks for, as a person would.
        const page = await browser.visitor.get(`${house.url}/journey/${named(next.journey)}`);
        const choices = page.document.querySelectorAll('[name=profile]').filter((one) => !one.hasAttribute('disabled'));
        const choice = choices[0]?.getAttribute('value');
        if (page.document.querySelector('input[name=password]') !== null) {
          return step({ ...next, kind: 'sign-in' });
        }
        if (choice === undefined) return judge(page);
        return post(next.journey, '/profile', { profile: choice });
      }
      case 'walk on': {
        // Page after page, as long as it is the same journey.
        const at = journeys.indexOf(named(next.journey));
        for (let page = 0; page < 3 && at >= 0; page += 1)
          await step({ ...next, kind: 'go on', journey: journeys.length - 1 - at, password: 'right' });
        return;
      }
      case 'change browser':
        browser = browsers.find((one) => one !== browser) as Browser;
    }
  }

  return { step, codes: () => codes, assertions };
}

test(
  'A50 no walk through the pages, in whatever order, ends in a code or an assertion that was not earned',
  { timeout: 480_000 },
  async () => {
    let codes = 0;
    let moves = 0;
    const assertions: { asked: boolean }[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(move, { minLength: 12, maxLength: 30, size: 'max' }), async (walk) => {
        const walker = makeWalk();
        // What was counted against guesses before is long forgotten.
        time += 2 * 3_600_000;
        for (const next of walk) await walker.step(next);
        codes += walker.codes();
        assertions.push(...walker.assertions);
        moves += walk.length;
      }),
      { numRuns: 30, endOnFailure: true },
    );
    expect(moves).toBeGreaterThan(250);
    // Walks that never arrive would prove nothing.
    expect(codes).toBeGreaterThan(1);
    expect(assertions.filter(({ asked }) => asked).length).toBeGreaterThan(1);
  },
);
