import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ApplicationSettings } from '../../src/applications/settings.ts';
import { begin, openService, receive, signIn, type Attempt, type Service } from '../application.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

const wordsOf = ({ document }: Page): string => document.textContent.replaceAll(/\s+/gu, ' ');

const REASON = { fr: 'Trop de publicité', en: 'Too much advertising' };

describe.each(['sqlite', 'postgres'] as const)('on the way to Forum, whose moderators decide, on %s', (engine) => {
  let house: House;
  let forum: Service;
  let round = 0;
  let visitor: Visitor;
  const newVisitor = (): Visitor => makeVisitor((url) => forum.isHome(url));

  beforeAll(async () => {
    house = await openHouse({ engine });
    for (const person of ['alix', 'bruno', 'odile'] as const) await addPerson(house.parts, person);
  });
  beforeEach(async () => {
    round += 1;
    forum = await openService(house, `Forum ${round}`, { application: { policy: 'approved' } });
    visitor = newVisitor();
    return () => forum.close();
  });
  afterAll(() => house.close());

  async function setRules(rules: Partial<ApplicationSettings>): Promise<void> {
    const { id, ...settings } = await house.parts.applications.get(forum.application.id);
    await house.parts.applications.change(id, { ...settings, ...rules });
  }

  async function idOf(person: PersonName): Promise<string> {
    return (await house.parts.accounts.findByLogin(person))?.id ?? '';
  }

  const profilesOf = async (person: PersonName) =>
    (await house.parts.profiles.at(await idOf(person), await house.parts.applications.get(forum.application.id)))
      .profiles;

  /** What a moderator decides; `write` makes the entry that the decision is named by. */
  async function decide(
    profileId: string,
    kind: 'warned' | 'rename_asked',
    words: string,
    apply: (id: string) => (tx: Parameters<Parameters<House['parts']['storage']['write']>[0]>[0]) => Promise<unknown>,
  ): Promise<void> {
    const { moderation, storage } = house.parts;
    await storage.write(async (tx) => {
      const entry = { applicationId: forum.application.id, profileId, kind, reason: REASON, words };
      await apply(await moderation.log.write(tx, entry))(tx);
    });
  }

  async function arrive(person: PersonName, params: Record<string, string> = {}): Promise<[Attempt, Page]> {
    const attempt = await begin(forum, params);
    const { loginName: login, password } = PEOPLE[person];
    return [attempt, await visitor.submit(await visitor.get(attempt.url), '/sign-in', { login, password })];
  }

  async function ask(page: Page, name: string, more: Record<string, string> = {}): Promise<Page> {
    return visitor.submit(page, '/create', { name, words: 'I look after the reeds.', ...more });
  }

  test('Bruno asks for a profile, waits, and goes on once a moderator has said yes', async () => {
    const [, page] = await arrive('bruno');
    expect(wordsOf(page)).toContain('Moderators can’t see your other profiles');
    const waiting = await ask(page, 'reed');
    expect(waiting.document.querySelector('h1')?.textContent).toBe(`Your request for Forum ${round}`);
    expect(wordsOf(waiting)).toContain('reed');
    // Another look, and another sign-in, lead to the same page.
    const [, again] = await arrive('bruno');
    expect(again.document.querySelector('h1')?.textContent).toBe(`Your request for Forum ${round}`);
    const [profile] = await profilesOf('bruno');
    expect(profile).toMatchObject({ name: 'reed', status: 'requested' });
    await house.parts.storage.write((tx) => house.parts.profiles.moderated.approve(tx, profile?.id ?? ''));
    const [attempt, picked] = await arrive('bruno');
    const answer = await visitor.submit(picked, '/profile', { profile: profile?.id ?? '' });
    expect((await receive(forum, attempt, answer.url)).idToken['preferred_username']).toBe('reed');
  });

  test('whoever waits is no further by any form, and may go back to Forum, which hears no more than a no', async () => {
    const [, page] = await arrive('bruno');
    const waiting = await ask(page, 'reed');
    const csrf = waiting.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
    const [profile] = await profilesOf('bruno');
    for (const action of ['profile', 'notice', 'wait']) {
      const sent = await visitor.post(`${waiting.url.href}/${action}`, { csrf, profile: profile?.id ?? '' });
      expect(sent.url.href, action).toContain(waiting.url.pathname);
    }
    expect(await profilesOf('bruno')).toMatchObject([{ status: 'requested' }]);
    const back = await visitor.submit(waiting, '/wait', { cancel: '1' });
    expect(back.url.searchParams.get('error')).toBe('access_denied');
    expect(back.url.searchParams.get('error_description') ?? '').not.toContain('reed');
  });

  test('one who has a profile is asked nothing about the one that waits', async () => {
    await setRules({ policy: 'further-approved' });
    await signIn(visitor, forum, { person: 'alix', profile: 'heron' });
    const page = await visitor.get((await begin(forum, { prompt: 'create' })).url);
    expect(wordsOf(page)).toContain('this request tells the moderators that you have one already');
    const chooser = await ask(page, 'sparrow');
    expect(chooser.document.querySelectorAll('input[name=profile]').length).toBeGreaterThan(0);
    expect(wordsOf(chooser)).toContain('Waiting for approval');
    const { idToken } = await signIn(newVisitor(), forum, { person: 'alix', profile: 'heron' });
    expect(idToken['preferred_username']).toBe('heron');
  });

  test('a form that was made before the rules changed makes nothing that they do not allow', async () => {
    await setRules({ policy: 'open' });
    const [, page] = await arrive('bruno');
    await setRules({ policy: 'approved' });
    const asked = await visitor.submit(page, '/create', { name: 'reed' });
    expect(wordsOf(asked)).toContain('Ask for a profile at');
    await setRules({ policy: 'closed' });
    const closed = await ask(asked, 'reed');
    expect(closed.status).toBe(403);
    expect(await profilesOf('bruno')).toEqual([]);
  });

  test('a profile named like the account is made so only, and only after saying so', async () => {
    await setRules({ policy: 'account-name' });
    const [attempt, page] = await arrive('bruno');
    expect(page.document.querySelector('input[name=name][type=text]')).toBeNull();
    expect(wordsOf(page)).toContain('shows everybody the name of your account, bruno');
    const other = await visitor.submit(page, '/create', { name: 'reed' });
    expect(other.status).toBe(422);
    const answer = await visitor.submit(page, '/create');
    expect((await receive(forum, attempt, answer.url)).idToken['preferred_username']).toBe('bruno');
    const further = await visitor.get((await begin(forum, { prompt: 'create' })).url);
    expect(further.document.querySelector('input[name=name]')).toBeNull();
  });

  test('a warning is read first, at the next sign-in, also where none would be asked for anything', async () => {
    await setRules({ policy: 'open' });
    await signIn(visitor, forum, { person: 'alix', profile: 'heron' });
    const [heron] = await profilesOf('alix');
    const words = 'Three posts a day are enough.';
    await decide(
      heron?.id ?? '',
      'warned',
      words,
      (id) => (tx) => house.parts.profiles.moderated.warn(tx, heron?.id ?? '', id),
    );
    const silent = await visitor.get((await begin(forum, { prompt: 'none' })).url);
    expect(silent.url.searchParams.get('error')).toBe('interaction_required');
    const attempt = await begin(forum);
    const page = await visitor.get(attempt.url);
    expect(wordsOf(page)).toContain(REASON.en);
    expect(wordsOf(page)).toContain(words);
    // A form that shows another warning acknowledges nothing.
    const csrf = page.document.querySelector('input[name=csrf]')?.getAttribute('value') ?? '';
    const unread = await visitor.post(`${page.url.href}/notice`, { csrf, seen: 'another' });
    expect(wordsOf(unread)).toContain(words);
    const answer = await visitor.submit(page, '/notice');
    expect((await receive(forum, attempt, answer.url)).idToken['preferred_username']).toBe('heron');
    const next = await visitor.get((await begin(forum, { prompt: 'none' })).url);
    expect(next.url.searchParams.get('code')).not.toBeNull();
  });

  test('where another name is asked for, the person takes one, and Forum knows them by it and the same subject', async () => {
    await setRules({ policy: 'open' });
    const before = await signIn(visitor, forum, { person: 'alix', profile: 'heron' });
    const [heron] = await profilesOf('alix');
    await decide(
      heron?.id ?? '',
      'rename_asked',
      'There is a Heron already.',
      (id) => (tx) => house.parts.profiles.moderated.rename(tx, heron?.id ?? '', id),
    );
    const attempt = await begin(forum);
    const page = await visitor.get(attempt.url);
    expect(wordsOf(page)).toContain('There is a Heron already.');
    const same = await visitor.submit(page, '/notice', { name: 'heron' });
    expect(same.status).toBe(422);
    const answer = await visitor.submit(same, '/notice', { name: 'bittern' });
    const { idToken } = await receive(forum, attempt, answer.url);
    expect(idToken['preferred_username']).toBe('bittern');
    expect(idToken.sub).toBe(before.idToken.sub);
    // The old name stays taken.
    const late = visitor.get((await begin(forum, { prompt: 'create' })).url);
    expect((await visitor.submit(await late, '/create', { name: 'heron' })).status).toBe(422);
  });

  test('a profile blocked while its owner is on the way is refused at the last step', async () => {
    await setRules({ policy: 'open' });
    await signIn(visitor, forum, { person: 'alix', profile: 'heron' });
    const [heron] = await profilesOf('alix');
    const page = await visitor.get((await begin(forum, { prompt: 'select_account' })).url);
    await house.parts.storage.write((tx) =>
      house.parts.profiles.moderated.block(tx, heron?.id ?? '', { id: 'decision' }),
    );
    const refused = await visitor.submit(page, '/profile', { profile: heron?.id ?? '' });
    expect(refused.status).toBe(404);
    expect(wordsOf(refused)).toContain('Blocked');
    // Nothing is left to choose: only a further one may be made, for nobody said otherwise.
    const later = await visitor.get((await begin(forum)).url);
    expect(later.document.querySelectorAll('[name=profile]')).toHaveLength(0);
  });
});
