import { makeHasher } from '../../src/accounts/hashing.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Application } from '../../src/applications/applications.ts';
import { SERVICE_PROVIDER_DEFAULTS } from '../../src/applications/service-provider-settings.ts';
import { mastodonSaml } from '../../src/applications/templates/mastodon-saml.ts';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { addPerson, PEOPLE } from '../people.ts';
import type { Visitor } from '../visitor.ts';
import { openIdDoor, samlDoor, type Door, type Learned } from './as-mastodon.ts';
import { openDocumented, type Documented } from './documented.ts';
import { makeGuests, type Guests } from './guests.ts';
import { makeHelp } from './helping.ts';
import { hasPsql, type OtherSide } from './other-side.ts';
import { hasUsualPostgres, openUsualPostgres, type UsualPostgres } from './usual-postgres.ts';
import { ALL, COUNTS, fillMastodon, FIVE, STATES, TWENTY, type Old } from './weekend-people.ts';

const ADDRESS = 'https://mastodon.example.org';

/** What is said of a kind, and how many there are of it. */
const many = (kind: string, people: number): RegExp => new RegExp(String.raw`\b${kind}\W+${people}\b`, 'u');

describe.skipIf(!hasPsql || !hasUsualPostgres)(
  'the weekend on which a Mastodon of 3,000 people moves in, as docs/moving-in/mastodon.md tells',
  () => {
    let server: UsualPostgres;
    let side: OtherSide;
    let catcher: MailCatcher;
    let house: House;
    let page: Documented;
    let application: Application;
    let openId: Door;
    let saml: Door;
    let before: string;
    let odile: Account;
    let guests: Guests;
    let settings: Record<string, string>;
    let help: ReturnType<typeof makeHelp>;
    /** The relay addresses of those who agreed that Mastodon may know them by it, by their names. */
    const addresses = new Map<string, string>();

    beforeAll(async () => {
      server = await openUsualPostgres();
      side = await server.open('mastodon_production', 'mastodon-schema.sql');
      await fillMastodon(side);
      before = await side.dump();
      catcher = await openMailCatcher();
      house = await openHouse({
        settings: { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@id.example', ALUCO_RELAY: '127.0.0.1:0' },
        hasher: makeHasher({ cost: { memoryCost: 64, timeCost: 2 } }),
      });
      guests = makeGuests(house, catcher, ADDRESS);
      odile = await addPerson(house.parts, 'odile');
      page = await openDocumented('moving-in/mastodon.md', house.environment, { environment: server.environment });
    });
    afterAll(async () => {
      await page?.close();
      await house?.close();
      await catcher?.close();
      await server?.close();
    });

    /** Whom Mastodon takes somebody for: it looks up the identity, and finds an account or makes a new one. */
    async function recognised({ provider }: Door, { uid }: Learned): Promise<string | undefined> {
      const rows = await side.query(
        `SELECT a.username FROM identities i JOIN users u ON u.id = i.user_id JOIN accounts a ON a.id = u.account_id
       WHERE i.provider = $1 AND i.uid = $2 AND a.domain IS NULL`,
        [provider, uid],
      );
      return rows.map(({ username }) => String(username)).join(' ') || undefined;
    }

    test('begins with the application, whose names are awaited', async () => {
      const said = await page.run('application');
      const [id = ''] = said.split('\n');
      page.set('APPLICATION', id);
      application = await house.parts.applications.get(id);
      expect(application.people).toBe('awaited');
      settings = Object.fromEntries(
        [...said.matchAll(/^\s*(OIDC_\w+)=(.*)$/gmu)].map(([, name = '', value = '']) => [name, value]),
      );
      expect(settings).toMatchObject({ OIDC_UID_FIELD: 'preferred_username', OIDC_ISSUER: house.url });
      openId = await openIdDoor(settings);
      const answers = { address: ADDRESS, button: 'Aluco', only: 'no' };
      const provider = await house.parts.applications.addServiceProvider(application.id, {
        ...SERVICE_PROVIDER_DEFAULTS,
        label: 'Mastodon',
        ...mastodonSaml.serviceProvider(answers),
      });
      saml = await samlDoor(house, { entityId: provider.entityId, consumer: provider.consumers[0]?.url ?? '' });
    });

    test('goes on with the list of people, which the check counts as Mastodon does, and writes nothing', async () => {
      await page.run('export');
      expect((await page.run('count')).trim()).toBe(String(ALL));
      const said = await page.run('check');
      expect(said).toMatch(/^3,000 names can be imported, of 3,001 lines$/mu);
      // Suspended, disabled, unapproved, remembered, and the two that were deleted, who have no address.
      expect(said).toMatch(/disabled or suspended 6$/mu);
      expect(said).toMatch(/with a second factor 2$/mu);
      expect(said).toMatch(/with an address 2,998$/mu);
      expect(said).toMatch(/address confirmed 2,997$/mu);
      expect(await house.parts.legacy.reclaim.isReserved(application.id, 'heron')).toBe(false);
      expect(await side.dump()).toBe(before);
    });

    /** Whether somebody with an account here, whose mailbox is nobody's there, is let to where old names are asked for. */
    async function mayEnter(): Promise<boolean> {
      const visitor: Visitor = guests.newVisitor();
      const { loginName: login, password } = PEOPLE.odile;
      await visitor.submit(await visitor.get(house.url), '/sign-in', { login, password });
      return (await visitor.get(`${house.url}/applications/${application.id}/old-account`)).status === 200;
    }

    test('is rehearsed on a copy, there and back, while nobody may enter; nothing stays but the names', async () => {
      await page.run('rehearsal copy');
      expect(server.databases()).toEqual(['mastodon_production', 'mastodon_rehearsal']);
      const imported = await page.run('rehearsal import');
      expect(imported).toMatch(/done, 3,000 names imported/u);
      page.set('BATCH', /^[\w-]+/u.exec(imported)?.[0] ?? '');
      expect(await mayEnter()).toBe(false);
      const linked = await page.run('rehearsal link');
      expect(linked).toMatch(many('linked', COUNTS.present - 1));
      expect(linked).toMatch(many('before', 1));
      expect(linked).toMatch(many('no_account', COUNTS.deleted));
      expect(linked).not.toMatch(/\bheld\b/u);
      expect(await page.run('rehearsal look')).toMatch(/linked \| wrong\s+\S+\s+2998 \| +0\b/u);
      const back = await page.run('rehearsal unlink');
      expect(back).toMatch(many('removed', COUNTS.present - 1));
      expect(back).toContain('both are the same');
      expect(await page.run('rehearsal undo')).toMatch(/: undone$/mu);
      await page.run('rehearsal end');
      expect(server.databases()).toEqual(['mastodon_production']);
      expect((await house.parts.applications.get(application.id)).people).toBe('awaited');
      expect(await house.parts.legacy.reclaim.isReserved(application.id, 'heron')).toBe(false);
      expect(await side.dump()).toBe(before);
    });

    test('imports every name anew, once, however often the command is run', async () => {
      expect(await page.run('import')).toMatch(/done, 3,000 names imported/u);
      await page.run('import');
      expect(await house.parts.legacy.reclaim.isReserved(application.id, 'heron')).toBe(true);
      expect((await house.parts.applications.get(application.id)).people).toBe('imported');
    });

    test('tells Mastodon whose its accounts are, by both ways, and opens', async () => {
      const said = await page.run('link');
      expect(said).toMatch(many('linked', COUNTS.present - 1));
      expect(said).toMatch(many('before', 1));
      expect(said).toMatch(many('no_account', COUNTS.deleted));
      expect(said).not.toMatch(/\bheld\b/u);
      // Once more, as after a further import: nobody is linked twice, and the way back takes all of them back.
      const again = await page.run('link again');
      expect(again).toMatch(many('before', COUNTS.present));
      expect(again).not.toMatch(/\blinked\b\W+\d/u);
      page.set('NAME', 'heron');
      expect(await page.run('held')).toMatch(/\| heron +\|/u);
      // Also a row that is nobody's holds a name, and is found.
      await side.query(`INSERT INTO identities (provider, uid, created_at, updated_at)
        VALUES ('openid_connect', 'nobody', now(), now())`);
      page.set('NAME', 'nobody');
      expect(await page.run('held')).toContain('(1 row)');
      await side.query("DELETE FROM identities WHERE uid = 'nobody'");
      expect(await page.run('link saml')).toMatch(many('linked', COUNTS.present));
      expect(await mayEnter()).toBe(false);
      await page.run('open');
      expect(await mayEnter()).toBe(true);
      application = await house.parts.applications.get(application.id);
      help = makeHelp({
        house,
        guests,
        application,
        odile,
        comes,
        recognised: async (visitor, walk) => recognised(openId, await openId.signIn(visitor, walk)),
      });
    });

    /** Takes a name back with the first request to Mastodon, and signs in by both ways. */
    async function comes(old: Old, visitor: Visitor = guests.newVisitor()): Promise<Learned> {
      const learned = await openId.signIn(visitor, guests.walkAs(visitor, old));
      expect(learned.uid).toBe(old.name);
      expect(learned.email).toMatch(/@relay\.example$/u);
      expect(await recognised(openId, learned)).toBe(old.name);
      const again = await saml.signIn(visitor, guests.walkAs(visitor, old));
      expect(again).toMatchObject({ uid: old.name, email: learned.email });
      expect(await recognised(saml, again)).toBe(old.name);
      addresses.set(old.name, learned.email ?? '');
      return learned;
    }

    test('gives twenty people their name back, and Mastodon finds the account of each by both ways', async () => {
      for (const old of TWENTY) {
        await guests.join(old);
        await comes(old);
      }
      const rows = await side.query("SELECT uid FROM identities WHERE provider = 'cas'");
      expect(rows).toEqual([{ uid: 'heron' }]);
    });

    test('helps who does not know the password any more: a code does', () => help.forgetful(FIVE.forgetful));

    test('helps who had a second factor there: the password alone is too little, with a code it is enough', async () => {
      await help.careful(FIVE.careful);
      addresses.delete(FIVE.careful.name);
    });

    test('helps who was suspended there: the name is theirs, and a moderator decides about the rest', async () => {
      await help.suspended(FIVE.suspended);
      // Nobody asked about the address while the profile was blocked.
      addresses.delete(FIVE.suspended.name);
    });

    test('helps who reads the address no more and forgot the password: with a link of the administrators', () =>
      help.unreachable(FIVE.unreachable, async () => {
        page.set('NAME', FIVE.unreachable.name);
        const [link = ''] = /https?:\/\/\S+/u.exec(await page.run('hand')) ?? [];
        return link;
      }));

    test('helps who made a new profile, which Mastodon does not know: the old name is still theirs', () =>
      help.hasty(FIVE.hasty));

    test.each(['disabled', 'unapproved', 'memorial'] as const)(
      'blocks who was %s there: a moderator alone lets them in',
      async (state) => {
        await help.blocked(STATES[state]);
      },
    );

    test('asks for password and code where a security key was in use', async () => {
      await help.careful(STATES.securityKey);
      addresses.delete(STATES.securityKey.name);
    });

    test('offers nothing to an address that Mastodon never confirmed, whose owner has the password', () =>
      help.unconfirmed(STATES.unconfirmed));

    test('keeps the names of accounts that were deleted: blocked, for whom an administrator hands them to', async () => {
      const { reclaim } = house.parts.legacy;
      for (const name of ['gone_1', 'gone_2']) {
        expect(await reclaim.isReserved(application.id, name)).toBe(true);
        const profile = await reclaim.withLink(odile.id, await reclaim.makeLink(application.id, name));
        expect(profile).toMatchObject({ name, status: 'blocked' });
      }
    });

    test('replaces the addresses of those who agreed, and of nobody else', async () => {
      const known = async (): Promise<Map<string, string>> =>
        new Map(
          (await side.query('SELECT a.username, u.email FROM users u JOIN accounts a ON a.id = u.account_id')).map(
            ({ username, email }) => [String(username), String(email)],
          ),
        );
      const old = await known();
      expect(addresses.size).toBe(TWENTY.length + 4);
      expect(await page.run('move')).toMatch(many('moved', addresses.size));
      expect(await known()).toEqual(new Map([...old, ...addresses]));
      expect(await page.run('move')).toMatch(many('before', addresses.size));
    });

    test('brings those who registered there since, before the form ends, and names whom it would lock out', async () => {
      // The name of the second is that of a profile which somebody has here.
      const late = ['lately', `${FIVE.hasty.name}_2`];
      await side.query(
        `INSERT INTO accounts (id, username, created_at, updated_at)
         SELECT 160000000000000000 + n, ($1::text[])[n], now(), now() FROM generate_series(1, 2) n`,
        [`{${late.join(',')}}`],
      );
      await side.query(
        `INSERT INTO users (id, account_id, email, encrypted_password, confirmed_at, created_at, updated_at)
         SELECT 6000 + n, 160000000000000000 + n, n || '@late.example', '', now(), now(), now() FROM generate_series(1, 2) n`,
      );
      const said = await page.run('latecomers');
      expect(said).toMatch(/done, 1 name imported/u);
      expect(said).toMatch(/held here already 1$/mu);
      expect(said).toMatch(many('linked', 1));
      expect(await recognised(openId, { uid: 'lately', email: undefined, verified: undefined })).toBe('lately');
      expect(await page.run('unknown')).toMatch(/-\n twite_2\n\(1 row\)/u);
      await side.query('DELETE FROM users WHERE id > 6000');
      await side.query('DELETE FROM accounts WHERE id > 160000000000000000');
    });

    test('goes all the way back: Mastodon’s tables are what they were', async () => {
      expect(await side.dump()).not.toBe(before);
      expect(await page.run('back')).toMatch(many('restored', addresses.size));
      await page.run('back saml');
      expect(await side.dump()).toBe(before);
      // Names that were taken back belong to their people here, whatever Mastodon does.
      expect(await page.run('undo')).toContain('mastodon');
      const visitor: Visitor = guests.newVisitor();
      const [heron] = TWENTY;
      if (heron !== undefined)
        expect((await openId.signIn(visitor, guests.walkAs(visitor, heron))).uid).toBe(heron.name);
    });
  },
);
