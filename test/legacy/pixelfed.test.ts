import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeHasher } from '../../src/accounts/hashing.ts';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { addPerson } from '../people.ts';
import type { Page } from '../visitor.ts';
import { openDocumented, type Documented } from './documented.ts';
import { makeGuests, type Guests } from './guests.ts';
import { hasMariadb, openMysqlSide } from './mariadb-side.ts';
import { hasPsql, openPostgresSide, type OtherSide } from './other-side.ts';
import { FIVE, rowsOf, TWENTY, type Old } from './weekend-people.ts';

const ADDRESS = 'https://pixelfed.example.org';
const PEOPLE = 120;

const QUARTER = TWENTY.filter(({ way }, index) => index % 4 === 0 || way === 'mailbox').slice(0, 8);

type Kind = {
  readonly engine: 'postgres' | 'mysql';
  readonly isHere: boolean;
  readonly open: () => Promise<OtherSide>;
  readonly mark: (place: number) => string;
  readonly clients: (side: OtherSide) => Parameters<typeof openDocumented>[2];
};

const KINDS: Kind[] = [
  {
    engine: 'postgres',
    isHere: hasPsql,
    open: () => openPostgresSide('pixelfed-schema.postgres.sql'),
    mark: (place) => `$${place}`,
    clients: (side) => ({ psql: { word: 'pixelfed', command: `psql ${side.address}` } }),
  },
  {
    engine: 'mysql',
    isHere: hasMariadb,
    open: () => openMysqlSide('pixelfed-schema.mysql.sql'),
    mark: () => '?',
    clients: (side) => ({
      mysql: { word: 'pixelfed', command: `mariadb --no-defaults --socket=${side.address} --database=other` },
    }),
  },
];

/** Fills the tables of Pixelfed with people in its states. */
async function fillPixelfed(side: OtherSide, mark: (place: number) => string): Promise<void> {
  const quoted = mark(1) === '?' ? '`2fa_enabled`' : '"2fa_enabled"';
  for (const { id, name, address, hash, suspended, secondFactor, unconfirmed } of rowsOf(PEOPLE)) {
    await side.query(
      `INSERT INTO users (id, username, email, password, status, email_verified_at, created_at, ${quoted})
       VALUES (${mark(1)}, ${mark(2)}, ${mark(3)}, ${mark(4)}, ${suspended === true ? "'suspended'" : 'NULL'},
         ${unconfirmed === true ? 'NULL' : "'2022-01-02 00:00:00'"}, '2022-01-02 00:00:00', ${String(secondFactor === true)})`,
      [id, name, address, hash.replace('$2b$', '$2y$')],
    );
  }
}

describe.each(KINDS)('a Pixelfed on $engine moves in, as docs/moving-in/pixelfed.md tells', (kind) => {
  const { engine, isHere, open, mark, clients } = kind;
  let side: OtherSide;
  let catcher: MailCatcher;
  let house: House;
  let page: Documented;
  let guests: Guests;
  let before: string;
  let settings: Readonly<Record<string, string>>;

  beforeAll(async () => {
    if (!isHere) return;
    side = await open();
    await fillPixelfed(side, mark);
    before = await side.dump();
    catcher = await openMailCatcher();
    house = await openHouse({
      settings: { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@id.example' },
      hasher: makeHasher({ cost: { memoryCost: 64, timeCost: 2 } }),
    });
    guests = makeGuests(house, catcher, ADDRESS);
    await addPerson(house.parts, 'odile');
    page = await openDocumented('moving-in/pixelfed.md', house.environment, clients(side));
  });
  afterAll(async () => {
    await page?.close();
    await house?.close();
    await catcher?.close();
    await side?.close();
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
  async function recognised(told: Readonly<Record<string, string>>): Promise<unknown> {
    const rows = await side.query(
      `SELECT u.username FROM user_oidc_mappings m JOIN users u ON u.id = m.user_id WHERE m.oidc_id = ${mark(1)}`,
      [told['sub'] ?? ''],
    );
    return rows[0]?.['username'];
  }

  test.skipIf(!isHere)('with the list of its people, checked, imported and linked', async () => {
    const said = await page.run('application');
    page.set('APPLICATION', said.split('\n', 1)[0] ?? '');
    settings = Object.fromEntries(
      [...said.matchAll(/^\s*(PF_OIDC_\w+)="?(.*?)"?$/gmu)].map(([, name = '', value = '']) => [name, value]),
    );
    await page.run(`export ${engine}`);
    expect((await page.run(`count ${engine}`)).trim()).toBe(String(PEOPLE));
    expect(await page.run('check')).toMatch(new RegExp(String.raw`^${PEOPLE} names`, 'mu'));
    await page.run('import');
    expect(await page.run(`link ${engine}`)).toMatch(new RegExp(String.raw`linked\W+${PEOPLE}\b`, 'u'));
  });

  test.skipIf(!isHere)(
    'people take their name back, each by their way, and Pixelfed knows them by the subject',
    async () => {
      const agreed = new Map<string, string>();
      const comes = async (old: Old): Promise<void> => {
        await guests.join(old);
        const visitor = guests.newVisitor();
        const told = await signIn(guests.walkAs(visitor, old), visitor);
        expect(told['preferred_username']).toBe(old.name);
        expect(await recognised(told)).toBe(old.name);
        agreed.set(old.name, told['email'] ?? '');
      };
      for (const old of QUARTER) await comes(old);
      await comes(FIVE.forgetful);

      const addresses = async (): Promise<Map<string, string>> => {
        const rows = await side.query('SELECT username, email FROM users');
        return new Map(rows.map(({ username, email }) => [String(username), String(email)]));
      };
      const old = await addresses();
      expect(await page.run(`move ${engine}`)).toMatch(new RegExp(String.raw`moved\W+${agreed.size}\b`, 'u'));
      expect(await addresses()).toEqual(new Map([...old, ...agreed]));
    },
  );

  test.skipIf(!isHere)('and the way back leaves its tables as they were', async () => {
    expect(await page.run(`back ${engine}`)).toMatch(/restored\W+9\b/u);
    expect(await side.dump()).toBe(before);
  });
});
