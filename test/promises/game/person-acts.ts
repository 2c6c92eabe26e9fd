import type { Cast } from './cast.ts';
import { nextDue } from './due.ts';
import { newBrowser, PASSWORD, signInOn, type Face, type Person } from './faces.ts';
import { hasField, submit } from './forms.ts';
import { makeOidcActs, type Kept } from './oidc-acts.ts';
import type { OidcDoor, Place } from './place.ts';
import { makeSamlActs } from './saml-acts.ts';
import type { Ask, Which } from './script.ts';
import { makeSights, type Sights } from './sights.ts';

/** What asks for everything that may only be given when asked for. */
const EVERYTHING = JSON.stringify({ id_token: { auth_time: null, sid: null, acr: null }, userinfo: { acr: null } });

const ASKS: { readonly [ask in Ask]: Readonly<Record<string, string>> } = {
  nothing: {},
  everything: { claims: EVERYTHING },
  max_age: { max_age: '3600' },
  login: { prompt: 'login', claims: EVERYTHING },
};

let apartCount = 600_000;

/** What people do with their profiles, and what their applications hear of it. */
export function makePersonActs(place: Place, cast: Cast, isApart: boolean, sights: Sights) {
  const { parts, clock } = place;
  const { now } = clock;
  const { faces, owners } = cast;
  const oidc = makeOidcActs(parts, sights, now);
  const saml = makeSamlActs(sights, now);
  const kept = new Map<Which, Kept>();
  let elsewhere: Face | undefined;

  /**
   * What a request makes one person prove in the browser of both profiles, the other person of two proves at the same
   * moment: at an application that nobody who plays sees.
   */
  async function mirror(of: Which, params: Readonly<Record<string, string>>): Promise<void> {
    if (owners === 'one' || !isApart) return;
    const other = faces[of === 'p' ? 'q' : 'p'];
    if (elsewhere?.person !== other.person) {
      const door = await place.openOidc({});
      const { id } = await parts.profiles.create(other.person.accountId, door.application, { name: 'abc', note: '' });
      elsewhere = { ...other, side: 'neither', profileId: id, door };
    }
    const { door } = elsewhere;
    if (door.kind === 'oidc') await makeOidcActs(parts, makeSights(now), now).visit({ ...elsewhere, door }, params);
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

  /** Sends what is due at this moment. */
  async function deliverDue(): Promise<void> {
    const before = place.heard.length;
    await parts.oidc.deliverLogouts();
    for (const token of place.heard.slice(before)) {
      const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
      const isOfP = sights.all.some(({ side, field, value }) => side === 'p' && field === 'sub' && value === sub);
      sights.addToken(isOfP ? 'p' : 'q', 'logout token', token, true);
    }
  }

  /** What the applications are told by and by because of something that just happened. */
  async function deliver(): Promise<void> {
    for (let due = await nextDue(parts, 'logout-message'); due !== undefined;) {
      clock.wait(Math.max(0, due - now()) / 1000);
      await deliverDue();
      due = await nextDue(parts, 'logout-message');
    }
  }

  async function withTokens(of: Which, act: (face: Face & { door: OidcDoor }, held: Kept) => Promise<Kept | void>) {
    const face = faces[of];
    const { door } = face;
    const held = kept.get(of);
    if (door.kind !== 'oidc' || held === undefined) return;
    const renewed = await act({ ...face, door }, held);
    if (renewed !== undefined) kept.set(of, renewed);
  }

  /** A page about the account, opened by its owner in a browser used for nothing else. */
  async function openApart(person: Person, path: string) {
    const apart = newBrowser(parts, (apartCount += 1));
    return { apart, page: await signInOn(apart, await apart.get(path), person, now()) };
  }

  /** Everybody is signed in, in each browser. */
  async function signInAll(): Promise<void> {
    for (const { browser, person } of cast.browsers) {
      const page = await browser.get('/account');
      if (hasField(page, 'password')) await signInOn(browser, page, person, now());
    }
  }

  async function thenAgain(): Promise<void> {
    await signInAll();
    await deliver();
  }

  return {
    visit,
    signInAll,
    deliver,
    deliverDue,
    refresh: (of: Which) => withTokens(of, oidc.refresh),
    userinfo: (of: Which) => withTokens(of, oidc.userinfo),
    introspect: (of: Which) => withTokens(of, oidc.introspect),

    async leave(of: Which): Promise<void> {
      await withTokens(of, oidc.leave);
      await deliver();
    },

    async switch(of: Which): Promise<void> {
      const { browser, profileId } = faces[of];
      const page = await browser.get(`/profiles/${profileId}`);
      if (page.text.includes('/switch"')) await submit(browser, page, '/switch');
    },

    async retire(of: Which): Promise<void> {
      const { person, profileId } = faces[of];
      const { status } = await parts.profiles.own(person.accountId, profileId);
      if (status === 'active') await parts.profiles.retire(person.accountId, profileId);
      await deliver();
    },

    async restore(of: Which): Promise<void> {
      const { person, profileId } = faces[of];
      const { status } = await parts.profiles.own(person.accountId, profileId);
      if (status === 'retired') await parts.profiles.restore(person.accountId, profileId);
    },

    async signOut(): Promise<void> {
      for (const { browser } of cast.browsers) await submit(browser, await browser.get('/'), '/sign-out');
      await thenAgain();
    },

    async endSessions(): Promise<void> {
      for (const person of cast.everyone) {
        const { apart, page } = await openApart(person, '/sessions');
        await submit(apart, page, '/sessions/end-all');
      }
      await thenAgain();
    },

    /** Changes the password, and at once back to the one before. */
    async changePassword(): Promise<void> {
      for (const person of cast.everyone) {
        const { apart, page } = await openApart(person, '/account/password');
        const other = `${PASSWORD}, again`;
        await submit(apart, page, '/account/password', { current: PASSWORD, password: other });
        const back = { current: other, password: PASSWORD };
        await submit(apart, await apart.get('/account/password'), '/account/password', back);
      }
      await thenAgain();
    },
  };
}
