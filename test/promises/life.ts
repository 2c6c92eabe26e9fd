import { vi } from 'vitest';
import type { Parts } from '../../src/parts.ts';
import { openService } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor } from '../visitor.ts';
import { makeActs, NOTE, wait, type Face, type Visit } from './acts.ts';
import type { Knowledge } from './linking.ts';
import { leavesOf, makeRecord, type Record } from './seen.ts';

/** Whose the two profiles are, and where. */
export type World = { people: 'one' | 'two'; applications: 'one' | 'two' };

const START = Date.UTC(2026, 10, 21, 9, 30, 7);
const GROUP = 'Gardeners of the north';
/** Asks for everything that may only be given when asked for. */
const EVERYTHING = JSON.stringify({ id_token: { auth_time: null, sid: null, acr: null }, userinfo: { acr: null } });

/** Somebody is invited, and makes their account on the page that the link leads to. */
async function arrive({ parts, url }: House, name: PersonName, group: string): Promise<string> {
  const { loginName, password, mailbox } = PEOPLE[name];
  const { accounts } = parts;
  const { token } = await accounts.invitations.invite({ label: `dear ${name}`, role: 'person', groups: [group] });
  const visitor = makeVisitor();
  await visitor.submit(await visitor.get(`${url}/link/${token}`), `/link/${token}`, { loginName, password, mailbox });
  const account = await accounts.findByLogin(loginName);
  if (account === undefined) throw new Error(`no account of ${name}`);
  await accounts.setLanguage(account.id, 'en');
  return account.id;
}

/** The two profiles of this world, each with the browser it is used in. */
async function openFaces(house: House, { people, applications }: World): Promise<Face[]> {
  const settings = { client: { refreshTokens: true } };
  const meadow = await openService(house, 'Meadow', settings);
  const harbour = applications === 'one' ? meadow : await openService(house, 'Harbour', settings);
  await addPerson(house.parts, 'odile');
  const { id } = await house.parts.accounts.groups.create(GROUP);
  const alix = { id: await arrive(house, 'alix', id) };
  const bruno = { id: await arrive(house, 'bruno', id) };

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

  // An administrator makes each person a link for a new password, who opens it and leaves it at that.
  for (const { accountId } of new Map(faces.map((one) => [one.person, one])).values()) {
    const { token } = await house.parts.accounts.passwordLinks.make(accountId);
    await makeVisitor().get(`${house.url}/link/${token}`);
  }
  await each((face) => acts.visit(face, 'after a link was made'));

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
    await house.parts.recent.flush();
    const knowledge = await knowledgeOf(house, faces);
    for (const service of new Set(faces.map((face) => face.service))) await service.close();
    return { record, knowledge };
  } finally {
    await house.close();
    vi.useRealTimers();
  }
}
