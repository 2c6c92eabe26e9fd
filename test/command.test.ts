import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { aluco as runBeside } from './aluco.ts';
import { begin, openService, receive, walk, type Service } from './application.ts';
import { openHouse, type House } from './house.ts';
import { PEOPLE } from './people.ts';
import { makeVisitor } from './visitor.ts';

let house: House;
let blog: Service;
beforeAll(async () => {
  house = await openHouse();
  blog = await openService(house, 'Blog');
});
afterAll(async () => {
  await blog.close();
  await house.close();
});

const aluco = (args: string[], typed?: string) => runBeside(house.environment, args, typed);

test('Bruno gets an account by command while the server runs, and signs in with it', async () => {
  const { bruno } = PEOPLE;
  const made = await aluco(
    ['account', 'add', 'bruno', '--mailbox', bruno.mailbox, '--verified', '--language', 'en'],
    `${bruno.password}\n`,
  );
  expect(made).toEqual({ status: 0, said: ['person bruno'], complained: [] });
  const visitor = makeVisitor((url) => blog.isHome(url));
  const attempt = await begin(blog);
  const page = await walk(visitor, blog, await visitor.get(attempt.url), { person: 'bruno' });
  expect((await receive(blog, attempt, page.url)).idToken['preferred_username']).toBe('bruno');
});

test('Odile gets the role of administrator only when it is asked for', async () => {
  const made = await aluco(['account', 'add', 'odile', '--administrator'], `${PEOPLE.odile.password}\n`);
  expect(made.said).toEqual(['administrator odile']);
  expect((await house.parts.accounts.findByLogin('odile'))?.role).toBe('administrator');
});

test('what is refused is said in words, with status 1', async () => {
  expect(await aluco(['account', 'add', 'maud'], 'short\n')).toMatchObject({ status: 1, said: [] });
  const twice = await aluco(['account', 'add', 'BRUNO'], `${PEOPLE.maud.password}\n`);
  expect(twice.status).toBe(1);
  expect(twice.complained).toHaveLength(1);
  expect(twice.complained[0]).not.toContain('login_name_taken');
  expect((await aluco(['application', 'change', 'nothing'])).status).toBe(1);
});

test('what is wrongly written gets the usage, with status 2', async () => {
  expect((await aluco([])).status).toBe(2);
  expect((await aluco(['account', 'add', 'x', '--colour'])).complained.at(-1)).toMatch(/^Usage: aluco account add/u);
  expect((await aluco(['account', 'add'])).complained[0]).toBe('the login name is missing');
});

test('an application and its client are made, entered only by whom the administrator names, and changed', async () => {
  const added = await aluco(['application', 'add', 'Photos', '--home', 'https://photos.example', '--rule', 'pixelfed']);
  const id = added.said[0] ?? '';
  expect(await house.parts.applications.get(id)).toMatchObject({ name: 'Photos', entry: { kind: 'nobody' } });

  await aluco(['group', 'add', 'photographers']);
  await aluco(['group', 'fill', 'photographers', 'bruno', 'odile']);
  expect((await aluco(['group', 'members', 'photographers'])).said.toSorted()).toEqual(['bruno', 'odile']);
  await aluco(['group', 'empty', 'photographers', 'odile']);
  expect((await aluco(['group', 'list'])).said[0]).toMatch(/ 1 photographers$/u);

  await aluco(['application', 'change', id, '--entry', 'groups', '--group', 'photographers', '--quota', '2']);
  const application = await house.parts.applications.get(id);
  const [group] = await house.parts.accounts.groups.list();
  expect(application).toMatchObject({ quota: 2, entry: { kind: 'groups', groups: [group?.id] } });

  const client = await aluco(['client', 'add', id, '--redirect', 'https://photos.example/callback', '--no-pkce']);
  expect(client.said[0]).toMatch(/^client_id [\w-]{22}$/u);
  expect(client.said[1]).toMatch(/^client_secret [\w-]{43}$/u);
  const clientId = client.said[0]?.slice('client_id '.length) ?? '';
  expect((await aluco(['application', 'list'])).said).toContain(`  ${clientId} Web`);
  const renewed = await aluco(['client', 'secret', clientId]);
  expect(renewed.said[0]).not.toBe(client.said[1]);
  expect((await aluco(['client', 'remove', clientId])).status).toBe(0);
  expect(await house.parts.applications.clientsOf(id)).toEqual([]);
});

test('an application’s networks are named, and what it hands mail over with is made, listed and removed', async () => {
  const added = ['application', 'add', 'Courier', '--home', 'https://courier.example', '--sender', 'courier.example'];
  const id = (await aluco([...added, '--network', '172.18.0.5', '--network', '10.1.0.0/16'])).said[0] ?? '';
  expect(await house.parts.applications.get(id)).toMatchObject({ senderNetworks: ['172.18.0.5', '10.1.0.0/16'] });
  expect((await aluco(['application', 'change', id, '--network', '0.0.0.0/0'])).complained).toHaveLength(1);

  const made = await aluco(['application', 'submission', id, '--new']);
  expect(made.complained).toEqual(['ALUCO_SUBMISSION is empty: nothing is handed over yet']);
  const [credential = '', user, password = ''] = made.said.map((line) => line.split(' ')[1]);
  expect(user).toBe(id);
  expect(await house.parts.applications.authenticateSubmission(id, password)).toBe(id);
  expect((await aluco(['application', 'change', id, '--quota', '3'])).status).toBe(0);
  const listed = (await aluco(['application', 'submission', id])).said;
  expect(listed).toEqual([expect.stringMatching(new RegExp(`^${credential} \\d{4}-\\d\\d-\\d\\d$`, 'u'))]);
  expect((await aluco(['application', 'submission', id, '--new', '--remove', credential])).status).toBe(2);
  expect((await aluco(['application', 'submission', id, '--remove', credential])).status).toBe(0);
  expect((await aluco(['application', 'submission', id])).said).toEqual([]);
  expect(await house.parts.applications.authenticateSubmission(id, password)).toBeUndefined();
});

test('whether an application already has people is said with an option, and that they are imported is not', async () => {
  const home = ['--home', 'https://wiki.example'];
  const { said } = await aluco(['application', 'add', 'Wiki', ...home, '--people', 'awaited']);
  const id = said[0] ?? '';
  expect((await house.parts.applications.get(id)).people).toBe('awaited');
  expect((await aluco(['application', 'change', id, '--people', 'imported'])).status).toBe(2);
  expect((await aluco(['application', 'change', id, '--people', 'not-by-name'])).status).toBe(0);
  expect((await aluco(['application', 'change', id, '--quota', '2'])).status).toBe(0);
  expect(await house.parts.applications.get(id)).toMatchObject({ people: 'not-by-name', quota: 2 });
});

test('an application is made from a template, with what to write into it; later the same without the secret', async () => {
  const templates = (await aluco(['application', 'templates'])).said;
  expect(templates).toContain('mastodon address=ADDRESS [button=TEXT] [only=yes|no]');
  const answers = ['--answer', 'address=https://social.example', '--answer', `button=L'oiseau = #1`];
  const made = await aluco([
    'application',
    'add',
    'Le Nid',
    '--template',
    'mastodon',
    '--people',
    'none',
    '--quota',
    '2',
    ...answers,
  ]);
  expect(made).toMatchObject({ status: 0, complained: [] });
  const [id = '', clientLine = '', secretLine = '', , text = ''] = made.said;
  expect(await house.parts.applications.get(id)).toMatchObject({
    name: 'Le Nid',
    quota: 2,
    entry: { kind: 'nobody' },
    senderDomains: ['social.example'],
    template: { id: 'mastodon' },
  });
  expect(clientLine).toMatch(/^client_id [\w-]{22}$/u);
  const secret = secretLine.slice('client_secret '.length);
  expect(secret).toMatch(/^[\w-]{43}$/u);
  expect(text).toContain(`\nOIDC_CLIENT_ID=${clientLine.slice('client_id '.length)}\nOIDC_CLIENT_SECRET=${secret}\n`);
  expect(text).toContain(`\nOIDC_DISPLAY_NAME="L'oiseau = #1"\n`);
  const later = (await aluco(['application', 'instructions', id])).said[0] ?? '';
  expect(later).not.toContain(secret);
  expect(later).toContain('\nOIDC_CLIENT_SECRET=WRITE-THE-SECRET-HERE\n');
});

test('an application by SAML is made from a template, and its instructions hold our certificate', async () => {
  expect((await aluco(['application', 'templates'])).said).toContain(
    'generic-saml address=ADDRESS entity=ENTITY-ID consumer=ENDPOINT [logout=ENDPOINT] [nameid=persistent|emailAddress|unspecified|transient] [attributes=basic|oid|both]',
  );
  const words = ['application', 'add', 'Cloud', '--template', 'nextcloud-saml', '--people', 'none'];
  const made = await aluco([...words, '--answer', 'address=https://cloud.example']);
  expect(made).toMatchObject({ status: 0, complained: [] });
  const [id = '', provider = '', entity, , text = ''] = made.said;
  expect(provider).toMatch(/^service_provider [\w-]{22}$/u);
  expect(entity).toBe('entity_id https://cloud.example/apps/user_saml/saml/metadata');
  expect(await house.parts.applications.serviceProvidersOf(id)).toMatchObject([
    { id: provider.slice('service_provider '.length), entityId: 'https://cloud.example/apps/user_saml/saml/metadata' },
  ]);
  expect(text).toMatch(/^ {2}--idp-x509cert='[A-Za-z0-9+/=]+' \\$/mu);
  expect((await aluco(['application', 'instructions', id])).said[0]).toBe(text);
});

test('a template is refused with words for each answer, and made of nothing', async () => {
  const before = (await aluco(['application', 'list'])).said.length;
  const add = ['application', 'add', 'X', '--template', 'mastodon'];
  const wrong = await aluco([...add, '--people', 'perhaps', '--answer', 'address=ftp://x', '--answer', 'only=maybe']);
  expect(wrong.status).toBe(1);
  expect(wrong.complained.map((line) => line.split(':', 1)[0])).toEqual(['address', 'only', 'people']);
  expect((await aluco([...add, '--answer', 'address=https://x.example'])).status).toBe(2);
  expect((await aluco([...add, '--people', 'none', '--answer', 'colour=red'])).status).toBe(2);
  expect((await aluco(['application', 'add', '--template', 'nothing'])).status).toBe(2);
  expect((await aluco(['application', 'list'])).said).toHaveLength(before);
});

test('all problems of an application are named, each by its option', async () => {
  const { status, complained } = await aluco(['application', 'add', 'X', '--home', 'gopher://x', '--quota', '101']);
  expect(status).toBe(1);
  expect(complained.map((line) => line.split(':', 1)[0]).toSorted()).toEqual(['homeUrl', 'quota']);
});

test('who may have profiles at an application, and what its moderators may change, is said with options', async () => {
  const added = await aluco(['application', 'add', 'Allotment', '--home', 'https://allotment.example']);
  const id = added.said[0] ?? '';
  const change = (...options: string[]) => aluco(['application', 'change', id, ...options]);
  const reasons = [{ id: 'weeds', fr: 'Mauvaises herbes', en: 'Weeds' }];
  const before = await house.parts.applications.get(id);
  await house.parts.applications.change(id, { ...before, moderation: { ...before.moderation, reasons } });

  const rules = ['--policy', 'approved', '--rules-locked', 'on', '--urgent-at-once', 'on', '--overdue-days', '3'];
  expect(await change(...rules)).toEqual({ status: 0, said: [], complained: [] });
  const moderation = { urgentAtOnce: true, overdueDays: 3, reasons };
  const changed = { ...before, policy: 'approved', rulesLocked: true, moderation };
  expect(await house.parts.applications.get(id)).toEqual(changed);

  // Each for itself leaves the others as they are, the moderators' reasons among them.
  await change('--urgent-at-once', 'off');
  await change('--rules-locked', 'off');
  expect(await house.parts.applications.get(id)).toEqual({
    ...changed,
    rulesLocked: false,
    moderation: { ...moderation, urgentAtOnce: false },
  });
  for (const wrong of [
    ['--policy', 'sometimes'],
    ['--rules-locked', 'perhaps'],
    ['--urgent-at-once', ''],
    ['--overdue-days', '0'],
    ['--overdue-days', 'soon'],
  ])
    expect((await change(...wrong)).status, wrong.join(' ')).not.toBe(0);
  expect(await house.parts.applications.get(id)).toMatchObject({ policy: 'approved', rulesLocked: false });
});

test('a suspended account is refused from that moment on, and let in again', async () => {
  const { bruno } = PEOPLE;
  await aluco(['account', 'suspend', 'bruno']);
  const signIn = (): Promise<unknown> =>
    house.parts.accounts.signIn({ identifier: 'bruno', password: bruno.password, network: '192.0.2.1' });
  await expect(signIn()).rejects.toMatchObject({ code: 'credentials_wrong' });
  await aluco(['account', 'reinstate', 'bruno']);
  expect(await signIn()).toMatchObject({ loginName: 'bruno' });
});

test('a suspension has a last day, which must be one', async () => {
  const last = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  for (const day of ['tomorrow', '2020-01-01', '2027-02-30', '9999-01-01']) {
    expect([day, (await aluco(['account', 'suspend', 'bruno', '--until', day])).status]).toEqual([day, 1]);
  }
  expect((await aluco(['account', 'suspend', 'bruno', '--until', last])).status).toBe(0);
  const shown = await aluco(['account', 'show', 'bruno']);
  expect(shown.said).toContain(`  status: suspended until the end of ${last} (UTC)`);
  expect((await aluco(['account', 'link', 'bruno'])).status).toBe(1);
  await aluco(['account', 'reinstate', 'bruno']);
});

test('an account is shown by its login name or its address, without the address', async () => {
  const { mailbox } = PEOPLE.bruno;
  const shown = await aluco(['account', 'show', mailbox.toUpperCase()]);
  expect(shown.said.slice(0, 4)).toEqual([
    'login name: bruno',
    '  status: active',
    '  role: person',
    '  groups: photographers',
  ]);
  expect(shown.said.slice(-2)).toEqual(['  e-mail address: verified', '  second factor: none']);
  expect(shown.said.join('\n')).not.toContain('home.example');
  for (const who of ['nobody', 'nobody@home.example', '%', '\0']) {
    expect(await aluco(['account', 'show', who])).toMatchObject({ status: 1, said: [] });
  }
});

test('a second factor is asked of a group and for an application by command', async () => {
  const { groups } = house.parts.accounts;
  await groups.create('Treasury');
  expect((await aluco(['group', 'second-factor', 'Treasury', 'on'])).status).toBe(0);
  const asks = async () => (await groups.list()).find(({ name }) => name === 'Treasury')?.secondFactor;
  expect(await asks()).toBe(true);
  expect((await aluco(['group', 'second-factor', 'Treasury', 'perhaps'])).status).toBe(2);
  expect((await aluco(['group', 'second-factor', 'Treasury', 'off'])).status).toBe(0);
  expect(await asks()).toBe(false);

  const added = await aluco([
    'application',
    'add',
    'Ledger',
    '--home',
    'https://ledger.example',
    '--second-factor',
    'on',
  ]);
  const id = added.said[0] ?? '';
  expect((await house.parts.applications.get(id)).secondFactor).toBe(true);
  await aluco(['application', 'change', id, '--quota', '2']);
  expect(await house.parts.applications.get(id)).toMatchObject({ quota: 2, secondFactor: true });
  await aluco(['application', 'change', id, '--second-factor', 'off']);
  expect((await house.parts.applications.get(id)).secondFactor).toBe(false);
});

test('somebody is invited by command, makes an account with the link, and the invitation is gone', async () => {
  const made = await aluco(['account', 'invite', 'Alix, from the mill', '--group', 'photographers']);
  const token = /^http:\/\/localhost:\d+\/link\/([\w-]{22})$/u.exec(made.said[0] ?? '')?.[1] ?? '';
  const [line = ''] = (await aluco(['account', 'invitations'])).said;
  expect(line).toMatch(/^[\w-]{22} 24 h 1 person Alix, from the mill$/u);
  const { loginName, password } = PEOPLE.alix;
  await house.parts.accounts.invitations.accept(token, { loginName, password, language: 'en' });
  expect((await aluco(['account', 'invitations'])).said).toEqual([]);
  expect((await aluco(['group', 'members', 'photographers'])).said).toContain('alix');

  const other = await aluco(['account', 'invite', 'Somebody', '--administrator']);
  const [id = ''] = ((await aluco(['account', 'invitations'])).said[0] ?? '').split(' ');
  expect((await aluco(['account', 'withdraw', id])).status).toBe(0);
  expect((await makeVisitor().get(other.said[0] ?? '')).status).toBe(410);
  expect((await aluco(['account', 'invite', 'X', '--group', 'nothing'])).status).toBe(1);
  expect((await aluco(['account', 'invite'])).status).toBe(2);

  await aluco(['account', 'invite', 'The class', '--uses', '12', '--days', '30']);
  expect((await aluco(['account', 'invitations'])).said[0]).toMatch(/^[\w-]{22} 720 h 12 person The class$/u);
  expect((await aluco(['account', 'invite', 'X', '--uses', 'many'])).status).toBe(1);
  expect((await aluco(['account', 'invite', 'X', '--days', '91'])).status).toBe(1);
});

test('a link for a new password is made and withdrawn, sessions are ended, and the last administrator stays one', async () => {
  const { said } = await aluco(['account', 'link', 'alix']);
  expect((await makeVisitor().get(said[0] ?? '')).status).toBe(200);
  await aluco(['account', 'link', 'alix', '--withdraw']);
  expect((await makeVisitor().get(said[0] ?? '')).status).toBe(410);

  const { loginName: login, password } = PEOPLE.alix;
  const alix = makeVisitor();
  await alix.submit(await alix.get(`${house.url}/account`), '/sign-in', { login, password });
  expect((await aluco(['account', 'end-sessions', 'alix'])).status).toBe(0);
  expect((await alix.get(`${house.url}/account`)).url.pathname).toMatch(/^\/journey\//u);

  expect((await aluco(['account', 'role', 'odile', 'person'])).status).toBe(1);
  expect((await aluco(['account', 'role', 'alix', 'queen'])).status).toBe(2);
  expect((await aluco(['account', 'role', 'alix', 'administrator'])).status).toBe(0);
  expect((await aluco(['account', 'role', 'odile', 'person'])).status).toBe(0);
  expect((await house.parts.accounts.findByLogin('odile'))?.role).toBe('person');
  for (const verb of ['link', 'end-sessions', 'suspend', 'show']) {
    expect((await aluco(['account', verb, 'nobody'])).status).toBe(1);
  }
});

test('no password is taken from the command line, where other people of the machine could read it', async () => {
  const source = await readFile('src/command.ts', 'utf8');
  expect(source).not.toMatch(/password: (text|many)/u);
});
