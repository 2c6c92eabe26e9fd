import { vi } from 'vitest';
import type { Parts } from '../../src/parts.ts';
import { openService, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { rootOf, valuesIn } from '../saml/told.ts';
import { openWiki, type Wiki } from '../service-provider.ts';
import { makeVisitor, type Visitor } from '../visitor.ts';
import { makeActs } from './acts.ts';
import { isSaml, NOTE, wait, type Face, type SamlFace, type Visit } from './face.ts';
import type { Knowledge } from './linking.ts';
import { leavesOf, makeRecord, type Record } from './seen.ts';

type Protocol = 'OpenID Connect' | 'SAML';

/** Whose the two profiles are, and where; how the applications ask, OpenID Connect if it is not said. */
export type World = {
  people: 'one' | 'two';
  applications: 'one' | 'two';
  protocols?: readonly [Protocol, Protocol];
};

const START = Date.UTC(2026, 10, 21, 9, 30, 7);
const GROUP = 'Gardeners of the north';
const TWO_FACTORS = 'urn:aluco:acr:two-factor';
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

/** How one profile's application asks who it is. */
type Door = Pick<Face, 'application'> & ({ service: Service } | { wiki: Wiki });

async function openDoor(house: House, name: string, protocol: Protocol): Promise<Door> {
  if (protocol === 'OpenID Connect') {
    const service = await openService(house, name, { client: { refreshTokens: true } });
    return { application: service.application, service };
  }
  const provider = { attributes: 'both', subjectAttribute: 'pairwise-id', unsolicited: true } as const;
  const wiki = await openWiki(house, name, { provider });
  return { application: wiki.application, wiki };
}

/** The two profiles of this world, each with the browser it is used in. */
async function openFaces(house: House, world: World): Promise<Face[]> {
  const { people, applications, protocols = ['OpenID Connect', 'OpenID Connect'] } = world;
  const meadow = await openDoor(house, 'Meadow', protocols[0]);
  const harbour = applications === 'one' ? meadow : await openDoor(house, 'Harbour', protocols[1]);
  await addPerson(house.parts, 'odile');
  const { id } = await house.parts.accounts.groups.create(GROUP);
  const alix = { id: await arrive(house, 'alix', id) };
  const bruno = { id: await arrive(house, 'bruno', id) };

  const isHome = (url: URL) =>
    [meadow, harbour].some((door) => ('wiki' in door ? door.wiki : door.service).isHome(url));
  const newBrowser = () => makeVisitor(isHome);
  const browser = newBrowser();
  // One person uses both applications in one browser; two profiles at one application need a browser each.
  const shared = people === 'one' && applications === 'two';
  const person = people === 'one' ? { person: 'alix', accountId: alix.id } : { person: 'bruno', accountId: bruno.id };
  return [
    { side: 'first', profile: 'heron_lakeside', visitor: browser, person: 'alix', accountId: alix.id, ...meadow },
    {
      side: 'second',
      profile: 'sparrow_downtown',
      visitor: shared ? browser : newBrowser(),
      ...(person as Pick<Face, 'person' | 'accountId'>),
      ...harbour,
    },
  ];
}

type Acts = ReturnType<typeof makeActs>;

/** What only applications that speak SAML come to see. */
async function liveWithSaml({ parts }: House, acts: Acts, faces: readonly SamlFace[]): Promise<void> {
  const each = async (step: (face: SamlFace) => Promise<unknown>) => {
    for (const face of faces) await step(face);
  };
  await each((face) => acts.glance(face, 'nobody there'));
  await each((face) => acts.visit(face, 'there again'));
  await each((face) => acts.glance(face, 'still there'));
  await each((face) => acts.leaveAtPortal(face, 'left at the portal'));
  await each((face) => acts.enterFromPortal(face, 'entered from the portal'));
  await each((face) => acts.visitBriefly(face, 'briefly'));
  await each((face) => acts.visitBriefly(face, 'briefly again'));
  for (const { provider, key } of new Set(faces.map(({ wiki }) => wiki))) {
    const encryption = { encryptionCertificates: [key.certificate], encryptionAlgorithms: ['aes256-gcm'] };
    await parts.applications.changeServiceProvider(provider.id, (before) => ({ ...before, ...encryption }));
  }
  await each((face) => acts.visit(face, 'encrypted'));
}

/** Everybody signs out, in each browser. */
async function signOut(acts: Acts, visitors: ReadonlySet<Visitor>): Promise<void> {
  for (const visitor of visitors) await acts.signOutHere(visitor, 'signed out');
  await acts.deliver('signed out', 125);
}

/** The life itself: the same steps in every world. */
async function live(house: House, faces: readonly Face[], record: Record): Promise<void> {
  const acts = makeActs(house, faces, record);
  const each = async <T>(step: (face: Face, other: Face) => Promise<T>): Promise<T[]> => {
    const [first, second] = faces as [Face, Face];
    return [await step(first, second), await step(second, first)];
  };
  const tokenOf = (visits: readonly Visit[], { side }: Face) => visits[side === 'first' ? 0 : 1]?.refreshToken;

  await each(acts.signInToPortal);
  await each((face) => acts.visit(face, 'first sign-in'));
  await each((face) => acts.describe(face, face.side === 'first'));
  await each((face) => acts.visit(face, 'the same session', { claims: EVERYTHING }));
  await each((face) => acts.visit(face, 'max_age', { max_age: '7200' }));
  await each((face) => acts.visit(face, 'prompt=login', { prompt: 'login', max_age: '3600' }));
  await each((face) => acts.visit(face, 'after the other one’s login', { max_age: '7200' }));
  wait(3 * 3600);
  await each((face) => acts.visit(face, 'max_age has passed', { max_age: '1800' }));

  const visits = await each((face) => acts.visit(face, 'refresh tokens'));
  for (const moment of ['refresh', 'refresh again']) {
    await each((face) => acts.refresh(face, moment, tokenOf(visits, face)));
    if (moment === 'refresh') await each((face) => acts.visit(face, 'in between'));
  }

  // Two profiles of one person at one application: each is also chosen in the browser that had the other.
  const browserOf = (face: Face, other: Face) =>
    face.person === other.person && face.application.id === other.application.id ? other.visitor : face.visitor;
  const select = { prompt: 'select_account', claims: EVERYTHING };
  await each((face, other) => acts.visit(face, 'switched to', select, browserOf(face, other)));
  await each((face) => acts.visit(face, 'switched back', select));
  await each(acts.switchAtPortal);
  await each((face) => acts.visit(face, 'switched at the portal'));

  for (const visit of await each((face) => acts.visit(face, 'before leaving'))) {
    await visit.leave();
    await acts.deliver('leaving', 1);
  }

  const withSaml = faces.filter(isSaml);
  if (withSaml.length > 0) {
    await liveWithSaml(house, acts, withSaml);
    await signOut(acts, new Set(faces.map(({ visitor }) => visitor)));
  }

  // An administrator makes each person a link for a new password, who opens it and leaves it at that.
  for (const { accountId } of new Map(faces.map((one) => [one.person, one])).values()) {
    const { token } = await house.parts.accounts.passwordLinks.make(accountId);
    await makeVisitor().get(`${house.url}/link/${token}`);
  }
  await each((face) => acts.visit(face, 'after a link was made'));

  const persons = [...new Map(faces.map((one) => [one.person, one])).values()];
  for (const face of persons) await acts.setUpFactor(face);
  await each((face) => acts.visit(face, 'with a second factor'));
  await each((face) => acts.visit(face, 'two factors asked for', { acr_values: TWO_FACTORS }));
  for (const face of persons) await acts.changePassword(face, 'another password');
  await acts.deliver('another password', 125);

  const lasting = { scope: 'openid profile email groups offline_access' };
  const offline = await each((face) => acts.visit(face, 'offline', lasting));
  const renewed = await each((face) => acts.refresh(face, 'offline refresh', tokenOf(offline, face)));
  for (const face of persons) await acts.endAllSessions(face, 'signed out everywhere');
  await acts.deliver('signed out everywhere', 125);
  await each((face) => acts.refresh(face, 'refused', renewed[face.side === 'first' ? 0 : 1]));

  await each((face) => acts.visit(face, 'the last time'));
  for (const face of persons) await acts.leaveForEver(face, 'account left');
  await acts.deliver('account left', 125);
}

async function knowledgeOf(house: House, faces: readonly Face[]): Promise<Knowledge> {
  const published = [house.url, 'relay.example', 'openid profile email groups offline_access'];
  for (const path of ['/.well-known/openid-configuration', '/oidc/jwks']) {
    const document: unknown = await (await fetch(house.url + path)).json();
    published.push(...leavesOf(document).map(([, leaf]) => String(leaf)));
  }
  const metadata = await (await fetch(`${house.url}/saml/metadata`)).text();
  published.push(...valuesIn(rootOf(metadata)).map(([, value]) => value));
  for (const face of faces) {
    if (isSaml(face)) published.push(face.wiki.provider.entityId, face.wiki.consumer, face.wiki.logoutUrl);
    else published.push(face.service.client.id);
  }
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
    for (const service of new Set(faces.flatMap((face) => (isSaml(face) ? [] : face.service)))) await service.close();
    return { record, knowledge };
  } finally {
    await house.close();
    vi.useRealTimers();
  }
}
