import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ApplicationSettings } from '../../src/applications/settings.ts';
import { sourceOf, textOf } from '../../src/legacy/legacy.ts';
import { begin, openService, receive, signIn, type Attempt, type Service } from '../application.ts';
import type { House } from '../house.ts';
import { importNames } from '../legacy/place.ts';
import { openDoor, type OpenDoor } from '../open-door.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

const wordsOf = ({ document }: Page): string => document.textContent.replaceAll(/\s+/gu, ' ');
const headingOf = ({ document }: Page): string | undefined => document.querySelector('h1')?.textContent;

const OLD = { name: 'Old.Heron', password: 'kingfisher by the weir' } as const;

describe.each(['sqlite', 'postgres'] as const)(
  'an account at Meadow from before, on the way there, on %s',
  (engine) => {
    let door: OpenDoor;
    let house: House;
    let meadow: Service;
    let visitor: Visitor;
    let round = 0;
    const newVisitor = (): Visitor => makeVisitor((url) => meadow.isHome(url));

    beforeAll(async () => {
      door = await openDoor('open', { engine, settings: { ALUCO_RELAY: '127.0.0.1:0' } });
      house = door.house;
      for (const person of ['alix', 'bruno', 'odile'] as const) await addPerson(house.parts, person);
    });
    beforeEach(async () => {
      round += 1;
      meadow = await openService(house, `Meadow ${round}`, { application: { quota: 2 } });
      visitor = newVisitor();
      // What went wrong in another test is not counted against this one's people.
      const { storage } = house.parts;
      await storage.write((tx) => tx.delete(storage.tables.attempt));
      return () => meadow.close();
    });
    afterAll(() => door.close());

    const application = () => house.parts.applications.get(meadow.application.id);

    async function setRules(rules: Partial<ApplicationSettings>): Promise<void> {
      const { id, ...settings } = await application();
      await house.parts.applications.change(id, { ...settings, ...rules });
    }

    async function reserve(...names: Parameters<typeof importNames>[2][number][]): Promise<void> {
      await importNames(house.parts.legacy, await application(), names);
    }

    async function accountOf(person: PersonName) {
      const account = await house.parts.accounts.findByLogin(PEOPLE[person].loginName);
      if (account === undefined) throw new Error(`no ${person}`);
      return account;
    }

    const profilesOf = async (person: PersonName) =>
      (await house.parts.profiles.at((await accountOf(person)).id, await application())).profiles;

    async function arrive(person: PersonName, params: Record<string, string> = {}): Promise<[Attempt, Page]> {
      const attempt = await begin(meadow, params);
      const { loginName: login, password } = PEOPLE[person];
      return [attempt, await visitor.submit(await visitor.get(attempt.url), '/sign-in', { login, password })];
    }

    const nameIn = async (attempt: Attempt, answer: Page) =>
      (await receive(meadow, attempt, answer.url)).idToken['preferred_username'];

    test('is offered to Bruno, whose address it had, and he goes on under his old name by one button', async () => {
      await reserve({ ...OLD, address: PEOPLE.bruno.mailbox });
      const [attempt, page] = await arrive('bruno');
      expect(headingOf(page)).toBe('Your old account Old.Heron');
      // To look at it again changes nothing.
      expect(headingOf(await visitor.get(page.url))).toBe('Your old account Old.Heron');
      expect(await profilesOf('bruno')).toEqual([]);
      const answer = await visitor.submit(page, '/take-back');
      expect(await nameIn(attempt, answer)).toBe('Old.Heron');
      expect(await profilesOf('bruno')).toMatchObject([{ name: 'Old.Heron', source: 'imported', status: 'active' }]);
      // The next sign-in is as any other.
      const { idToken } = await signIn(newVisitor(), meadow, { person: 'bruno', profile: 'Old.Heron' });
      expect(idToken['preferred_username']).toBe('Old.Heron');
    });

    test('is offered to nobody else, nor where the address was not confirmed there', async () => {
      await reserve({ ...OLD, address: PEOPLE.bruno.mailbox, confirmed: false });
      const [, page] = await arrive('bruno');
      expect(headingOf(page)).toBe(`New profile for Meadow ${round}`);
      visitor = newVisitor();
      const [, other] = await arrive('alix');
      expect(headingOf(other)).toBe(`New profile for Meadow ${round}`);
    });

    test('put aside, it is not offered again on this way, and can still be taken back', async () => {
      await reserve({ ...OLD, address: PEOPLE.bruno.mailbox });
      const [attempt, page] = await arrive('bruno');
      const create = await visitor.submit(page, '/take-back', { later: '1' });
      expect(headingOf(create)).toBe(`New profile for Meadow ${round}`);
      expect(headingOf(await visitor.get(create.url))).toBe(`New profile for Meadow ${round}`);
      // A form from before, sent by the back button, takes it back all the same.
      const form = await visitor.get(`${create.url.href}/old-account`);
      const answer = await visitor.submit(form, '/old-account/offer');
      expect(await nameIn(attempt, answer)).toBe('Old.Heron');
    });

    test('put aside by Bruno it is offered to Alix, if she signs in on the same way and it is hers', async () => {
      await reserve(
        { name: 'a.heron', address: PEOPLE.bruno.mailbox },
        { name: 'a.sparrow', address: PEOPLE.alix.mailbox },
      );
      const [, page] = await arrive('bruno');
      const create = await visitor.submit(page, '/take-back', { later: '1' });
      const { loginName: login, password } = PEOPLE.alix;
      const other = await visitor.get(`${create.url.href}/other`);
      expect(headingOf(await visitor.submit(other, '/sign-in', { login, password }))).toBe(
        'Your old account a.sparrow',
      );
    });

    test('several are offered one after the other, each by itself', async () => {
      await reserve(
        { name: 'heron', address: PEOPLE.bruno.mailbox },
        { name: 'sparrow', address: PEOPLE.bruno.mailbox },
      );
      const [attempt, first] = await arrive('bruno');
      expect(headingOf(first)).toBe('Your old account heron');
      const second = await visitor.submit(first, '/take-back', { later: '1' });
      expect(headingOf(second)).toBe('Your old account sparrow');
      // What was put aside in another tab meanwhile is not shown: no form of it puts anything else aside.
      expect(headingOf(await visitor.submit(second, '/take-back', { later: '1', oldName: 'heron' }))).toBe(
        'Your old account sparrow',
      );
      expect(await nameIn(attempt, await visitor.submit(second, '/take-back'))).toBe('sparrow');
      expect((await profilesOf('bruno')).map(({ name }) => name)).toEqual(['sparrow']);
    });

    test('is taken back with old name and old password, and whatever is wrong is answered alike', async () => {
      await reserve(OLD);
      const [attempt, create] = await arrive('bruno');
      const href = create.document.querySelector('.ways a')?.getAttribute('href') ?? '';
      const form = await visitor.get(new URL(href, create.url));
      const send = (fields: Record<string, string>) => visitor.submit(form, '/old-account', fields);
      const seen = new Set<string>();
      for (const fields of [
        { oldName: 'old.heron', oldPassword: 'not this' },
        { oldName: 'old.heron', oldPassword: '' },
        { oldName: 'nobody', oldPassword: OLD.password },
        { oldName: 'old.heron', oldPassword: `${OLD.password}${'x'.repeat(5000)}` },
      ]) {
        const page = await send(fields);
        expect(page.status).toBe(422);
        seen.add(page.text.replaceAll(`value="${fields.oldName}"`, ''));
      }
      expect(seen.size).toBe(1);
      const nameless = await send({ oldPassword: OLD.password });
      expect([nameless.status, nameless.document.querySelector('#oldName-error') === null]).toEqual([422, false]);
      // As it is written in the fediverse.
      const answer = await send({ oldName: '@Old.Heron@meadow.example', oldPassword: OLD.password });
      expect(await nameIn(attempt, answer)).toBe('Old.Heron');
    });

    test('fields that are missing, repeated or far too long are no error of ours', async () => {
      await reserve(OLD);
      const [, create] = await arrive('bruno');
      const form = await visitor.get(`${create.url.href}/old-account`);
      const csrf = form.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
      for (const below of ['old-account', 'old-account/code', 'old-account/offer', 'take-back', 'taken-back']) {
        const at = `${create.url.href}/${below}`;
        for (const fields of [
          {},
          { oldName: ['heron', 'sparrow'], oldPassword: ['a', 'b'], code: ['1', '2'] },
          { oldName: 'x'.repeat(30_000), oldPassword: 'x', code: '1'.repeat(30_000), move: 'x'.repeat(1000) },
          { oldName: 'a\u0000b\ud800', oldPassword: '\u0000', code: '\u0000', do: 'nothing' },
        ]) {
          const page = await visitor.post(at, { csrf, ...fields });
          expect([below, [200, 422, 429].includes(page.status)]).toEqual([below, true]);
        }
        expect((await visitor.post(at, {})).status).toBe(403);
      }
      expect(await profilesOf('bruno')).toEqual([]);
    });

    test('or with a code to its old address: the page is the same, whether there is such a name and address or not', async () => {
      await reserve({ ...OLD, address: 'heron@old.example' }, { name: 'mute', password: 'no address at all' });
      const [attempt, create] = await arrive('bruno');
      const form = await visitor.get(`${create.url.href}/old-account`);
      const ask = (oldName: string) => visitor.submit(form, '/old-account', { oldName, do: 'code' });
      const pages = [];
      for (const name of ['Old.Heron', 'mute', 'nobody']) {
        const page = await ask(name);
        expect([page.status, headingOf(page)]).toEqual([200, 'Enter the code']);
        pages.push(page.text.replaceAll(name, 'NAME'));
      }
      expect(new Set(pages).size).toBe(1);
      const { text } = await door.letterTo('heron@old.example');
      const code = /\b(\d{4}) (\d{4})\b/u.exec(text);
      const page = await ask('nobody');
      const wrong = await visitor.submit(page, '/old-account/code', {
        code: `${code?.[1]}${code?.[2]}`,
        oldPassword: '',
      });
      expect([wrong.status, headingOf(wrong)]).toEqual([422, 'Enter the code']);
      const right = { oldName: 'Old.Heron', code: `${code?.[1]} ${code?.[2]}`, oldPassword: '' };
      expect(await nameIn(attempt, await visitor.submit(wrong, '/old-account/code', right))).toBe('Old.Heron');
    });

    test('to ask for a name that is kept shows the form on the same page', async () => {
      await reserve({ name: 'heron', password: OLD.password });
      const [attempt, create] = await arrive('bruno');
      const kept = await visitor.submit(create, '/create', { name: 'Heron' });
      expect(kept.status).toBe(422);
      expect(wordsOf(kept)).toContain('Was Heron your account?');
      const wrong = await visitor.submit(kept, '/old-account', { oldPassword: 'not this' });
      expect([wrong.status, headingOf(wrong)]).toEqual([422, `Take back an old account at Meadow ${round}`]);
      const answer = await visitor.submit(kept, '/old-account', { oldPassword: OLD.password });
      expect(await nameIn(attempt, answer)).toBe('heron');
    });

    test('a name that is only taken, or that looks like a kept one, shows none', async () => {
      await reserve({ name: 'heron1', password: OLD.password });
      const owner = await accountOf('alix');
      await house.parts.profiles.create(owner.id, await application(), { name: 'taken', note: '' });
      const [, create] = await arrive('bruno');
      for (const name of ['taken', 'heronl']) {
        const page = await visitor.submit(create, '/create', { name });
        expect([name, page.status, wordsOf(page).includes('your account?')]).toEqual([name, 422, false]);
      }
    });

    test('the page of a refusal leads there, whatever the rules, and the old name is no new profile', async () => {
      await reserve(OLD);
      for (const policy of ['closed', 'invited'] as const) {
        await setRules({ policy });
        const [, refused] = await arrive('bruno');
        expect(refused.status).toBe(403);
        expect(refused.document.querySelectorAll('a').map((link) => link.textContent)).toContain(
          'I had an account here before',
        );
        visitor = newVisitor();
      }
      await setRules({ policy: 'approved', quota: 0 });
      const [attempt, refused] = await arrive('bruno');
      const form = await visitor.get(`${refused.url.href}/old-account`);
      const answer = await visitor.submit(form, '/old-account', { oldName: OLD.name, oldPassword: OLD.password });
      expect(await nameIn(attempt, answer)).toBe('Old.Heron');
    });

    test('where it counts, a full number stops it; where it does not, nothing does', async () => {
      await setRules({ quota: 1 });
      await signIn(visitor, meadow, { person: 'bruno', profile: 'wren' });
      await reserve({ ...OLD, address: PEOPLE.bruno.mailbox });
      const [wren] = await profilesOf('bruno');
      await house.parts.storage.write((tx) =>
        house.parts.profiles.moderated.block(tx, wren?.id ?? '', { id: 'decision' }),
      );
      visitor = newVisitor();
      const [, page] = await arrive('bruno');
      expect(wordsOf(page)).not.toContain('Old.Heron');
      expect((await visitor.get(`${page.url.href}/old-account`)).url.href).toBe(page.url.href);
      await setRules({ oldNames: { count: false, sendAddress: false } });
      const [attempt, offered] = await arriveAgain();
      expect(headingOf(offered)).toBe('Your old account Old.Heron');
      // Full meanwhile, in another window.
      await setRules({ oldNames: { count: true, sendAddress: false } });
      const refused = await visitor.submit(offered, '/take-back');
      expect(refused.url.pathname.startsWith('/journey/')).toBe(true);
      expect(await profilesOf('bruno')).toHaveLength(1);
      await setRules({ oldNames: { count: false, sendAddress: false } });
      expect(await nameIn(attempt, await visitor.submit(offered, '/take-back'))).toBe('Old.Heron');

      async function arriveAgain(): Promise<[Attempt, Page]> {
        visitor = newVisitor();
        return arrive('bruno');
      }
    });

    test('with a second factor in use there, the address alone is not enough, nor the password alone', async () => {
      await reserve(
        { ...OLD, address: PEOPLE.bruno.mailbox, secondFactor: true },
        { name: 'strict', password: OLD.password, address: 'strict@old.example', secondFactor: true },
      );
      const [attempt, page] = await arrive('bruno');
      const wrong = await visitor.submit(page, '/take-back', { oldPassword: 'not this' });
      expect([wrong.status, headingOf(wrong)]).toEqual([422, 'Your old account Old.Heron']);
      expect(wrong.document.querySelector('#oldPassword-error')?.textContent).toContain('not the right password');
      const form = await visitor.get(`${page.url.href}/old-account`);
      const half = await visitor.submit(form, '/old-account', { oldName: 'strict', oldPassword: OLD.password });
      expect([half.status, wordsOf(half).includes('This old account had a second factor')]).toEqual([422, true]);
      const asked = await visitor.submit(half, '/old-account', { do: 'code' });
      const { text } = await door.letterTo('strict@old.example');
      const code = /\b\d{4} \d{4}\b/u.exec(text)?.[0] ?? '';
      const missing = await visitor.submit(asked, '/old-account/code', { code, oldPassword: '' });
      expect(missing.status).toBe(422);
      expect(missing.document.querySelector('#oldPassword-error')?.textContent).toContain('The code is right');
      const answer = await visitor.submit(missing, '/old-account/code', { code, oldPassword: OLD.password });
      expect(await nameIn(attempt, answer)).toBe('strict');
    });

    test('one that was suspended there is taken back, and lets nobody in until a moderator says so', async () => {
      await reserve({ ...OLD, address: PEOPLE.bruno.mailbox, disabled: true });
      const [attempt, page] = await arrive('bruno');
      const stop = await visitor.submit(page, '/take-back');
      expect(headingOf(stop)).toBe('Old.Heron is yours again, but blocked');
      const [profile] = await profilesOf('bruno');
      expect(profile).toMatchObject({ name: 'Old.Heron', status: 'blocked' });
      // Whoever goes on all the same is not that profile.
      const on = await visitor.get(stop.url.href.replace('/taken-back', ''));
      expect(on.url.searchParams.get('code')).toBeNull();
      await house.parts.storage.write((tx) => house.parts.profiles.moderated.unblock(tx, profile?.id ?? ''));
      expect(await nameIn(attempt, await visitor.get(stop.url))).toBe('Old.Heron');
    });

    test('prompt=none shows no page, and answers as without any old account', async () => {
      // A session, and no profile at Meadow.
      const elsewhere = await openService(house, `Elsewhere ${round}`);
      visitor = makeVisitor((url) => meadow.isHome(url) || elsewhere.isHome(url));
      await signIn(visitor, elsewhere, { person: 'bruno', profile: 'wren' });
      await elsewhere.close();
      const answer = async (): Promise<string | null> =>
        (await visitor.get((await begin(meadow, { prompt: 'none' })).url)).url.searchParams.get('error');
      const before = await answer();
      await reserve({ ...OLD, address: PEOPLE.bruno.mailbox });
      expect([before, await answer()]).toEqual(['account_selection_required', 'account_selection_required']);
    });

    test('whoever has a profile to go on with is not stopped, but finds the way', async () => {
      await signIn(visitor, meadow, { person: 'bruno', profile: 'wren' });
      await reserve({ ...OLD, address: PEOPLE.bruno.mailbox });
      const [attempt] = [await begin(meadow)];
      const silent = await visitor.get(attempt.url);
      expect(silent.url.searchParams.get('code')).not.toBeNull();
      const choosing = await begin(meadow, { prompt: 'select_account' });
      const pick = await visitor.get(choosing.url);
      expect(headingOf(pick)).toContain('Continue to Meadow');
      const href = pick.document.querySelector('.ways a')?.getAttribute('href') ?? '';
      const form = await visitor.get(new URL(href, pick.url));
      expect(await nameIn(choosing, await visitor.submit(form, '/old-account/offer'))).toBe('Old.Heron');
      // Back in the browser, and sent again: it is theirs, and there is one of it.
      await visitor.submit(form, '/old-account/offer');
      expect((await profilesOf('bruno')).map(({ name }) => name)).toEqual(['Old.Heron', 'wren']);
    });

    test('two windows at once take it back once', async () => {
      await reserve({ ...OLD, address: PEOPLE.bruno.mailbox });
      const [first, page] = await arrive('bruno');
      const again = newVisitor();
      const second = await begin(meadow);
      const { loginName: login, password } = PEOPLE.bruno;
      const late = await again.submit(await again.get(second.url), '/sign-in', { login, password });
      const answers = await Promise.all([visitor.submit(page, '/take-back'), again.submit(late, '/take-back')]);
      expect(await Promise.all([nameIn(first, answers[0]), nameIn(second, answers[1])])).toEqual([
        'Old.Heron',
        'Old.Heron',
      ]);
      expect(await profilesOf('bruno')).toHaveLength(1);
    });

    test('a form with the name of another application, or of somebody else, takes nothing', async () => {
      await reserve({ name: 'mine', address: PEOPLE.bruno.mailbox }, { name: 'hers', address: PEOPLE.alix.mailbox });
      const [, page] = await arrive('bruno');
      for (const oldName of ['hers', 'elsewhere', '']) {
        const sent = await visitor.submit(page, '/take-back', { oldName });
        expect([oldName, sent.status, headingOf(sent)]).toEqual([oldName, 422, 'Your old account mine']);
      }
      expect(await profilesOf('bruno')).toEqual([]);
      expect(await profilesOf('alix')).toEqual([]);
    });

    test('after a decision about the person, neither offer nor form is there', async () => {
      await reserve({ ...OLD, address: PEOPLE.bruno.mailbox });
      const [, page] = await arrive('bruno');
      const owner = await accountOf('bruno');
      const wren = await house.parts.profiles.create(owner.id, await application(), { name: 'wren', note: '' });
      await house.parts.storage.write(async (tx) => {
        await house.parts.profiles.moderated.block(tx, wren.id, { id: 'decision' });
        await house.parts.profiles.moderated.bar(tx, wren.id, { id: 'decision', noNew: true, others: false });
      });
      const sent = await visitor.submit(page, '/take-back');
      expect(wordsOf(sent)).not.toContain('Take back Old.Heron');
      expect((await visitor.get(`${page.url.href}/old-account`)).url.pathname).toBe(page.url.pathname);
      expect((await profilesOf('bruno')).map(({ name }) => name)).toEqual(['wren']);
    });

    test('is asked once whether its address may be replaced there, where that can be done', async () => {
      const mastodon = sourceOf('mastodon');
      if (mastodon === undefined) throw new Error('no such source');
      const { batches, links, reclaim } = house.parts.legacy;
      const rows = [
        ['1', 'heron', PEOPLE.bruno.mailbox],
        ['2', 'sparrow', PEOPLE.alix.mailbox],
      ].map(([key, name, address]) => `${key},${name},,${address},t,f,f\n`);
      const open = () => Readable.from([`${mastodon.columns.join(',')}\n`, ...rows]);
      const { id: batch } = await batches.begin(await application(), mastodon, open);
      await batches.work(batch, open);
      for (const [person, name, move] of [
        ['bruno', 'heron', 'yes'],
        ['alix', 'sparrow', 'no'],
      ] as const) {
        visitor = newVisitor();
        const [attempt, page] = await arrive(person);
        const asked = await visitor.submit(page, '/take-back');
        expect(headingOf(asked)).toBe(`Your old address at Meadow ${round}`);
        expect(headingOf(await visitor.submit(asked, '/taken-back', { move: 'perhaps' }))).toBe(headingOf(asked));
        expect(await nameIn(attempt, await visitor.submit(asked, '/taken-back', { move }))).toBe(name);
        const [profile] = await profilesOf(person);
        expect(await reclaim.asksToMove((await accountOf(person)).id, profile?.id ?? '')).toBe(false);
      }
      const options = { protocol: 'oidc', issuer: house.url, uid: 'subject', answers: {} } as const;
      const file = links.write(await application(), mastodon, { kind: 'move', engine: 'postgres', options });
      let told = '';
      for await (const text of textOf(file, 'forward')) told += text;
      expect([told.includes('heron'), told.includes('sparrow')]).toEqual([true, false]);
    });
  },
);
