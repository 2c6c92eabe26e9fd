import { makeHasher } from '../../src/accounts/hashing.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Application } from '../../src/applications/applications.ts';
import { SERVICE_PROVIDER_DEFAULTS } from '../../src/applications/service-provider-settings.ts';
import { mastodonSaml } from '../../src/applications/templates/mastodon-saml.ts';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { addPerson } from '../people.ts';
import { textOf, type Page, type Visitor } from '../visitor.ts';
import { openIdDoor, samlDoor, type Door, type Learned, type Walk } from './as-mastodon.ts';
import { openDocumented, type Documented } from './documented.ts';
import { accountOf, formTo, makeGuests, type Guests } from './guests.ts';
import { hasPsql, openPostgresSide, type OtherSide } from './other-side.ts';
import { ALL, COUNTS, fillMastodon, FIVE, TWENTY, type Old } from './weekend-people.ts';

const ADDRESS = 'https://mastodon.example.org';

describe.skipIf(!hasPsql)(
  'the weekend on which a Mastodon of 3,000 people moves in, as docs/moving-in/mastodon.md tells',
  () => {
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
    /** The relay addresses of those who agreed that Mastodon may know them by it, by their names. */
    const addresses = new Map<string, string>();

    beforeAll(async () => {
      side = await openPostgresSide('mastodon-schema.sql');
      await fillMastodon(side);
      before = await side.dump();
      catcher = await openMailCatcher();
      house = await openHouse({
        settings: { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@id.example' },
        hasher: makeHasher({ cost: { memoryCost: 64, timeCost: 2 } }),
      });
      guests = makeGuests(house, catcher, ADDRESS);
      odile = await addPerson(house.parts, 'odile');
      page = await openDocumented('moving-in/mastodon.md', house.environment, {
        psql: { word: 'mastodon_production', command: `psql ${side.address}` },
      });
    });
    afterAll(async () => {
      await page?.close();
      await house?.close();
      await catcher?.close();
      await side?.close();
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

    test('goes on with the list of people, which a rehearsal counts as Mastodon does, and writes nothing', async () => {
      await page.run('export');
      expect((await page.run('count')).trim()).toBe(String(ALL));
      const said = await page.run('check');
      expect(said).toMatch(/\b3,?000\b/u);
      expect(await house.parts.legacy.reclaim.isReserved(application.id, 'heron')).toBe(false);
      expect(await side.dump()).toBe(before);
    });

    test('imports every name, once, however often the command is run', async () => {
      expect(await page.run('import')).toMatch(/\b3,?000\b/u);
      await page.run('import');
      expect(await house.parts.legacy.reclaim.isReserved(application.id, 'heron')).toBe(true);
      expect((await house.parts.applications.get(application.id)).people).toBe('imported');
    });

    test('tells Mastodon whose its accounts are, by both ways, before anybody comes', async () => {
      const said = await page.run('link');
      expect(said).toMatch(new RegExp(String.raw`linked\W+${COUNTS.present - 1}\b`, 'u'));
      expect(said).toMatch(/before\W+1\b/u);
      expect(said).toMatch(new RegExp(String.raw`no_account\W+${COUNTS.deleted}\b`, 'u'));
      expect(said).not.toMatch(/\bheld\b/u);
      expect(await page.run('link saml')).toMatch(new RegExp(String.raw`linked\W+${COUNTS.present}\b`, 'u'));
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

    /** Somebody of the five: signed in, on the page where an old name is asked for. */
    async function arrive(old: Old): Promise<{ visitor: Visitor; form: Page }> {
      await guests.join(old);
      const visitor: Visitor = guests.newVisitor();
      const { loginName: login, password } = accountOf(old);
      await visitor.submit(await visitor.get(house.url), '/sign-in', { login, password });
      return { visitor, form: await visitor.get(`${house.url}/applications/${application.id}/old-account`) };
    }
    const take = (visitor: Visitor, form: Page, oldName: string, oldPassword: string): Promise<Page> =>
      visitor.submit(form, '/old-account', { oldName, oldPassword });

    test('helps who does not know the password any more: a code does', async () => {
      const { forgetful } = FIVE;
      const { visitor, form } = await arrive(forgetful);
      const refused = await take(visitor, form, forgetful.name, 'another secret altogether');
      expect(refused.status).toBeGreaterThanOrEqual(400);
      expect(textOf(refused)).toContain('The name, the password or the code is not right.');
      await comes(forgetful, visitor);
    });

    test('helps who had a second factor there: the password alone is too little, with a code it is enough', async () => {
      const { careful } = FIVE;
      const { visitor, form } = await arrive(careful);
      const refused = await take(visitor, form, careful.name, careful.password ?? '');
      expect(refused.status).toBeGreaterThanOrEqual(400);
      expect(textOf(refused)).toContain('needs its password and a code');
      const asked = await visitor.submit(form, '/old-account', { oldName: careful.name, do: 'code' });
      const code = await guests.codeTo(careful.address);
      const alone = await visitor.submit(asked, '/old-account/code', { code, oldPassword: '' });
      expect(textOf(alone)).toContain('needs its password and a code');
      const both = await visitor.submit(alone, '/old-account/code', { code, oldPassword: careful.password ?? '' });
      await visitor.submit(both, '/old-address', { move: 'no' });
      const learned = await comes(careful, visitor);
      expect(learned.uid).toBe('avocet');
      addresses.delete(careful.name);
    });

    test('helps who was suspended there: the name is theirs, and a moderator decides about the rest', async () => {
      const { suspended } = FIVE;
      const { visitor, form } = await arrive(suspended);
      const blocked = await take(visitor, form, suspended.name, suspended.password ?? '');
      expect(textOf(blocked)).toContain('Blocked for good');
      let shown: Page | undefined;
      const look: Walk = (at) => Promise.resolve((shown = at));
      await expect(openId.signIn(visitor, look)).rejects.toThrow();
      expect(shown?.url.origin).toBe(house.url);
      expect(shown?.document.querySelector('[name=profile]') ?? undefined).toBeUndefined();
      const owner = await house.parts.accounts.findByLogin(accountOf(suspended).loginName);
      const [profile] = (await house.parts.profiles.at(owner?.id ?? '', application)).profiles;
      expect(profile).toMatchObject({ name: suspended.name, status: 'blocked' });
      const actor = { accountId: odile.id, administrator: true };
      await house.parts.moderation.actions.unblock(actor, application.id, profile?.id ?? '', 'It was long ago.');
      await comes(suspended, visitor);
      // Nobody asked about the address while the profile was blocked.
      addresses.delete(suspended.name);
    });

    test('offers nothing to an address that Mastodon never confirmed, whose owner has the password', async () => {
      const { unreachable } = FIVE;
      const { visitor, form } = await arrive(unreachable);
      expect(formTo(form, '/old-account/offer')).toBe(false);
      await comes({ ...unreachable, way: 'password' }, visitor);
    });

    test('helps who lost both with a link of the administrators', async () => {
      const { lost } = FIVE;
      const { visitor, form } = await arrive(lost);
      expect((await take(visitor, form, lost.name, 'whatever it was')).status).toBeGreaterThanOrEqual(400);
      const token = await house.parts.legacy.reclaim.makeLink(application.id, lost.name);
      const link = await visitor.get(`${house.url}/old-account/${token}`);
      const taken = await visitor.submit(link, `/old-account/${token}`);
      await visitor.submit(taken, '/old-address', { move: 'yes' });
      await comes(lost, visitor);
    });

    test('replaces the addresses of those who agreed, and of nobody else', async () => {
      const known = async (): Promise<Map<string, string>> =>
        new Map(
          (await side.query('SELECT a.username, u.email FROM users u JOIN accounts a ON a.id = u.account_id')).map(
            ({ username, email }) => [String(username), String(email)],
          ),
        );
      const old = await known();
      expect(addresses.size).toBe(TWENTY.length + 3);
      expect(await page.run('move')).toMatch(new RegExp(String.raw`moved\W+${addresses.size}\b`, 'u'));
      expect(await known()).toEqual(new Map([...old, ...addresses]));
      expect(await page.run('move')).toMatch(new RegExp(String.raw`before\W+${addresses.size}\b`, 'u'));
    });

    test('goes all the way back: Mastodon’s tables are what they were', async () => {
      expect(await side.dump()).not.toBe(before);
      expect(await page.run('back')).toMatch(new RegExp(String.raw`restored\W+${addresses.size}\b`, 'u'));
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
