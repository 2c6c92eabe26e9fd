import * as client from 'openid-client';
import { vi } from 'vitest';
import type { Parts } from '../../src/parts.ts';
import { begin, openService, receive, walk, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';
import type { Knowledge } from './linking.ts';
import { leavesOf, makeRecord, type Record, type Side } from './seen.ts';

/** Whose the two profiles are, and where. */
export type World = { people: 'one' | 'two'; applications: 'one' | 'two' };

type Face = { side: Side; person: PersonName; profile: string; service: Service; visitor: Visitor; accountId: string };

const START = Date.UTC(2026, 10, 21, 9, 30, 7);
const NOTE = 'the one for the birdwatchers';
const GROUP = 'Gardeners of the north';
/** Asks for everything that may only be given when asked for. */
const EVERYTHING = JSON.stringify({ id_token: { auth_time: null, sid: null, acr: null }, userinfo: { acr: null } });

/** Time passes for everybody alike, by a number of seconds that no life span is a multiple of. */
function wait(seconds = 37): void {
  vi.setSystemTime(Date.now() + seconds * 1000);
}

/** The two profiles of this world, each with the browser it is used in. */
async function openFaces(house: House, { people, applications }: World): Promise<Face[]> {
  const settings = { client: { refreshTokens: true } };
  const meadow = await openService(house, 'Meadow', settings);
  const harbour = applications === 'one' ? meadow : await openService(house, 'Harbour', settings);
  const alix = await addPerson(house.parts, 'alix');
  const bruno = await addPerson(house.parts, 'bruno');
  const { id } = await house.parts.accounts.groups.create(GROUP);
  for (const name of ['alix', 'bruno'] as const) await house.parts.accounts.groups.addMember(id, name);

  const newBrowser = () => makeVisitor((url) => meadow.isHome(url) || harbour.isHome(url));
  const browser = newBrowser();
  // One person uses both applications in one browser; two profiles at one application need a browser each.
  const shared = people === 'one' && applications === 'two';
  const person = people === 'one' ? { person: 'alix', accountId: alix.id } : { person: 'bruno', accountId: bruno.id };
  return [
    { side: 'first', profile: 'heron_lakeside', service: meadow, visitor: browser, person: 'alix', accountId: alix.id },
    {
      side: 'second',
      profile: 'sparrow_downtown',
      service: harbour,
      visitor: shared ? browser : newBrowser(),
      ...(person as Pick<Face, 'person' | 'accountId'>),
    },
  ];
}

type Visit = Awaited<ReturnType<typeof receive>>;

/** What the people of one world do, and what their applications hear of it. */
function makeActs(house: House, faces: readonly Face[], record: Record) {
  const { parts } = house;

  async function introspect({ side, service }: Face, moment: string, token: string, kind: string): Promise<void> {
    record.add(side, moment, `introspection of ${kind}`, await client.tokenIntrospection(service.configuration, token));
  }

  async function noteTokens(face: Face, moment: string, tokens: client.TokenEndpointResponse): Promise<void> {
    const { id_token: idToken, ...rest } = tokens;
    record.add(face.side, moment, 'token answer', rest);
    if (idToken !== undefined) record.addToken(face.side, moment, 'ID token', idToken);
    await introspect(face, moment, tokens.access_token, 'access token');
    if (tokens.refresh_token !== undefined) await introspect(face, moment, tokens.refresh_token, 'refresh token');
  }

  /** A sign-in as the application sees it. `visitor`: in which browser. */
  async function visit(
    face: Face,
    moment: string,
    params: { [name: string]: string } = {},
    visitor: Visitor = face.visitor,
  ): Promise<Visit> {
    wait();
    const { service, side } = face;
    const attempt = await begin(service, params);
    const asked = visitor.trail.length;
    const page = await walk(visitor, service, await visitor.get(attempt.url), face);
    const typed = visitor.trail.slice(asked).some(({ pathname }) => pathname.endsWith('/sign-in'));
    if (typed) record.proofs[side].add(Math.floor(Date.now() / 1000));
    const { state: _, ...answer } = Object.fromEntries(page.url.searchParams);
    record.add(side, moment, 'authorization answer', answer);
    const maxAge = params['max_age'] === undefined ? undefined : Number(params['max_age']);
    const received = await receive(service, attempt, page.url, maxAge);
    await noteTokens(face, moment, received.tokens);
    record.add(side, moment, 'userinfo', received.userinfo);
    return received;
  }

  async function refresh(face: Face, moment: string, token: string | undefined): Promise<string> {
    wait();
    try {
      const tokens = await client.refreshTokenGrant(face.service.configuration, token ?? '');
      await noteTokens(face, moment, tokens);
      return tokens.refresh_token ?? '';
    } catch (error) {
      if (!(error instanceof client.ResponseBodyError)) throw error;
      record.add(face.side, moment, 'refused refresh', error.cause);
      return '';
    }
  }

  /** The logout tokens that came since, each for the side whose subject it names. */
  async function deliver(moment: string, seconds: number): Promise<void> {
    for (let second = 0; second <= seconds; second += 1) {
      const before = faces.map(({ service }) => service.logoutTokens.length);
      await parts.oidc.deliverLogouts();
      for (const [at, face] of faces.entries()) {
        if (at > 0 && faces[0]?.service === face.service) continue;
        for (const token of face.service.logoutTokens.slice(before[at])) {
          const [, claims] = token.split('.');
          const text = Buffer.from(claims ?? '', 'base64url').toString();
          const about = faces.find(({ side }) =>
            record.seen.some(
              (entry) => entry.side === side && entry.field === 'sub' && text.includes(`"${String(entry.value)}"`),
            ),
          );
          record.addToken((about ?? face).side, moment, 'logout token', token);
        }
      }
      wait(1);
    }
  }

  async function ownProfile({ accountId, service, profile }: Face): Promise<string> {
    const { profiles } = await parts.profiles.at(accountId, service.application);
    return profiles.find(({ name }) => name === profile)?.id ?? '';
  }

  return {
    visit,
    refresh,
    deliver,

    async signInToPortal({ visitor, person }: Face): Promise<void> {
      wait();
      const page = await visitor.get(house.url);
      if (page.document.querySelector('input[name=password]') === null) return;
      const { loginName, password } = PEOPLE[person];
      await visitor.submit(page, '/sign-in', { login: loginName, password });
    },

    async describe(face: Face, showsGroup: boolean): Promise<void> {
      const path = `/profiles/${await ownProfile(face)}`;
      const page = await face.visitor.get(house.url + path);
      await face.visitor.submit(page, '/note', { note: NOTE });
      if (!showsGroup) return;
      const [box] = page.document.querySelectorAll('input[name=group]');
      await face.visitor.submit(page, '/groups', { group: box?.getAttribute('value') ?? '' });
    },

    async switchAtPortal(face: Face): Promise<void> {
      wait();
      const page = await face.visitor.get(`${house.url}/profiles/${await ownProfile(face)}`);
      await face.visitor.submit(page, '/switch');
    },

    /** Leaves one application from its own "sign out". */
    async leave({ service, visitor }: Face, { tokens }: Visit): Promise<void> {
      wait();
      const url = client.buildEndSessionUrl(service.configuration, {
        post_logout_redirect_uri: `${service.url}/bye`,
        id_token_hint: tokens.id_token ?? '',
      });
      await visitor.submit(await visitor.get(url), '/leave', { scope: 'application' });
    },

    async endAllSessions({ visitor, person }: Face): Promise<void> {
      wait();
      for (const face of faces) if (face.person === person) record.ended[face.side] = Math.floor(Date.now() / 1000);
      await visitor.submit(await visitor.get(`${house.url}/sessions`), '/sessions/end-all');
    },
  };
}

/** The life itself: the same steps in every world. */
async function live(house: House, faces: readonly Face[], record: Record): Promise<void> {
  const acts = makeActs(house, faces, record);
  const each = async <T>(step: (face: Face, other: Face) => Promise<T>): Promise<T[]> => {
    const [first, second] = faces as [Face, Face];
    return [await step(first, second), await step(second, first)];
  };

  await each(acts.signInToPortal);
  await each((face) => acts.visit(face, 'first sign-in'));
  await each((face) => acts.describe(face, face.side === 'first'));
  await each((face) => acts.visit(face, 'the same session', { claims: EVERYTHING }));
  await each((face) => acts.visit(face, 'max_age', { max_age: '7200' }));
  await each((face) => acts.visit(face, 'prompt=login', { prompt: 'login', max_age: '3600' }));
  await each((face) => acts.visit(face, 'after the other one’s login', { max_age: '7200' }));
  wait(3 * 3600);
  await each((face) => acts.visit(face, 'max_age has passed', { max_age: '1800' }));

  const [here, there] = await each((face) => acts.visit(face, 'refresh tokens'));
  for (const moment of ['refresh', 'refresh again']) {
    await each((face) => acts.refresh(face, moment, (face.side === 'first' ? here : there)?.tokens.refresh_token));
    if (moment === 'refresh') await each((face) => acts.visit(face, 'in between'));
  }

  // Two profiles of one person at one application: each is also chosen in the browser that had the other.
  const browserOf = (face: Face, other: Face) =>
    face.person === other.person && face.service === other.service ? other.visitor : face.visitor;
  const select = { prompt: 'select_account', claims: EVERYTHING };
  await each((face, other) => acts.visit(face, 'switched to', select, browserOf(face, other)));
  await each((face) => acts.visit(face, 'switched back', select));
  await each(acts.switchAtPortal);
  await each((face) => acts.visit(face, 'switched at the portal'));

  const visits = await each((face) => acts.visit(face, 'before leaving'));
  for (const [at, face] of faces.entries()) {
    await acts.leave(face, visits[at] as Visit);
    await acts.deliver('leaving', 1);
  }

  const lasting = { scope: 'openid profile email groups offline_access' };
  const offline = await each((face) => acts.visit(face, 'offline', lasting));
  const renewed = await each((face) =>
    acts.refresh(face, 'offline refresh', offline[face.side === 'first' ? 0 : 1]?.tokens.refresh_token),
  );
  for (const face of new Map(faces.map((one) => [one.person, one])).values()) await acts.endAllSessions(face);
  await acts.deliver('signed out everywhere', 125);
  await each((face) => acts.refresh(face, 'refused', renewed[face.side === 'first' ? 0 : 1]));
}

async function knowledgeOf(house: House, faces: readonly Face[]): Promise<Knowledge> {
  const published = [house.url, 'relay.example', 'openid profile email groups offline_access'];
  for (const path of ['/.well-known/openid-configuration', '/oidc/jwks']) {
    const document: unknown = await (await fetch(house.url + path)).json();
    published.push(...leavesOf(document).map(([, leaf]) => String(leaf)));
  }
  for (const { service } of faces) published.push(service.client.id);
  const secrets = Object.fromEntries(
    faces.flatMap(({ person, accountId }) => [
      [`account id of ${person}`, accountId],
      [`login name of ${person}`, PEOPLE[person].loginName],
      [`mailbox of ${person}`, PEOPLE[person].mailbox],
    ]),
  );
  const short = published.filter((text) => text.length > 3).toSorted((a, b) => b.length - a.length);
  return { published: short, secrets: { ...secrets, 'private note': NOTE } };
}

/**
 * Plays the life in a world of its own, on real parts and over HTTP, under a clock that only moves when told to.
 * `arrange` may spoil the parts before anybody arrives.
 */
export async function playLife(
  world: World,
  arrange: (parts: Parts) => void = () => undefined,
): Promise<{ record: Record; knowledge: Knowledge }> {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  const house = await openHouse();
  try {
    arrange(house.parts);
    const faces = await openFaces(house, world);
    const record = makeRecord();
    await live(house, faces, record);
    const knowledge = await knowledgeOf(house, faces);
    for (const service of new Set(faces.map((face) => face.service))) await service.close();
    return { record, knowledge };
  } finally {
    await house.close();
    vi.useRealTimers();
  }
}
