import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { translator } from '../../views/text.ts';
import { openRelayHouse, type RelayHouse, type Sender } from '../mail/relay-house.ts';
import { openHouse } from '../house.ts';
import { addApplication, addPerson, PEOPLE, type PersonName } from '../people.ts';
import { makeVisitor, type Page, type Visitor } from '../visitor.ts';

const t = translator('en');

let place: RelayHouse;
let meadow: Sender;
let [alix, bruno, odile] = [{} as Account, {} as Account, {} as Account];
let [magpie, heron, wren] = [{} as Profile, {} as Profile, {} as Profile];
let [mine, hers] = [{} as Visitor, {} as Visitor];

async function signedIn(url: string, person: PersonName): Promise<Visitor> {
  const visitor = makeVisitor();
  const { loginName: login, password } = PEOPLE[person];
  await visitor.submit(await visitor.get(`${url}/mail`), '/sign-in', { login, password });
  return visitor;
}

const mainOf = ({ document }: Page): string => document.querySelector('main')?.textContent ?? '';
const mailOf = ({ id }: Profile): string => `${place.house.url}/profiles/${id}/mail`;
const csrfOf = ({ document }: Page): string =>
  document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';

/** The address of the newest message that waits for its owner. */
async function attention(visitor: Visitor, profile: Profile): Promise<string> {
  const { document } = await visitor.get(mailOf(profile));
  const link = document.querySelector('section[aria-labelledby=attention] a')?.getAttribute('href');
  if (link === undefined) throw new Error('nothing waits');
  return `${place.house.url}${link}`;
}

/** Has a message kept for a profile. */
async function keepFor(account: Account, profile: Profile, text: string): Promise<string> {
  const { owner } = place.house.parts.relay;
  await owner.setMode(account.id, profile.id, 'held');
  expect(await place.send(meadow, place.aliasOf(profile), { text })).toMatchObject({ code: 250 });
  const [newest] = await owner.log(account.id, profile.id);
  return newest?.id ?? '';
}

beforeAll(async () => {
  place = await openRelayHouse();
  meadow = await place.addSender('Meadow', 'meadow.example');
  [alix, bruno, odile] = [await place.person('alix'), await place.person('bruno'), await place.person('odile')];
  magpie = await place.profile(alix, meadow, 'magpie_oaktree');
  wren = await place.profile(bruno, meadow, 'wren_hedgerow');
  const brook = await place.addSender('Brook', 'brook.example');
  heron = await place.profile(alix, brook, 'heron_reedbed');
  [mine, hers] = [await signedIn(place.house.url, 'alix'), await signedIn(place.house.url, 'odile')];
});
afterAll(() => place.close());

describe('a person', () => {
  test('sees all their relay addresses on one page, those first where something waits', async () => {
    await keepFor(alix, magpie, 'one');
    const page = await mine.get(`${place.house.url}/mail`);
    const names = page.document.querySelectorAll('main a.cover').map((link) => link.textContent);
    expect(names).toEqual(['magpie_oaktree', 'heron_reedbed']);
    expect(mainOf(page)).toContain(place.aliasOf(heron));
    expect(mainOf(page)).toContain(t('relay.count_held', { count: 1 }));
  });

  test('P1: sees nothing of another profile on the pages of one', async () => {
    const message = await attention(mine, magpie);
    for (const url of [mailOf(magpie), message, `${mailOf(magpie)}/correspondents`]) {
      const { text } = await mine.get(url);
      expect(text).toContain('magpie_oaktree');
      expect(text).not.toMatch(/heron_reedbed|Brook/u);
      expect(text).not.toContain(heron.aliasLocal);
      expect(text).not.toContain(heron.id);
      expect(text).not.toContain(PEOPLE.alix.mailbox);
    }
  });

  test('never sees what a message says on a page, and gets it as a file that no browser shows', async () => {
    await keepFor(alix, magpie, '<script>alert(1)</script>');
    const url = await attention(mine, magpie);
    expect((await mine.get(url)).text).not.toContain('alert(1)');
    const file = await mine.get(`${url}/download`);
    expect(file.text).toContain('<script>alert(1)</script>\r\n');
    expect(file.headers.get('content-type')).toMatch(/^message\/rfc822/u);
    expect(file.headers.get('content-disposition')).toBe('attachment; filename=message.eml');
    expect(file.headers.get('x-content-type-options')).toBe('nosniff');
    expect(file.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(file.headers.get('cache-control')).toBe('no-store');
  });

  test('must choose one of what there is to choose', async () => {
    const page = await mine.get(mailOf(magpie));
    const answered = await mine.submit(page, '/mode', { mode: 'elsewhere' });
    expect([answered.status, answered.document.querySelector('#mode-error') !== null]).toEqual([422, true]);
    const saved = await mine.submit(page, '/strangers', { strangers: 'hold' });
    expect([saved.url.pathname, mainOf(saved).includes(t('notice.saved'))]).toEqual([
      `/profiles/${magpie.id}/mail`,
      true,
    ]);
  });

  test('comes back from the address of a form to its page', async () => {
    const url = await attention(mine, magpie);
    const { pathname } = new URL(url);
    for (const verb of ['again', 'discard', 'answer', 'block', 'unblock'])
      expect((await mine.get(`${url}/${verb}`)).url.pathname).toBe(pathname);
    for (const verb of ['mode', 'strangers'])
      expect((await mine.get(`${mailOf(magpie)}/${verb}`)).url.pathname).toBe(`/profiles/${magpie.id}/mail`);
    expect((await mine.get(`${place.house.url}/mail/resume`)).url.pathname).toBe('/mail');
  });

  test('reads long logs page by page', async () => {
    const { owner } = place.house.parts.relay;
    await owner.setMode(alix.id, heron.id, 'muted');
    const brook = { ...meadow, domain: 'brook.example' };
    for (let sent = 0; sent < 51; sent += 1) {
      const message = place.message(brook, place.aliasOf(heron), { text: String(sent) });
      await place.hand(message, 'x@brook.example', place.aliasOf(heron));
    }
    const first = await mine.get(mailOf(heron));
    const rows = (page: Page) => page.document.querySelectorAll('section[aria-labelledby=log] li').length;
    expect(rows(first)).toBeLessThanOrEqual(50);
    for (const page of ['0', '-1', '99999', '2&page=3', 'x'])
      expect((await mine.get(`${mailOf(heron)}?page=${page}`)).status).toBe(200);
  });

  test('takes their log and choices along, but no message', async () => {
    const page = await mine.get(`${place.house.url}/account/data`);
    const answered = await mine.post(
      `${place.house.url}/account/data`,
      { csrf: csrfOf(page) },
      { accept: 'application/json' },
    );
    const { applications } = JSON.parse(answered.text) as {
      applications: { profiles: { name: string; mail?: { mode: string; log: { outcome: string }[] } }[] }[];
    };
    const kept = applications.flatMap(({ profiles }) => profiles).find(({ name }) => name === 'magpie_oaktree')?.mail;
    expect(kept).toMatchObject({ mode: 'held', strangers: 'hold' });
    expect(kept?.log.map(({ outcome }) => outcome)).toContain('held');
    expect(answered.text).not.toContain('alert(1)');
  });
});

describe('an attacker', () => {
  test("A23: another's mail is refused at every address like mail that never was", async () => {
    const id = await keepFor(bruno, wren, 'for Bruno alone');
    const own = await keepFor(alix, magpie, 'for Alix');
    const csrf = csrfOf(await mine.get(mailOf(magpie)));
    const posts = ['again', 'discard', 'answer', 'block', 'unblock'];
    const below = (profile: string, message: string): ['get' | 'post', string][] => [
      ['get', `/profiles/${profile}/mail`],
      ['get', `/profiles/${profile}/mail/correspondents`],
      ['post', `/profiles/${profile}/mail/mode`],
      ['post', `/profiles/${profile}/mail/strangers`],
      ['post', `/profiles/${profile}/mail/correspondents/block`],
      ['get', `/profiles/${profile}/mail/${message}`],
      ['get', `/profiles/${profile}/mail/${message}/download`],
      ...posts.map((verb): ['post', string] => ['post', `/profiles/${profile}/mail/${message}/${verb}`]),
    ];
    const fields = { csrf, mode: 'muted', strangers: 'hold', correspondent: 'x', text: 'yes', confirmed: 'on' };
    const ask = async ([method, path]: ['get' | 'post', string]) => {
      const url = `${place.house.url}${path}`;
      const json = { accept: 'application/json' };
      const page = method === 'get' ? await mine.get(url, json) : await mine.post(url, fields, json);
      return [page.status, page.text];
    };
    const other = below(wren.id, id);
    const never = below('x'.repeat(22), id);
    for (const [at, theirs] of other.entries()) {
      const unknown = never[at];
      if (unknown === undefined) continue;
      expect([theirs, await ask(theirs)]).toEqual([theirs, [404, '{"error":"profile_unavailable"}']]);
      expect([unknown, await ask(unknown)]).toEqual([unknown, [404, '{"error":"profile_unavailable"}']]);
    }
    // With a profile of one's own, the message of another's, of one's other profile, and one that never was.
    for (const message of [id, 'x'.repeat(22)]) {
      for (const mixed of below(magpie.id, message).slice(5))
        expect([mixed, await ask(mixed)]).toEqual([mixed, [404, '{"error":"mail_gone"}']]);
    }
    for (const mixed of below(heron.id, own).slice(5))
      expect([mixed, await ask(mixed)]).toEqual([mixed, [404, '{"error":"mail_gone"}']]);
    const { owner } = place.house.parts.relay;
    expect(await owner.message(bruno.id, wren.id, id)).toMatchObject({ outcome: 'held', isKept: true });
    expect(await owner.standing(bruno.id, wren.id)).toMatchObject({ mode: 'held', strangers: 'refuse' });
  });

  test('gets nothing without being signed in', async () => {
    const url = await attention(mine, magpie);
    for (const address of [`${place.house.url}/mail`, mailOf(magpie), url, `${url}/download`]) {
      const page = await makeVisitor().get(address);
      expect(page.url.pathname).toMatch(/^\/journey\//u);
      expect(page.text).not.toContain('magpie_oaktree');
    }
  });

  test('A77: writes no field into the header of an answer, and no answer of a megabyte', async () => {
    const { owner } = place.house.parts.relay;
    await owner.setMode(alix.id, magpie.id, 'on');
    await place.send(meadow, place.aliasOf(magpie), { text: 'answer me' });
    await place.next(PEOPLE.alix.mailbox);
    const [newest] = await owner.log(alix.id, magpie.id);
    const url = `${mailOf(magpie)}/${newest?.id ?? ''}`;
    const csrf = csrfOf(await mine.get(url));
    const injected = await mine.post(`${url}/answer`, { csrf, subject: 'a\r\nBcc: maud@home.example', text: 'x' });
    expect([injected.status, injected.document.querySelector('#subject-error') !== null]).toEqual([422, true]);
    const long = await mine.post(`${url}/answer`, { csrf, text: 'a'.repeat(60_000) });
    expect([long.status, long.document.querySelector('#text-error') !== null]).toEqual([422, true]);
    expect((await mine.post(`${url}/answer`, { csrf, text: 'a'.repeat(1_000_000) })).status).toBe(413);
    expect((await owner.log(alix.id, magpie.id)).filter(({ way }) => way === 'out')).toEqual([]);
  });

  test('sends nobody elsewhere by a page of mail', async () => {
    for (const address of [
      '/profiles/%2F%2Fevil.net/mail',
      `/profiles/${magpie.id}/mail/%2F%2Fevil.net/again`,
      `/profiles/${magpie.id}/mail/..%2F..%2Fevil/discard`,
      '//evil.net/mail/resume',
      `/profiles/${magpie.id}/mail?notice=https://evil.net`,
    ]) {
      const page = await mine.get(`${place.house.url}${address}`);
      expect([address, page.url.origin]).toEqual([address, place.house.url]);
      expect(page.text).not.toContain('href="https://evil.net');
      for (const step of mine.trail) expect(step.origin).toBe(place.house.url);
    }
  });
});

describe('an administrator', () => {
  test('sees how much waits, as a page and for programs, and nothing of for whom', async () => {
    const page = await hers.get(`${place.house.url}/admin/mail`);
    expect([page.status, mainOf(page).includes(t('admin.queue.listening_yes'))]).toEqual([200, true]);
    const json = await hers.get(`${place.house.url}/admin/mail`, { accept: 'application/json' });
    expect(JSON.parse(json.text)).toMatchObject({ isListening: true, isPaused: false, waiting: 0, failed: 0 });
    for (const { text } of [page, json]) {
      for (const secret of [magpie.aliasLocal, wren.aliasLocal, magpie.id, 'magpie', 'wren', 'home.example', alix.id])
        expect(text).not.toContain(secret);
    }
  });

  test('holds everything back, lets it leave and has it tried', async () => {
    const { owner } = place.house.parts.relay;
    const paused = await hers.submit(await hers.get(`${place.house.url}/admin/mail`), '/pause');
    expect(mainOf(paused)).toContain(t('admin.queue.said_paused'));
    expect(mainOf(paused)).toContain(t('admin.queue.paused_title'));
    expect(await place.house.parts.relay.steering.isPaused()).toBe(true);
    const going = await hers.submit(paused, '/pause');
    expect(mainOf(going)).toContain(t('admin.queue.said_going'));
    expect(await place.house.parts.relay.steering.isPaused()).toBe(false);
    const tried = await hers.submit(going, '/retry');
    expect(mainOf(tried)).toContain(t('admin.queue.said_retry'));
    expect(await place.house.parts.relay.steering.retryAskedAt()).toBeGreaterThan(0);
    expect((await owner.standing(alix.id, magpie.id)).failed).toBe(0);
    expect(odile.role).toBe('administrator');
  });

  test('alone does: nobody else sees the queue or steers it', async () => {
    const csrf = csrfOf(await mine.get(mailOf(magpie)));
    expect((await mine.get(`${place.house.url}/admin/mail`)).status).toBe(403);
    for (const verb of ['pause', 'retry'])
      expect((await mine.post(`${place.house.url}/admin/mail/${verb}`, { csrf, paused: 'on' })).status).toBe(403);
    expect(await place.house.parts.relay.steering.isPaused()).toBe(false);
  });
});

test('where no mail is forwarded the pages say so, and nothing can be done there', async () => {
  const house = await openHouse();
  try {
    const account = await addPerson(house.parts, 'alix');
    const blog = await addApplication(house.parts, 'Blog', 'https://blog.example/');
    const { id } = await house.parts.profiles.create(account.id, blog, { name: 'hulotte', note: '' });
    const visitor = await signedIn(house.url, 'alix');
    for (const path of ['/mail', `/profiles/${id}/mail`, `/profiles/${id}`])
      expect([path, mainOf(await visitor.get(`${house.url}${path}`)).includes(t('relay.off'))]).toEqual([path, true]);
    const csrf = csrfOf(await visitor.get(`${house.url}/profiles/${id}`));
    for (const path of [`/profiles/${id}/mail/mode`, `/profiles/${id}/mail/x/again`, '/mail/resume'])
      expect([path, (await visitor.post(`${house.url}${path}`, { csrf, mode: 'on' })).status]).toEqual([path, 404]);
  } finally {
    await house.close();
  }
});
