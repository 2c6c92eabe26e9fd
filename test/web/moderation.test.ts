import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { begin, openService, signIn, type Service } from '../application.ts';
import { openMeadow, WHY, type Meadow } from '../moderation/meadow.ts';
import { makeVisitor, textOf, type Page, type Visitor } from '../visitor.ts';
import { ESCAPED, EVIL, wordsOf } from './desk.ts';
import * as client from 'openid-client';

let meadow: Meadow;
let application: Application;
let maud: Visitor;
let hulotte: Profile;
let noctua: Profile;
beforeAll(async () => {
  meadow = await openMeadow();
  application = await meadow.open({
    quota: 20,
    template: { id: 'mastodon', answers: { address: 'https://meadow.example' } },
  });
  hulotte = await meadow.profile(application, 'alix', 'hulotte');
  noctua = await meadow.profile(application, 'alix', 'noctua1');
  await meadow.profile(application, 'bruno', 'chouett');
  await meadow.profile(application, 'odile', 'effraie');
  maud = await meadow.signedIn('maud');
});
afterAll(() => meadow.close());

const at = (path: string): string => `${meadow.house.url}/moderation/${application.id}${path}`;
const of = ({ id }: Profile, path = ''): string => at(`/profiles/${id}${path}`);
const WANTED = { html: 'text/html', json: 'application/json', csv: 'text/csv' };

describe('a moderator', () => {
  test('finds profiles by the beginning of a name, by relay address, by identifier and by status', async () => {
    const found = async (query: string): Promise<string[]> => {
      const { text } = await maud.get(at(`/profiles?${query}`), { accept: WANTED.json });
      return (JSON.parse(text) as { profiles: { name: string }[] }).profiles.map(({ name }) => name);
    };
    expect(await found('')).toEqual(['chouett', 'effraie', 'hulotte', 'noctua1']);
    expect(await found('text=HUL')).toEqual(['hulotte']);
    expect(await found(`text=${hulotte.aliasLocal}%40relay.example`)).toEqual(['hulotte']);
    expect(await found(`text=${noctua.subject}`)).toEqual(['noctua1']);
    expect(await found('status=blocked')).toEqual([]);
    for (const nobody of ['alix', 'alix%40home.example', meadow.people.alix.id, 'a%00', `a&after=${'z'.repeat(90)}`])
      expect(await found(`text=${nobody}`)).toEqual([]);
  });

  test('reads what a decision means, with the page and the command that end the rest, and makes it', async () => {
    const page = await maud.get(of(hulotte, '/block'));
    expect(wordsOf(page)).toContain('At once hulotte can’t sign in to Meadow any more');
    expect(page.text).toContain('https://meadow.example/admin/accounts?username=hulotte');
    expect(page.text).toContain('bin/tootctl accounts modify --disable hulotte');
    const wrong = await maud.submit(page, '/block', { reason: '', days: '0', words: EVIL });
    expect([wrong.status, wrong.text.includes(EVIL), wrong.text.includes(ESCAPED)]).toEqual([422, false, true]);
    const done = await maud.submit(wrong, '/block', { reason: 'spam', days: '2', words: EVIL });
    expect([
      done.status,
      wordsOf(done).includes('It is done.'),
      wordsOf(done).includes('Blocked until 23 November'),
    ]).toEqual([200, true, true]);
    expect([done.text.includes(EVIL), done.text.includes(ESCAPED)]).toEqual([false, true]);
    const alix = await meadow.signedIn('alix');
    const own = await alix.get(`${meadow.house.url}/profiles/${hulotte.id}`);
    expect(wordsOf(own)).toContain('Blocked until 23 November 2026');
    expect([own.text.includes(EVIL), wordsOf(own).includes('maud')]).toEqual([false, false]);
    const appeal = await alix.get(
      new URL(own.document.querySelector('a[href*="/appeal/"]')?.getAttribute('href') ?? '', own.url),
    );
    const sent = await alix.submit(appeal, appeal.url.pathname, { words: 'It was my sister.' });
    expect(wordsOf(sent)).toContain('It is sent.');
    const noé = await meadow.signedIn('noé');
    const list = await noé.get(at('/appeals'));
    const hear = await noé.get(
      new URL(list.document.querySelector('a[href*="/appeals/"]')?.getAttribute('href') ?? '', list.url),
    );
    expect(wordsOf(hear)).toContain('It was my sister.');
    const answer = await noé.submit(hear, hear.url.pathname, { outcome: 'grant', words: '' });
    expect(wordsOf(answer)).toContain('No appeal waits.');
    expect(wordsOf(await alix.get(own.url))).toContain('the decision was undone');
    expect(await meadow.mayUse('alix', hulotte)).toBe(true);
  });

  test('edits reasons line by line, and brings the usual ones back', async () => {
    const page = await maud.get(at('/reasons'));
    const half = await maud.submit(page, '/reasons', { 'fr-0': 'Bruit', 'en-0': '' });
    expect([half.status, half.document.querySelector('.problem a')?.getAttribute('href')]).toEqual([422, '#en-0']);
    const saved = await maud.submit(half, '/reasons', { 'en-0': 'Noise' });
    expect(saved.status).toBe(200);
    const warn = await maud.get(of(hulotte, '/warn'));
    const options = warn.document.querySelectorAll('select[name=reason] option').map(({ textContent }) => textContent);
    expect([options.includes('Noise'), options.includes('Harassment or insults')]).toEqual([true, true]);
    const { csrf = '' } = Object.fromEntries(
      saved.document.querySelectorAll('input[name=csrf]').map((input) => ['csrf', input.getAttribute('value') ?? '']),
    );
    await maud.post(at('/reasons'), { csrf, usual: 'yes' });
    expect(wordsOf(await maud.get(of(hulotte, '/warn')))).not.toContain('Noise');
  });
});

/** A page without what is one profile's own: its name, its ids, and tokens of the session. */
function shape(text: string, { id, name, subject, aliasLocal }: Profile): string {
  let bare = text.replaceAll(/name="csrf" value="[^"]*"/gu, '').replaceAll(/\b[\w-]{22}\b/gu, '?');
  for (const value of [id, name, subject, aliasLocal]) bare = bare.replaceAll(value, '?');
  return bare;
}

test('A74: nothing a moderator can ask for tells two profiles of one person from profiles of two people', async () => {
  const pond = await meadow.open({ quota: 20 });
  const one = [await meadow.profile(pond, 'alix', 'owlaaaa'), await meadow.profile(pond, 'alix', 'owlbbbb')] as const;
  const two = [await meadow.profile(pond, 'bruno', 'owlcccc'), await meadow.profile(pond, 'odile', 'owldddd')] as const;
  // The same life for both pairs; what is decided about the first touches the second in one of them alone.
  for (const [first, second] of [one, two]) {
    await meadow.actions.warn(meadow.noé, pond.id, second.id, WHY);
    await meadow.actions.block(meadow.noé, pond.id, first.id, { ...WHY, days: 300 });
    await meadow.exceptions.grant(meadow.noé, pond.id, first.id, 30);
    await meadow.person.bar(meadow.noé, pond.id, first.id, { ...WHY, noNew: true, others: true });
  }
  meadow.clock.time += 20 * 86_400_000;
  await meadow.errands.run();
  expect([await meadow.mayUse('alix', one[1]), await meadow.mayUse('odile', two[1])]).toEqual([false, true]);
  maud = await meadow.signedIn('maud');
  const below = (path: string): string => `${meadow.house.url}/moderation/${pond.id}${path}`;

  async function read(profile: Profile, accept: string): Promise<string[]> {
    const own = ['', '/warn', '/block', '/rename', '/delete', '/bar', '/except', '/refer', '/note'];
    const { id, name, subject, aliasLocal } = profile;
    const paths = [
      ...own.map((path) => `/profiles/${id}${path}`),
      ...[name, subject, aliasLocal].map((text) => `/profiles?text=${text}`),
      ...['active', 'blocked'].map((status) => `/profiles?text=${name}&status=${status}`),
    ];
    const pages: string[] = [];
    for (const path of paths) {
      const page = await maud.get(below(path), { accept });
      expect([path, page.status]).toEqual([path, 200]);
      pages.push(shape(page.text, profile));
    }
    return pages;
  }

  for (const accept of Object.values(WANTED)) {
    for (const place of [0, 1] as const) expect(await read(one[place], accept)).toEqual(await read(two[place], accept));
    for (const path of ['/profiles', '/log', '/exceptions', '/appeals', '/reasons']) {
      const { text } = await maud.get(below(path), { accept });
      const secrets = [...Object.values(meadow.people).map(({ id }) => id), 'alix', 'bruno', '@home.example'];
      for (const secret of secrets) expect([path, secret, text.includes(secret)]).toEqual([path, secret, false]);
    }
  }
  const { text } = await maud.get(below('/log'), { accept: WANTED.json });
  const { entries } = JSON.parse(text) as { entries: { profileId: string; kind: string; day: string }[] };
  const lives = [...one, ...two].map(({ id }) =>
    entries
      .filter(({ profileId }) => profileId === id)
      .map(({ kind, day }) => `${day} ${kind}`)
      .toSorted(),
  );
  expect(lives.slice(0, 2)).toEqual(lives.slice(2));
});

test('A92: no formula, no line of one’s own and no header comes out of what people wrote', async () => {
  const evil = ['=HYPERLINK("https://evil.example")', '+1+1', '-2', '@SUM(A1)', '\t=1', '"a,b\r\nSet-Cookie: a=b'];
  for (const words of evil) await meadow.actions.note(meadow.noé, application.id, noctua.id, words);
  for (const path of ['/log', `/profiles/${noctua.id}`]) {
    const { text, headers } = await maud.get(at(path), { accept: WANTED.csv });
    expect([headers.get('content-type'), headers.get('set-cookie')]).toEqual(['text/csv; charset=utf-8', null]);
    for (const cell of text.split(/\r\n|,(?=(?:[^"]*"[^"]*")*[^"]*$)/u))
      expect(cell.replace(/^"/u, '')).not.toMatch(/^[=+\-@\t\r]/u);
    expect(text.split('\r\n').filter((line) => /^Set-Cookie/u.test(line))).toEqual([]);
  }
  await meadow.actions.warn(meadow.noé, application.id, noctua.id, {
    reason: 'other',
    words: 'Bcc: all@evil.example\r\nSubject: no',
  });
  const letter = (await meadow.letters()).findLast(({ to }) => to === 'alix@home.example');
  expect([letter?.subject, letter?.raw.split('\r\n\r\n', 1)[0]?.includes('evil')]).toEqual([
    'A warning about your profile at Meadow (Aluco)',
    false,
  ]);
});

describe('a block', () => {
  let service: Service;
  beforeAll(async () => {
    service = await openService(meadow.house, 'Pond', {
      application: { quota: 5 },
      client: { refreshTokens: true },
    });
    await meadow.moderators.appoint(service.application.id, meadow.people.maud.id, meadow.people.odile.id);
  });
  afterAll(() => service.close());

  const browser = (): Visitor => makeVisitor((url) => service.isHome(url));
  const block = (id: string): Promise<void> => meadow.actions.block(meadow.maud, service.application.id, id, WHY);
  const profileOf = async (name: string): Promise<string> => {
    const [found] = await meadow.parts.profiles.search(service.application.id, { text: name, limit: 1 });
    return found?.id ?? '';
  };

  test('ends what was given before at once: refresh tokens, access tokens, sessions', async () => {
    const visitor = browser();
    const { tokens, idToken } = await signIn(visitor, service, { person: 'bruno', profile: 'grandduc' });
    await block(await profileOf('grandduc'));
    await expect(client.refreshTokenGrant(service.configuration, tokens.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    await expect(client.fetchUserInfo(service.configuration, tokens.access_token, idToken.sub)).rejects.toThrow();
  });

  test('holds for a sign-in that was under way', async () => {
    const visitor = browser();
    await signIn(visitor, service, { person: 'alix', profile: 'moyenduc' });
    const attempt = await begin(service, { prompt: 'select_account' });
    const choice: Page = await visitor.get(attempt.url);
    const id = await profileOf('moyenduc');
    expect(choice.text).toContain(id);
    await block(id);
    const end = await visitor.submit(choice, '/profile', { profile: id });
    expect([service.isHome(end.url), textOf(end).includes('moyenduc')]).not.toEqual([true, false]);
    expect(service.isHome(end.url)).toBe(false);
  });
});
