import type { Parts } from '../../../src/parts.ts';
import { makeDice } from './dice.ts';
import { newBrowser, profileOf, signInOn, PASSWORD, type Face, type Person } from './faces.ts';
import { hasField, submit } from './forms.ts';
import { makeOidcActs, type Kept } from './oidc-acts.ts';
import { HOMES, ORIGIN, type Door, type OidcDoor, type Place, type SamlDoor } from './place.ts';
import { makeSamlActs } from './saml-acts.ts';
import type { Act, Ask, Script, Which } from './script.ts';
import { makeSights, type Sight } from './sights.ts';

/** Whether one person owns both profiles, or two people one each. */
export type Owners = 'one' | 'two';

/** What was seen in a world, and what is in it that anybody may know. */
export type World = {
  readonly owners: Owners;
  readonly script: Script;
  readonly sights: readonly Sight[];
  readonly known: readonly string[];
};

/** What asks for everything that may only be given when asked for. */
const EVERYTHING = JSON.stringify({ id_token: { auth_time: null, sid: null, acr: null }, userinfo: { acr: null } });

const ASKS: { readonly [ask in Ask]: Readonly<Record<string, string>> } = {
  nothing: {},
  everything: { claims: EVERYTHING },
  max_age: { max_age: '3600' },
  login: { prompt: 'login', claims: EVERYTHING },
};

/** No message to an application waits longer, in seconds. */
const LONGEST_DELAY = 126;
/** How often it is looked whether one is due, in seconds. */
const STEP = 2;

/** What the instance and all applications have in common. */
const PUBLIC = [ORIGIN, HOMES, '@relay.example'];

let people = 0;

async function newPerson(parts: Parts, language: 'fr' | 'en'): Promise<Person> {
  people += 1;
  const loginName = `person.${people}`;
  const mailbox = `${loginName}@home.example`;
  const made = await parts.accounts.add({
    loginName,
    password: PASSWORD,
    mailbox,
    mailboxVerified: true,
    language,
  });
  return { accountId: made.id, loginName };
}

/** Plays a script in one of the two worlds. */
export async function playWorld(place: Place, script: Script, owners: Owners): Promise<World> {
  const { parts, clock } = place;
  const { now } = clock;
  const dice = makeDice(script.seed + 7919);
  const sights = makeSights(now);
  const oidc = makeOidcActs(parts, sights, now);
  const saml = makeSamlActs(parts, sights, now);
  const kept = new Map<Which, Kept>();

  const doorOfP = await place.openDoor(script.doors[0]);
  const doorOfQ = script.applications === 'one' ? doorOfP : await place.openDoor(script.doors[1]);
  const alix = await newPerson(parts, dice.one(['fr', 'en']));
  const bruno = await newPerson(parts, dice.one(['fr', 'en']));
  const ownerOfQ = owners === 'one' ? alix : bruno;

  const browser = newBrowser(parts, 2 * people);
  // One person uses both applications in one browser; two profiles at one application need a browser each.
  const isShared = owners === 'one' && script.applications === 'two';
  const other = isShared ? browser : newBrowser(parts, 2 * people + 1);
  const faces: { readonly [which in Which]: Face } = {
    p: { side: 'p', name: script.names.p, person: alix, door: doorOfP, browser },
    q: { side: 'q', name: script.names.q, person: ownerOfQ, door: doorOfQ, browser: other },
  };
  const everyone = [...new Set([alix, ownerOfQ])];
  const browsers = [...new Map([faces.p, faces.q].map((face) => [face.browser, face])).values()];
  let elsewhere: OidcDoor | undefined;

  async function signIn({ browser: used, person }: Pick<Face, 'browser' | 'person'>): Promise<void> {
    const page = await used.get('/account');
    if (hasField(page, 'password')) await signInOn(used, page, person, now());
  }

  /**
   * What a request makes one person prove in the browser of both profiles, the other person of two proves at the same
   * moment: at an application that nobody who plays sees.
   */
  async function mirror(of: Which, params: Readonly<Record<string, string>>): Promise<void> {
    if (owners === 'one' || script.applications === 'one') return;
    const there = elsewhere ?? (await place.openOidc({}));
    elsewhere = there;
    const { person, browser: used } = faces[of === 'p' ? 'q' : 'p'];
    const unseen = makeOidcActs(parts, makeSights(now), now);
    await unseen.visit({ side: 'neither', name: 'elsewhere', person, door: there, browser: used }, params);
  }

  async function visit(of: Which, ask: Ask): Promise<void> {
    const face = faces[of];
    const { door } = face;
    if (door.kind === 'oidc') {
      const answer = await oidc.visit({ ...face, door }, ASKS[ask]);
      if (answer !== undefined) kept.set(of, answer);
    } else await saml.visit({ ...face, door }, { forceAuthn: ask === 'login', isBrief: ask === 'everything' });
    const isStrict = ask === 'login' || (ask === 'max_age' && door.kind === 'oidc');
    if (isStrict) await mirror(of, ask === 'login' ? { prompt: 'login' } : ASKS[ask]);
  }

  /** What the applications are told by and by because of something that just happened. */
  async function deliver(): Promise<void> {
    for (let second = 0; second <= LONGEST_DELAY && (await parts.oidc.logoutsWaiting()) > 0; second += STEP) {
      const before = place.heard.length;
      await parts.oidc.deliverLogouts();
      for (const token of place.heard.slice(before)) {
        const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
        const isOfP = sights.all.some(({ side, field, value }) => side === 'p' && field === 'sub' && value === sub);
        sights.addToken(isOfP ? 'p' : 'q', 'logout token', token, true);
      }
      clock.wait(STEP);
    }
  }

  /** A page about the account, opened by its owner in a browser used for nothing else. */
  async function openApart(person: Person, path: string) {
    const apart = newBrowser(parts, 2 * people + 500_000);
    return { apart, page: await signInOn(apart, await apart.get(path), person, now()) };
  }

  async function withTokens(of: Which, act: (face: Face & { door: OidcDoor }, held: Kept) => Promise<Kept | void>) {
    const face = faces[of];
    const { door } = face;
    const held = kept.get(of);
    if (door.kind !== 'oidc' || held === undefined) return;
    const renewed = await act({ ...face, door }, held);
    if (renewed !== undefined) kept.set(of, renewed);
  }

  async function everybodyAgain(): Promise<void> {
    for (const face of browsers) await signIn(face);
    await deliver();
  }

  async function play(act: Act): Promise<void> {
    switch (act.kind) {
      case 'visit':
        return visit(act.of, act.ask);
      case 'refresh':
        return withTokens(act.of, oidc.refresh);
      case 'userinfo':
        return withTokens(act.of, oidc.userinfo);
      case 'introspect':
        return withTokens(act.of, oidc.introspect);
      case 'leave':
        await withTokens(act.of, oidc.leave);
        return deliver();
      case 'switch': {
        const face = faces[act.of];
        const page = await face.browser.get(`/profiles/${await profileOf(parts, face)}`);
        if (page.text.includes('/switch"')) await submit(face.browser, page, '/switch');
        return;
      }
      case 'retire':
      case 'restore': {
        const face = faces[act.of];
        const id = (await profileOf(parts, face)) ?? '';
        const { status } = await parts.profiles.own(face.person.accountId, id);
        if (act.kind === 'retire' && status === 'active') await parts.profiles.retire(face.person.accountId, id);
        if (act.kind === 'restore' && status === 'retired') await parts.profiles.restore(face.person.accountId, id);
        return deliver();
      }
      case 'sign out':
        for (const { browser: used } of browsers) await submit(used, await used.get('/'), '/sign-out');
        return everybodyAgain();
      case 'end sessions':
        for (const person of everyone) {
          const { apart, page } = await openApart(person, '/sessions');
          await submit(apart, page, '/sessions/end-all');
        }
        return everybodyAgain();
      case 'another password':
        for (const person of everyone) {
          const { apart, page } = await openApart(person, '/account/password');
          const changed = { current: PASSWORD, password: `${PASSWORD}, again` };
          await submit(apart, page, '/account/password', changed);
          const back = { current: changed.password, password: PASSWORD };
          await submit(apart, await apart.get('/account/password'), '/account/password', back);
        }
        return everybodyAgain();
    }
  }

  // Profiles are made in one sitting by one person, at any time of the same day by two: nobody who plays is there.
  const start = now();
  const creations = [
    { face: faces.p, at: 0 },
    { face: faces.q, at: owners === 'one' ? script.sitting : script.apart },
  ];
  for (const { face, at } of creations) {
    clock.wait((start + at * 1000 - now()) / 1000);
    const { application } = face.door;
    await parts.profiles.create(face.person.accountId, application, { name: face.name, note: '' });
  }
  clock.wait((start + script.apart * 1000 - now()) / 1000);
  for (const face of browsers) await signIn(face);
  for (const { pause, act } of script.acts) {
    clock.wait(pause);
    await play(act);
  }
  // The next world begins on another day.
  clock.wait(86_400);
  return { owners, script, sights: sights.all, known: knownOf(doorOfP, doorOfQ) };
}

/** What everybody knows, the longest first. */
const knownOf = (...doors: readonly Door[]): string[] =>
  [...PUBLIC, ...doors.flatMap(namesOf)].toSorted((a, b) => b.length - a.length);

/** What an application knows of itself. */
function namesOf(door: Door): string[] {
  const own = door.kind === 'oidc' ? ofClient(door) : ofProvider(door);
  return [door.application.id, door.application.name, door.application.homeUrl, ...own];
}

const ofClient = ({ client }: OidcDoor): string[] => [client.id];
const ofProvider = ({ provider }: SamlDoor): string[] => [
  provider.id,
  provider.entityId,
  ...provider.consumers.map(({ url }) => url),
];
