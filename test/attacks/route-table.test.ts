import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { randomId } from '../../src/storage/seal.ts';
import type { Tables } from '../../src/storage/tables.ts';
import type { Audience } from '../../src/web/visit.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication, addClient, addPerson, PEOPLE } from '../people.ts';
import { makeVisitor } from '../visitor.ts';
import { routesOf, type Route } from '../web/routes.ts';

/** Addresses that have no guard, and why none is needed. Nothing of /admin, /moderation or /groups is among them. */
const PUBLIC: readonly (readonly [path: string | RegExp, reason: string])[] = [
  [/^\/journey\/:id(?:\/|$)/u, 'a sign-in on its way: the cookie of the browser that began it is the key'],
  ['/link/:token', 'the token is the key, or its page asks to sign in'],
  ['/old-account/unsubscribe/:token', 'the token is the key, and it can only stop letters; mail programs send it'],
  [/^\/saml\//u, 'messages of applications, judged by their signature and as requests'],
  [/^\/(?:healthz|readyz|metrics|doctor)$/u, 'for the machines around us: no person, or a token of their own'],
  [/^\/(?:first-run|)$/u, 'there until somebody is administrator, behind a code that only the machine shows'],
  ['/language', 'the language of pages, for everybody'],
  [/^\/(?:leave|sign-out|signed-out|leave,\/signed-out\/leave|signed-out\/leave)$/u, 'ends one’s own session at most'],
  ['/admin/requests/decide', 'leads a form’s address back to its page'],
  ['/profiles/:id/mail/mode,/profiles/:id/mail/strangers', 'leads a form’s address back to its page'],
  [/^\/\^.*\$\/u$/u, 'leads a form’s address back to its page'],
];

/** What nobody may change on the way, whatever it is called. */
const MASS = {
  role: 'administrator',
  status: 'active',
  email_verified: 'true',
  mailboxVerified: 'true',
  administrator: 'true',
  login: 'bruno',
  loginName: 'bruno',
  decision: 'approve',
  do: 'approve',
  name: 'taken_over',
  policy: 'open',
  quota: '100',
  uses: '1',
  days: '7',
  note: 'x',
  digest: 'off',
  sure: 'yes',
  words: 'because I say so',
  reason: '0',
};

/** What comes and goes without anybody having changed anything: sessions, sign-ins on their way, counted failures. */
const PASSING: ReadonlySet<string> = new Set(['session', 'transient', 'attempt']);

describe('A91: every address of the route table', () => {
  let house: House;
  let routes: Route[];
  /** What is attacked, and what the moderator of another application and the delegate of another group have themselves. */
  let target: Record<string, string>;
  let others: { application: string; group: string };

  type Asker = { readonly cookie: string; readonly csrf: string };
  const askers = new Map<string, Asker>();

  async function signIn(login: string, password: string): Promise<Asker> {
    const visitor = makeVisitor();
    const page = await visitor.submit(await visitor.get(`${house.url}/account`), '/sign-in', { login, password });
    const csrf = page.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
    expect([page.url.pathname, csrf === '']).toEqual(['/account', false]);
    return { cookie: await visitor.cookies(house.url), csrf };
  }

  beforeAll(async () => {
    house = await openHouse();
    const { accounts, moderation, profiles } = house.parts;
    const [alix, , maud] = [
      await addPerson(house.parts, 'alix'),
      await addPerson(house.parts, 'bruno'),
      await addPerson(house.parts, 'maud'),
    ];
    await addPerson(house.parts, 'odile');
    const password = 'four lanterns on the quay';
    const add = (loginName: string) => accounts.add({ loginName, password, language: 'en' });
    const [noe, hugo, lea] = [await add('noe'), await add('hugo'), await add('lea')];
    await accounts.add({ loginName: 'ines', password, language: 'en', mailbox: 'ines@home.example' });

    const meadow = await addApplication(house.parts, 'Meadow', 'https://meadow.example/');
    const wiki = await addApplication(house.parts, 'Wiki', 'https://wiki.example/');
    const { client } = await addClient(house.parts, meadow, { redirectUris: ['https://meadow.example/cb'] });
    const profile = await profiles.create(alix.id, meadow, { name: 'noctua', note: '' });
    await moderation.moderators.appoint(meadow.id, maud.id);
    await moderation.moderators.appoint(wiki.id, noe.id);
    await moderation.moderators.appoint(meadow.id, lea.id);
    const invitation = await moderation.invitations.make({ accountId: maud.id, administrator: false }, meadow.id, {
      uses: 5,
      days: 5,
      note: '',
    });
    const [choir, band] = [await accounts.groups.create('Choir'), await accounts.groups.create('Band')];
    await accounts.groups.addMember(choir.id, 'alix');
    await accounts.delegates.name(band.id, hugo.id);
    await accounts.delegates.name(choir.id, lea.id);
    target = {
      application: meadow.id,
      profile: profile.id,
      group: choir.id,
      account: alix.id,
      client: client.id,
      invitation: invitation.id,
    };
    others = { application: wiki.id, group: band.id };

    askers.set('a plain person', await signIn('bruno', PEOPLE.bruno.password));
    askers.set('a moderator of another application', await signIn('noe', password));
    askers.set('a delegate of another group', await signIn('hugo', password));
    // She opened her page while she looked after both.
    askers.set('somebody who was dismissed', await signIn('lea', password));
    askers.set('ines', await signIn('ines', password));
    await moderation.moderators.dismiss(meadow.id, lea.id);
    await accounts.delegates.dismiss(choir.id, lea.id);
    routes = routesOf(house.parts.app);
  });
  afterAll(() => house.close());

  /** The address of a route for what it is about; what it does not name is somebody's none. */
  function fill({ path }: Route, ids: Record<string, string>): string {
    const own: Record<string, string> = {
      '/admin/accounts': ids['account'] ?? '',
      '/admin/groups': ids['group'] ?? '',
      '/admin/clients': ids['client'] ?? '',
      '/admin/applications': ids['application'] ?? '',
      '/applications': ids['application'] ?? '',
      '/profiles': ids['profile'] ?? '',
    };
    const place = Object.keys(own).find((start) => path.startsWith(`${start}/:id`));
    return path.replaceAll(/:(\w+)/gu, (_, name: string) => {
      const id = name === 'id' && place !== undefined ? own[place] : ids[name];
      return id ?? randomId();
    });
  }

  /** One request, with other ids in its query and its body than in its path, and with what nobody asked for. */
  async function request(
    route: Route,
    path: string,
    elsewhere: Record<string, string>,
    { cookie, csrf }: Asker,
  ): Promise<Response> {
    const ids: Record<string, string> = {
      ...elsewhere,
      id: elsewhere['application'] ?? '',
      applicationId: elsewhere['application'] ?? '',
    };
    const url = `${house.url}${path}?${new URLSearchParams(ids).toString()}`;
    const headers = { cookie, 'sec-fetch-site': 'same-origin', origin: house.url };
    const { method } = route;
    const isForm = method !== 'GET';
    const request = { ...ids, request: ids['profile'] ?? '', ...MASS, csrf };
    const answer = await fetch(url, {
      method,
      headers: { ...headers, accept: isForm ? 'text/html' : 'application/json, text/html;q=0.5' },
      redirect: 'manual',
      ...(isForm ? { body: new URLSearchParams(request) } : {}),
    });
    await answer.body?.cancel();
    return answer;
  }

  /** What all tables hold, but what passes, and rows that name one of `besides`. */
  async function contents(besides: readonly string[] = []): Promise<Record<string, string>> {
    const { storage } = house.parts;
    const all: Record<string, string> = {};
    for (const [name, table] of Object.entries(storage.tables) as [string, Tables['meta']][]) {
      if (PASSING.has(name)) continue;
      const rows = (await storage.read.select().from(table)).map((row) => JSON.stringify(row));
      const kept = rows.filter((row) => !besides.some((id) => row.includes(id))).toSorted();
      all[name] = createHash('sha256').update(kept.join('\n')).digest('hex');
    }
    return all;
  }

  const guarded = (...audiences: Audience[]): Route[] =>
    routes.filter(({ audience }) => audience !== undefined && audiences.includes(audience));

  /** Asks for each route and says which let somebody in, or changed something. */
  async function holes(
    asked: readonly Route[],
    asker: Asker,
    isRefused: (answer: Response) => boolean,
    { path = target, elsewhere = target, besides = [] as readonly string[] } = {},
  ): Promise<string[]> {
    const found: string[] = [];
    let before = await contents(besides);
    for (const route of asked) {
      const answer = await request(route, fill(route, path), elsewhere, asker);
      if (!isRefused(answer)) found.push(`${route.method} ${route.path} answers ${answer.status}`);
      if (route.method === 'GET') continue;
      const after = await contents(besides);
      const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
      if (changed.length > 0) found.push(`${route.method} ${route.path} changes ${changed.join(', ')}`);
      before = after;
    }
    expect(await contents(besides)).toEqual(before);
    return found;
  }

  const isSentToSignIn = ({ status, headers }: Response): boolean =>
    status === 303 && /^\/journey\/[^/]+$/u.test(headers.get('location') ?? '');
  const isShut = ({ status }: Response): boolean => status === 403 || status === 404;
  const askerOf = (who: string): Asker => {
    const asker = askers.get(who);
    if (asker === undefined) throw new Error(`${who} is nobody here`);
    return asker;
  };

  test('says whom it is for, or why it is for everybody', () => {
    expect(routes.length).toBeGreaterThan(150);
    for (const audience of [
      'person',
      'recent',
      'administrator',
      'recent-administrator',
      'moderator',
      'delegate',
    ] as const)
      expect(guarded(audience), audience).not.toEqual([]);
    const open = routes.filter(({ audience }) => audience === undefined);
    const isKnown = ({ path }: Route): boolean =>
      PUBLIC.some(([known]) => (typeof known === 'string' ? known === path : known.test(path)));
    expect(open.filter((route) => !isKnown(route)).map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    const isOfRole = ({ path }: Route): boolean => /^\/(?:admin|moderation|groups)(?:\/|$)/u.test(path);
    const stray = open.filter((route) => isOfRole(route) && route.method !== 'GET');
    expect(stray).toEqual([]);
  });

  test('that is for somebody sends whoever is not signed in to do so, and does nothing', async () => {
    const asked = routes.filter(({ audience }) => audience !== undefined);
    expect(await holes(asked, { cookie: '', csrf: 'none' }, isSentToSignIn)).toEqual([]);
  });

  test.each([
    'a plain person',
    'a moderator of another application',
    'a delegate of another group',
    'somebody who was dismissed',
  ])('that is not for %s refuses them, and does nothing, whatever they send along', async (who) => {
    const roles: Audience[] = ['administrator', 'recent-administrator', 'moderator', 'delegate'];
    if (who !== 'a moderator of another application') roles.push('some-moderator');
    // Their own ids beside the address, then the others' beside an address of nothing.
    expect(await holes(guarded(...roles), askerOf(who), isShut, { elsewhere: others })).toEqual([]);
    expect(await holes(guarded(...roles), askerOf(who), isShut, { path: {}, elsewhere: target })).toEqual([]);
  });

  test('that is about a profile refuses everybody but its owner', async () => {
    const asked = guarded('person', 'recent').filter(({ path }) => path.startsWith('/profiles/:id'));
    expect(asked.length).toBeGreaterThan(10);
    expect(await holes(asked, askerOf('a plain person'), isShut)).toEqual([]);
  });

  test('that is for a role touches nothing beyond what the address names, whatever stands in the query and the body', async () => {
    const own = { ...target, ...others };
    for (const [who, audience] of [
      ['a moderator of another application', 'moderator'],
      ['a delegate of another group', 'delegate'],
    ] as const) {
      const asked = guarded(audience);
      const options = { path: own, elsewhere: target, besides: Object.values(others) };
      expect(await holes(asked, askerOf(who), ({ status }) => status < 500, options), who).toEqual([]);
    }
  });

  test('gives nobody more than they have for what they send along to pages of their own', async () => {
    const { accounts, moderation } = house.parts;
    const asked = guarded('person', 'recent').filter(({ method }) => method === 'POST');
    for (const route of asked) await request(route, fill(route, target), target, askerOf('ines'));
    const ines = await accounts.findByLogin('ines');
    expect(ines).toMatchObject({ role: 'person', status: 'active', loginName: 'ines', mailboxVerified: false });
    expect(await accounts.groupsOf(ines?.id ?? '')).toEqual([]);
    expect(await accounts.delegates.groupsOf(ines?.id ?? '')).toEqual([]);
    expect(await moderation.moderators.applicationsOf(ines?.id ?? '')).toEqual([]);
  });
});
