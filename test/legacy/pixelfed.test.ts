import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import { makeHasher } from '../../src/accounts/hashing.ts';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { addPerson } from '../people.ts';
import type { Page } from '../visitor.ts';
import { openDocumented, type Documented, type Tools } from './documented.ts';
import { makeGuests, type Guests } from './guests.ts';
import { makeHelp } from './helping.ts';
import { hasMariadb, openMysqlSide } from './mariadb-side.ts';
import { hasPsql, type OtherSide } from './other-side.ts';
import { hasUsualPostgres, openUsualPostgres } from './usual-postgres.ts';
import { FIVE, rowsOf, STATES, TWENTY, type Old } from './weekend-people.ts';

const ADDRESS = 'https://pixelfed.example.org';
const PEOPLE = 120;

const QUARTER = TWENTY.filter(({ way }, index) => index % 4 === 0 || way === 'mailbox').slice(0, 8);

/** A database of Pixelfed, and how its tools find it. */
type Place = {
  readonly side: OtherSide;
  readonly tools: Tools;
  close(): Promise<void>;
};

type Kind = {
  readonly engine: 'postgres' | 'mysql';
  readonly isHere: boolean;
  readonly open: () => Promise<Place>;
  readonly mark: (place: number) => string;
};

const KINDS: Kind[] = [
  {
    engine: 'postgres',
    isHere: hasPsql && hasUsualPostgres,
    async open() {
      const server = await openUsualPostgres();
      const side = await server.open('pixelfed', 'pixelfed-schema.postgres.sql');
      return { side, tools: { environment: server.environment }, close: server.close };
    },
    mark: (place) => `$${place}`,
  },
  {
    engine: 'mysql',
    isHere: hasMariadb,
    async open() {
      const side = await openMysqlSide('pixelfed-schema.mysql.sql', { database: 'pixelfed' });
      const at = `--no-defaults --socket=${side.address}`;
      const commands = { mysql: `mariadb ${at}`, mysqldump: `mariadb-dump ${at}` };
      return { side, tools: { commands }, close: side.close };
    },
    mark: () => '?',
  },
];

/** When everybody came, and their address was made sure of. */
const SEEN = '2022-01-02 00:00:00';

/** What Pixelfed writes of each who is let in no more: suspended, disabled by themselves, deleted, about to be deleted. */
const OUT: Readonly<Record<string, readonly [status: string | null, deleted: string | null, due: string | null]>> = {
  [FIVE.suspended.name]: ['suspended', null, null],
  [STATES.disabled.name]: ['disabled', null, null],
  [STATES.unapproved.name]: [null, '2026-10-01 00:00:00', null],
  [STATES.memorial.name]: [null, null, '2027-01-01 00:00:00'],
};

/** Fills the tables of Pixelfed with people in its states. */
async function fillPixelfed(side: OtherSide, mark: (place: number) => string): Promise<void> {
  const quoted = mark(1) === '?' ? '`2fa_enabled`' : '"2fa_enabled"';
  for (const { id, name, address, hash, secondFactor, unconfirmed } of rowsOf(PEOPLE)) {
    const [status, deleted, due] = OUT[name] ?? [null, null, null];
    await side.query(
      `INSERT INTO users (id, username, email, password, status, deleted_at, delete_after, email_verified_at, created_at, ${quoted})
       VALUES (${[1, 2, 3, 4, 5, 6, 7, 8].map(mark).join(', ')}, '${SEEN}', ${String(secondFactor === true)})`,
      [id, name, address, hash.replace('$2b$', '$2y$'), status, deleted, due, unconfirmed === true ? null : SEEN],
    );
  }
}

/** Somebody who has begun to sign up and has no name yet. */
const addNameless = (side: OtherSide): Promise<unknown> =>
  side.query("INSERT INTO users (id, email, password) VALUES (900, 'nameless@home.example', '')");

describe.each(KINDS)('a Pixelfed on $engine moves in, as docs/moving-in/pixelfed.md tells', (kind) => {
  const { engine, isHere, open, mark } = kind;
  let place: Place;
  let side: OtherSide;
  let catcher: MailCatcher;
  let house: House;
  let page: Documented;
  let guests: Guests;
  let before: string;
  let settings: Readonly<Record<string, string>>;
  let odile: Account;
  let help: ReturnType<typeof makeHelp>;
  /** The relay addresses of those who agreed that Pixelfed may know them by it, by their names. */
  const agreed = new Map<string, string>();

  beforeAll(async () => {
    if (!isHere) return;
    place = await open();
    ({ side } = place);
    await fillPixelfed(side, mark);
    await addNameless(side);
    before = await side.dump();
    catcher = await openMailCatcher();
    house = await openHouse({
      settings: { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@id.example', ALUCO_RELAY: '127.0.0.1:0' },
      hasher: makeHasher({ cost: { memoryCost: 64, timeCost: 2 } }),
    });
    guests = makeGuests(house, catcher, ADDRESS);
    odile = await addPerson(house.parts, 'odile');
    page = await openDocumented('moving-in/pixelfed.md', house.environment, place.tools);
  });
  afterAll(async () => {
    await page?.close();
    await house?.close();
    await catcher?.close();
    await place?.close();
  });

  /** Signs in as Pixelfed does it: without PKCE, the secret in the body, and nothing but userinfo is looked at. */
  async function signIn(
    walk: (first: Page) => Promise<Page>,
    visitor = guests.newVisitor(),
  ): Promise<Record<string, string>> {
    const setting = (name: string): string => settings[`PF_OIDC_${name}`] ?? '';
    const redirect_uri = `${ADDRESS}/auth/oidc/callback`;
    const asked = {
      response_type: 'code',
      client_id: setting('CLIENT_ID'),
      redirect_uri,
      scope: setting('SCOPES'),
      state: 'x1',
    };
    const url = `${setting('AUTHORIZE_URL')}?${new URLSearchParams({ ...asked, approval_prompt: 'auto' }).toString()}`;
    const { searchParams } = (await walk(await visitor.get(url))).url;
    expect(searchParams.get('state')).toBe('x1');
    const answer = await fetch(setting('TOKEN_URL'), {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: setting('CLIENT_ID'),
        client_secret: setting('CLIENT_SECRET'),
        redirect_uri,
        code: searchParams.get('code') ?? '',
      }),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const told = await fetch(setting('PROFILE_URL'), { headers: { authorization: `Bearer ${token}` } });
    return (await told.json()) as Record<string, string>;
  }

  /** Whom Pixelfed signs in: it looks the subject up. */
  async function recognised(told: Readonly<Record<string, string>>): Promise<string | undefined> {
    const [row] = await side.query(
      `SELECT u.username FROM user_oidc_mappings m JOIN users u ON u.id = m.user_id WHERE m.oidc_id = ${mark(1)}`,
      [told['sub'] ?? ''],
    );
    return row && String(row['username']);
  }

  /** Takes a name back where it is not yet, and is who they were. */
  async function comes(old: Old, visitor = guests.newVisitor()): Promise<void> {
    const told = await signIn(guests.walkAs(visitor, old), visitor);
    expect(told['preferred_username']).toBe(old.name);
    expect(await recognised(told)).toBe(old.name);
    agreed.set(old.name, told['email'] ?? '');
  }

  const many = (kind_: string, people: number): RegExp => new RegExp(String.raw`\b${kind_}\W+${people}\b`, 'u');

  test.skipIf(!isHere)('with the list of its people, which the check counts as Pixelfed does', async () => {
    const said = await page.run('application');
    page.set('APPLICATION', said.split('\n', 1)[0] ?? '');
    settings = Object.fromEntries(
      [...said.matchAll(/^\s*(PF_OIDC_\w+)="?(.*?)"?$/gmu)].map(([, name = '', value = '']) => [name, value]),
    );
    await page.run(`export ${engine}`);
    page.set('LIST', engine === 'mysql' ? 'pixelfed.jsonl' : 'pixelfed.csv');
    expect((await page.run(`count ${engine}`)).trim()).toBe(String(PEOPLE));
    const checked = await page.run('check');
    expect(checked).toMatch(new RegExp(String.raw`^${PEOPLE} names can be imported`, 'mu'));
    expect(checked).not.toContain('would not be imported');
    expect(checked).toMatch(/disabled or suspended 4$/mu);
    expect(checked).toMatch(/with a second factor 1$/mu);
    expect(checked).toMatch(new RegExp(String.raw`address confirmed ${PEOPLE - 1}$`, 'mu'));
  });

  test.skipIf(!isHere)('rehearsed on a copy, there and back, and then for good, with subjects of its own', async () => {
    await page.run(`rehearsal copy ${engine}`);
    page.set('BATCH', /^[\w-]+/u.exec(await page.run('rehearsal import'))?.[0] ?? '');
    expect(await page.run(`rehearsal link ${engine}`)).toMatch(many('linked', PEOPLE));
    const rehearsed = await readFile(path.join(page.folder, 'rehearsal-link.sql'), 'utf8');
    expect((await page.run(`rehearsal look ${engine}`)).trim()).toBe(String(PEOPLE));
    const back = await page.run(`rehearsal unlink ${engine}`);
    expect(back).toMatch(/removed\W+120\b/u);
    expect(back).toContain('both are the same');
    expect(await page.run('rehearsal undo')).toMatch(/: undone$/mu);
    await page.run(`rehearsal end ${engine}`);
    expect(await side.dump()).toBe(before);

    expect(await page.run('import')).toMatch(/done, 120 names imported/u);
    const said = await page.run(`link ${engine}`);
    expect(said).toMatch(many('linked', PEOPLE));
    expect(said).not.toMatch(/\bheld\b/u);
    expect(await page.run(`link again ${engine}`)).toMatch(many('before', PEOPLE));
    const rows = await side.query('SELECT oidc_id FROM user_oidc_mappings');
    expect(rows.filter(({ oidc_id: subject }) => rehearsed.includes(String(subject)))).toEqual([]);
    await page.run('open');
    const [application] = await house.parts.applications.list();
    if (application === undefined) throw new Error('no application');
    help = makeHelp({
      house,
      guests,
      application,
      odile,
      comes,
      recognised: async (visitor, walk) => recognised(await signIn(walk, visitor)),
    });
  });

  test.skipIf(!isHere)('people take their name back, each by their way', async () => {
    for (const old of QUARTER) {
      await guests.join(old);
      await comes(old);
    }
  });

  test.skipIf(!isHere)('five fail, each at something else, and are helped', async () => {
    await help.forgetful(FIVE.forgetful);
    await help.careful(FIVE.careful);
    agreed.delete(FIVE.careful.name);
    await help.suspended(FIVE.suspended);
    agreed.delete(FIVE.suspended.name);
    await help.unreachable(FIVE.unreachable, async () => {
      page.set('NAME', FIVE.unreachable.name);
      return /https?:\/\/\S+/u.exec(await page.run('hand'))?.[0] ?? '';
    });
    await help.hasty(FIVE.hasty);
  });

  test.skipIf(!isHere)(
    'those whom it lets in no more come blocked, and no address that it never saw is offered',
    async () => {
      await help.blocked(STATES.disabled);
      await help.blocked(STATES.unapproved);
      await help.blocked(STATES.memorial);
      await help.unconfirmed(STATES.unconfirmed);
    },
  );

  test.skipIf(!isHere)('the addresses of those who agreed are replaced', async () => {
    const addresses = async (): Promise<Map<string, string>> => {
      const rows = await side.query('SELECT username, email FROM users');
      return new Map(rows.map(({ username, email }) => [String(username), String(email)]));
    };
    const old = await addresses();
    expect(agreed.size).toBe(QUARTER.length + 4);
    expect(await page.run(`move ${engine}`)).toMatch(many('moved', agreed.size));
    expect(await addresses()).toEqual(new Map([...old, ...agreed]));
  });

  test.skipIf(!isHere)('and the way back leaves its tables as they were', async () => {
    expect(await page.run(`back ${engine}`)).toMatch(many('restored', agreed.size));
    expect(await side.dump()).toBe(before);
  });
});
