import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import { begin, openService, signIn, walk, type Received, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';
import { ask, expectToldTo, request, type Raw } from './asking.ts';
import { withoutChance } from './sameness.ts';

describe('an application that asks without showing pages', () => {
  let house: House;
  let blog: Service;
  let photos: Service;
  let forum: Service;
  let alixAccount: Account;
  let brunoAccount: Account;
  let alix: Visitor;
  let alice: Received;
  const isHome = (url: URL): boolean => [blog, photos, forum].some((service) => service.isHome(url));
  beforeAll(async () => {
    house = await openHouse();
    blog = await openService(house, 'Blog');
    photos = await openService(house, 'Photos');
    forum = await openService(house, 'Forum', { application: { subject: 'name' } });
    await addPerson(house.parts, 'odile');
    alixAccount = await addPerson(house.parts, 'alix');
    brunoAccount = await addPerson(house.parts, 'bruno');
    alix = makeVisitor(isHome);
    alice = await signIn(alix, blog, { person: 'alix', profile: 'alice' });
  });
  afterAll(async () => {
    await blog.close();
    await photos.close();
    await forum.close();
    await house.close();
  });

  async function silently(visitor: Visitor, service: Service, more: Record<string, string> = {}): Promise<Raw> {
    return ask(house, { ...request(service), prompt: 'none', ...more }, await visitor.cookies(house.url));
  }

  const codeOf = ({ location }: Raw): string | null | undefined => location?.searchParams.get('code');

  describe('A16: hears', () => {
    test('login_required where nobody is signed in', async () => {
      expectToldTo(blog, house, await silently(makeVisitor(), blog), 'login_required');
    });

    test('nothing but a code where the profile was chosen in this session', async () => {
      expect(codeOf(await silently(alix, blog))).toMatch(/./u);
    });

    test('account_selection_required where the person has no profile yet', async () => {
      expectToldTo(photos, house, await silently(alix, photos), 'account_selection_required');
    });

    test('account_selection_required where a profile was chosen, but not in this session', async () => {
      const elsewhere = makeVisitor(isHome);
      await signIn(elsewhere, photos, { person: 'bruno', profile: 'bruno' });
      const here = makeVisitor(isHome);
      await signIn(here, blog, { person: 'bruno', profile: 'bruno' });
      expectToldTo(photos, house, await silently(here, photos), 'account_selection_required');
    });

    test('access_denied from the moment nobody may enter any more', async () => {
      const { id, ...settings } = blog.application;
      await house.parts.applications.change(id, { ...settings, entry: { kind: 'nobody' } });
      try {
        expectToldTo(blog, house, await silently(alix, blog), 'access_denied');
      } finally {
        await house.parts.applications.change(id, settings);
      }
    });

    test('access_denied from the moment the person is in no group that may enter', async () => {
      const { id, ...settings } = blog.application;
      const { groups } = house.parts.accounts;
      const friends = await groups.create('Friends of the blog');
      await groups.addMember(friends.id, 'alix');
      await house.parts.applications.change(id, { ...settings, entry: { kind: 'groups', groups: [friends.id] } });
      try {
        expect(codeOf(await silently(alix, blog))).toMatch(/./u);
        await groups.removeMember(friends.id, 'alix');
        expectToldTo(blog, house, await silently(alix, blog), 'access_denied');
      } finally {
        await house.parts.applications.change(id, settings);
      }
    });

    test('login_required from the moment the account is suspended', async () => {
      const bruno = makeVisitor(isHome);
      await signIn(bruno, blog, { person: 'bruno' });
      await house.parts.accounts.suspend(brunoAccount.id);
      try {
        expectToldTo(blog, house, await silently(bruno, blog), 'login_required');
      } finally {
        await house.parts.accounts.reinstate(brunoAccount.id);
      }
      expectToldTo(blog, house, await silently(bruno, blog), 'login_required');
    });

    test('account_selection_required from the moment the profile is retired', async () => {
      const short = makeVisitor(isHome);
      await signIn(short, blog, { person: 'alix', profile: 'shortlived' });
      const [profile] = (await house.parts.profiles.at(alixAccount.id, blog.application)).profiles.filter(
        ({ name }) => name === 'shortlived',
      );
      await house.parts.profiles.retire(alixAccount.id, profile?.id ?? '');
      expectToldTo(blog, house, await silently(short, blog), 'account_selection_required');
    });

    test('login_required once the person has signed out', async () => {
      const leaving = makeVisitor(isHome);
      await signIn(leaving, blog, { person: 'alix', profile: 'alice' });
      const cookie = await leaving.cookies(house.url);
      expect(codeOf(await ask(house, { ...request(blog), prompt: 'none' }, cookie))).toMatch(/./u);
      await leaving.submit(await leaving.get(house.url), '/sign-out');
      expectToldTo(blog, house, await ask(house, { ...request(blog), prompt: 'none' }, cookie), 'login_required');
    });
  });

  describe('A19: that names the person it means by an older ID token', () => {
    let hints: { own: string; other: string; stranger: string };
    beforeAll(async () => {
      const other = await signIn(makeVisitor(isHome), blog, { person: 'alix', profile: 'ally' });
      const stranger = await signIn(makeVisitor(isHome), blog, { person: 'bruno', profile: 'bruno' });
      hints = {
        own: alice.tokens.id_token ?? '',
        other: other.tokens.id_token ?? '',
        stranger: stranger.tokens.id_token ?? '',
      };
    });

    test('hears a code where it means the profile of this session', async () => {
      expect(codeOf(await silently(alix, blog, { id_token_hint: hints.own }))).toMatch(/./u);
    });

    test("hears the same for this person's other profile and for somebody else's", async () => {
      const answers = [
        await silently(alix, blog, { id_token_hint: hints.other }),
        await silently(alix, blog, { id_token_hint: hints.stranger }),
      ];
      for (const answer of answers) expectToldTo(blog, house, answer, 'account_selection_required');
      expect(answers[0]?.location?.href).toBe(answers[1]?.location?.href);
    });

    test('hears the same when it names the subject in the claims it asks for', async () => {
      const claims = (subject: string) => ({ claims: JSON.stringify({ id_token: { sub: { value: subject } } }) });
      const subjectOf = (token: string): string =>
        String((JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: unknown }).sub);
      expect(codeOf(await silently(alix, blog, claims(alice.idToken.sub)))).toMatch(/./u);
      for (const token of [hints.other, hints.stranger]) {
        const answer = await silently(alix, blog, claims(subjectOf(token)));
        expectToldTo(blog, house, answer, 'account_selection_required');
      }
    });

    test('with pages, has the person choose, and tells nobody else who was meant', async () => {
      const pages: Page[] = [];
      for (const hint of [hints.other, hints.stranger])
        pages.push(await alix.get((await begin(blog, { id_token_hint: hint })).url));
      for (const page of pages) expect(page.url.pathname).toMatch(/^\/journey\//u);
      // To the application both are the same page of ours; to the person one profile is chosen beforehand, or none is meant.
      expect(pages.map(({ status }) => status)).toEqual([200, 200]);
      expect(pages.map(({ text }) => text.includes('asked for another profile'))).toEqual([false, true]);
    });

    test('gets nothing for a token of another application or a bent one', async () => {
      const atPhotos = await signIn(alix, photos, { person: 'alix', profile: 'charlie' });
      const [head, body, signature] = hints.own.split('.');
      const bent = [head, Buffer.from('{"sub":"x"}').toString('base64url'), signature].join('.');
      const unsigned = [Buffer.from('{"alg":"none"}').toString('base64url'), body, ''].join('.');
      for (const hint of [atPhotos.tokens.id_token ?? '', bent, unsigned, 'x'])
        expectToldTo(blog, house, await silently(alix, blog, { id_token_hint: hint }), 'invalid_request');
    });

    test('is answered likewise where the subject it knows is the name of the profile', async () => {
      const atForum = await signIn(alix, forum, { person: 'alix', profile: 'alice' });
      expect(atForum.idToken.sub).toBe('alice');
      const other = await signIn(makeVisitor(isHome), forum, { person: 'alix', profile: 'ally' });
      const hint = { id_token_hint: atForum.tokens.id_token ?? '' };
      expect(codeOf(await silently(alix, forum, hint))).toMatch(/./u);
      const refused = await silently(alix, forum, { id_token_hint: other.tokens.id_token ?? '' });
      expectToldTo(forum, house, refused, 'account_selection_required');
    });
  });

  describe('A20: that hints at who wants to sign in', () => {
    const hints = [
      'alix',
      'alix@home.example',
      'nobody',
      'nobody@home.example',
      'alice',
      '"><b>',
      '\0',
      'x'.repeat(2000),
    ];

    test('gets the same page, known or unknown, without the hint on it', async () => {
      const pages: string[] = [];
      for (const hint of hints) {
        const page = await makeVisitor(isHome).get((await begin(blog, { login_hint: hint })).url);
        expect(page.document.querySelector('input[name=login]')?.getAttribute('value') ?? '').toBe('');
        pages.push(withoutChance(page));
      }
      expect(new Set(pages).size).toBe(1);
    });

    test('gets the same page again when the person mistyped', async () => {
      const pages: string[] = [];
      // Few, so that no limit on wrong passwords is reached.
      for (const hint of ['alix', 'nobody']) {
        const visitor = makeVisitor(isHome);
        const page = await visitor.get((await begin(blog, { login_hint: hint })).url);
        pages.push(withoutChance(await visitor.submit(page, '/sign-in', { login: '', password: '' })));
      }
      expect(new Set(pages).size).toBe(1);
    });

    test('changes nothing for somebody who is signed in, silently or not', async () => {
      for (const hint of hints) {
        expect(codeOf(await silently(alix, blog, { login_hint: hint }))).toMatch(/./u);
        expectToldTo(blog, house, await silently(makeVisitor(), blog, { login_hint: hint }), 'login_required');
      }
      const answered = await walk(alix, blog, await alix.get((await begin(blog, { login_hint: 'bruno' })).url), {
        person: 'alix',
      });
      expect(answered.url.searchParams.has('code')).toBe(true);
    });
  });
});
