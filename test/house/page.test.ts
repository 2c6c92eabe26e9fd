import { request } from 'node:http';
import type { HTMLElement } from 'node-html-parser';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openHouse, type House } from '../house.ts';
import { addApplication, addPerson, PEOPLE, type PersonName } from '../people.ts';
import { strengthen } from '../second-factor.ts';
import { makeVisitor, type Fields, type Page, type Visitor } from '../visitor.ts';

/** One white pixel. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=', 'base64');
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
  'base64',
);
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><circle r="4"/></svg>';

const file = (content: BlobPart, name: string, type = ''): File => new File([content], name, { type });

async function signedIn(house: House, person: PersonName): Promise<Visitor> {
  const visitor = makeVisitor();
  const { loginName: login, password } = PEOPLE[person];
  await visitor.submit(await visitor.get(`${house.url}/account`), '/sign-in', { login, password });
  return visitor;
}

/** The messages above a form, with the fields they lead to. */
function problems(page: Page): Record<string, string> {
  const links = page.document.querySelectorAll('.problem a');
  return Object.fromEntries(links.map((link) => [link.getAttribute('href') ?? '', link.textContent]));
}

/** A field that holds something; of radios, the one that is on. */
const isChosen = (field: HTMLElement): boolean =>
  field.getAttribute('type') !== 'radio' || field.hasAttribute('checked');

const logoOf = (page: Page): string => page.document.querySelector('.home img')?.getAttribute('src') ?? '';

describe('the page of the house', () => {
  let house: House;
  let odile: Visitor;
  beforeAll(async () => {
    house = await openHouse({ settings: { ALUCO_RULES_URL: 'https://mill.example/rules' } });
    for (const name of ['odile', 'bruno'] as const) await addPerson(house.parts, name);
    odile = await signedIn(house, 'odile');
  });
  afterAll(() => house.close());

  const open = (): Promise<Page> => odile.get(`${house.url}/admin/house`);
  const save = async (fields: Fields): Promise<Page> => odile.submit(await open(), '/admin/house', fields);

  test('shows every setting of the house, those of the environment with their value and without a field', async () => {
    const page = await open();
    const names = page.document
      .querySelectorAll('main form input:not([type=hidden]), main form select')
      .map((input) => input.getAttribute('name'));
    expect([...new Set(names)].toSorted()).toEqual([
      'colour',
      'connection_months',
      'contact',
      'languages',
      'leave_days',
      'name',
      'picture',
      'privacy_url',
      'recovery_wait_hours',
      'second_factor',
      'session_days',
      'session_idle_days',
      'sign_up',
      'terms_version',
      'trusted_proxies',
    ]);
    const given = page.document.querySelectorAll('.given').map((entry) => entry.textContent);
    expect(given.find((text) => text.includes('ALUCO_RULES_URL'))).toContain('https://mill.example/rules');
    expect(given.find((text) => text.includes('ALUCO_URL'))).toContain(house.url);
    expect(given.find((text) => text.includes('ALUCO_ALIAS_DOMAIN'))).toContain('relay.example');
    expect(given.find((text) => text.includes('ALUCO_LANGUAGE)'))).toContain('English');
    expect(given).toHaveLength(4);
  });

  test('what Odile saves stands on the very next page, for strangers too', async () => {
    const saved = await save({
      name: 'The Mill',
      contact: 'odile@home.example',
      privacy_url: 'https://mill.example/privacy',
      connection_months: '6',
    });
    expect([saved.status, saved.url.search]).toEqual([200, '?notice=saved']);
    expect(saved.document.querySelector('[role=status]')?.textContent).toBe('Saved.');
    const stranger = await makeVisitor().get(house.url);
    expect(stranger.document.querySelector('title')?.textContent).toContain('The Mill');
    expect(stranger.document.querySelector('.home')?.textContent).toBe('The Mill');
    const links = stranger.document.querySelectorAll('footer a').map((link) => link.getAttribute('href'));
    expect(links).toEqual(['mailto:odile@home.example', 'https://mill.example/rules', 'https://mill.example/privacy']);
    expect(house.parts.config.ALUCO_CONNECTION_MONTHS).toBe(6);
  });

  test('who may come, for how long people stay signed in and what they may think over is set here, and counts at once', async () => {
    const chosen = {
      sign_up: 'approval',
      session_idle_days: '7',
      session_days: '60',
      recovery_wait_hours: '0',
      leave_days: '30',
    };
    const saved = await save(chosen);
    expect([saved.status, saved.url.search]).toEqual([200, '?notice=saved']);
    for (const [name, value] of Object.entries(chosen)) {
      const [field] = saved.document.querySelectorAll(`[name=${name}]`).filter(isChosen);
      expect([name, field?.getAttribute('value')]).toEqual([name, value]);
    }
    expect(house.parts.config).toMatchObject({
      ALUCO_SIGN_UP: 'approval',
      ALUCO_SESSION_IDLE_DAYS: 7,
      ALUCO_SESSION_DAYS: 60,
      ALUCO_RECOVERY_WAIT_HOURS: 0,
      ALUCO_LEAVE_DAYS: 30,
    });
    await save({
      sign_up: 'invitation',
      session_idle_days: '',
      session_days: '',
      recovery_wait_hours: '',
      leave_days: '',
    });
    expect(house.parts.config).toMatchObject({ ALUCO_SIGN_UP: 'invitation', ALUCO_SESSION_IDLE_DAYS: 14 });
    expect(Object.keys(await house.parts.house.kept()).filter((name) => /SESSION|LEAVE|WAIT|SIGN/u.test(name))).toEqual(
      [],
    );
  });

  test('every choice of who may come and who must have more than a password is explained', async () => {
    const page = await open();
    for (const name of ['sign_up', 'second_factor']) {
      const fields = page.document.querySelectorAll(`input[name=${name}]`);
      const named = fields.map((field) => page.document.querySelector(`label[for=${field.id}]`)?.textContent ?? '');
      expect(named.filter((text) => text !== '')).toHaveLength(name === 'sign_up' ? 4 : 3);
    }
    const hints = page.document
      .querySelectorAll('input[name=sign_up]')
      .map((field) => field.getAttribute('aria-describedby'));
    expect(hints.every((id) => page.document.querySelector(`#${id ?? 'none'}`) !== null)).toBe(true);
    // Without mail, nobody can ask by themselves.
    expect(page.document.querySelector('[aria-labelledby=coming]')?.textContent).toContain('ALUCO_SMTP is empty');
  });

  test('a version of the rules holds for Odile too, from the very next page', async () => {
    const asked = await save({ terms_version: 'spring 2026' });
    expect(asked.document.querySelector('form[action$="/terms"]')).not.toBeNull();
    const back = await odile.submit(asked, '/terms');
    expect([back.url.pathname, back.url.search]).toEqual(['/admin/house', '?notice=saved']);
    await save({ terms_version: '' });
    expect(house.parts.config.ALUCO_TERMS_VERSION).toBe('');
  });

  test('a second factor that Odile asks of everybody and has not herself is asked of her at the very next page', async () => {
    const form = await open();
    const next = await odile.submit(form, '/admin/house', { second_factor: 'administrators' });
    expect(next.url.pathname).toMatch(/^\/journey\//u);
    // Nor can she take it back without one.
    const again = await odile.submit(form, '/admin/house', { second_factor: 'optional' });
    expect(again.url.pathname).toMatch(/^\/journey\//u);
    expect(house.parts.config.ALUCO_SECOND_FACTOR).toBe('administrators');
    await strengthen(house, odile, 'odile');
    expect((await open()).document.querySelector('#second_factor-1')?.hasAttribute('checked')).toBe(true);
    // Bruno runs nothing here.
    expect((await (await signedIn(house, 'bruno')).get(`${house.url}/account`)).status).toBe(200);
    await save({ second_factor: 'optional' });
  });

  test('whom to ask stands where a stranger learns that accounts are opened by asking', async () => {
    const stranger = makeVisitor();
    const page = await stranger.get(house.url);
    const told = await stranger.get(`${page.url.href}/no-account`);
    expect(told.document.querySelector('main .contact')?.textContent).toBe('odile@home.example');
  });

  test('what is wrong is told at each field at once, and nothing of it is kept', async () => {
    const before = await house.parts.house.kept();
    const page = await save({
      name: 'x'.repeat(61),
      contact: 'c'.repeat(301),
      colour: 'brown',
      privacy_url: 'javascript:alert(1)',
      trusted_proxies: 'proxy.example',
      connection_months: '13',
      sign_up: 'whoever',
      terms_version: 'v'.repeat(41),
      second_factor: 'nobody',
      session_idle_days: '0',
      session_days: '366',
      recovery_wait_hours: '337',
      leave_days: 'a week',
      languages: [],
      picture: file(PIXEL, 'logo.png', 'image/png'),
    });
    expect(page.status).toBe(422);
    expect(Object.keys(problems(page)).toSorted()).toEqual([
      '#colour',
      '#connection_months',
      '#contact',
      '#languages',
      '#leave_days',
      '#name',
      '#picture',
      '#privacy_url',
      '#recovery_wait_hours',
      '#second_factor',
      '#session_days',
      '#session_idle_days',
      '#sign_up',
      '#terms_version',
      '#trusted_proxies',
    ]);
    expect(page.document.querySelector('#colour')?.getAttribute('value')).toBe('brown');
    expect(await house.parts.house.kept()).toEqual(before);
  });

  test('what the environment gives is not changed by a form that names it all the same', async () => {
    const page = await save({ url: 'https://evil.example', rules_url: 'https://evil.example/', contact: 'Ask Odile' });
    expect(page.status).toBe(200);
    expect(Object.keys(await house.parts.house.kept())).not.toContain('ALUCO_URL');
    expect(house.parts.config.ALUCO_URL).toBe(house.url);
    expect(house.parts.config.ALUCO_CONTACT).toBe('Ask Odile');
  });

  test('an emptied field goes back to its default', async () => {
    await save({ name: 'Barn' });
    await save({ name: '' });
    expect(house.parts.config.ALUCO_NAME).toBe('Aluco');
    expect(Object.keys(await house.parts.house.kept())).not.toContain('ALUCO_NAME');
  });

  describe('the logo', () => {
    test('is taken from a file, whatever it is called, and browsers may keep it for ever', async () => {
      const page = await save({ picture: file(PNG, '../../evil.svg', 'image/svg+xml') });
      const address = logoOf(page);
      expect(address).toMatch(/^\/look\/[\w-]{22}\.png$/u);
      const shown = await fetch(new URL(address, house.url));
      expect([shown.status, shown.headers.get('content-type')]).toEqual([200, 'image/png']);
      expect(shown.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(Buffer.from(await shown.arrayBuffer())).toEqual(PNG);
      expect(logoOf(await makeVisitor().get(house.url))).toBe(address);
    });

    test('stays when the form brings no other', async () => {
      const before = logoOf(await open());
      expect(logoOf(await save({ contact: 'Ask Odile or Maud' }))).toBe(before);
    });

    test('as a drawing runs nothing, not even opened by itself', async () => {
      const page = await save({ picture: file(SVG, 'logo.png', 'image/png') });
      const shown = await fetch(new URL(logoOf(page), house.url));
      expect(shown.headers.get('content-type')).toBe('image/svg+xml');
      expect(shown.headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      );
      expect(shown.headers.get('x-content-type-options')).toBe('nosniff');
      expect(await shown.text()).toBe(SVG);
    });

    test('that was chosen while something else was wrong stays chosen', async () => {
      const wrong = await save({ colour: 'brown', picture: file(PNG, 'logo.png') });
      expect(wrong.document.querySelector('img.picture')?.getAttribute('src')).toMatch(/^data:image\/png;base64,/u);
      const page = await odile.submit(wrong, '/admin/house', { colour: '' });
      expect(logoOf(page)).toMatch(/\.png$/u);
    });

    test('is taken away again, and its address is gone', async () => {
      const address = logoOf(await open());
      const page = await save({ removePicture: 'on' });
      expect(logoOf(page)).toBe('/assets/owl.svg');
      const gone = await fetch(new URL(address, house.url));
      expect([gone.status, gone.headers.get('cache-control')]).toEqual([404, 'no-store']);
    });

    test.each([
      ['a page', Buffer.from('<!doctype html><title>no</title>'), 'logo.svg'],
      ['a GIF', PIXEL, 'logo.gif'],
      ['an empty file', Buffer.alloc(0), 'logo.png'],
      ['48 KiB and one byte', Buffer.concat([PNG, Buffer.alloc(48 * 1024 + 1 - PNG.length)]), 'logo.png'],
    ])('is not %s', async (_what, content, name) => {
      const page = await save({ picture: file(content, name) });
      expect([page.status, Object.keys(problems(page))]).toEqual([422, ['#picture']]);
    });

    test('may have 48 KiB', async () => {
      const content = Buffer.concat([PNG, Buffer.alloc(48 * 1024 - PNG.length)]);
      const page = await save({ picture: file(content, 'logo.png') });
      expect([page.status, logoOf(page).slice(-4)]).toEqual([200, '.png']);
      await save({ removePicture: 'on' });
    });
  });

  test('a colour becomes a stylesheet of its own, and no style stands in the page', async () => {
    const page = await save({ colour: '#7A3E12' });
    const sheets = page.document.querySelectorAll('link[rel=stylesheet]').map((link) => link.getAttribute('href'));
    expect(sheets).toEqual([expect.stringMatching(/^\/assets\//u), expect.stringMatching(/^\/look\/[\w-]{22}\.css$/u)]);
    const style = await fetch(new URL(sheets[1] ?? '', house.url));
    expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(await style.text()).toContain('--act:#7a3e12');
    expect(page.headers.get('content-security-policy')).toContain("style-src 'self'");
    const other = await save({ colour: '#7a3e13' });
    expect(other.text).not.toContain(sheets[1]);
    await save({ colour: '' });
  });

  test('with one language there is no switch, and no other is spoken', async () => {
    await save({ languages: ['en'] });
    const french = await makeVisitor().get(house.url, { 'accept-language': 'fr', cookie: 'aluco-language=fr' });
    expect(french.document.querySelector('html')?.getAttribute('lang')).toBe('en');
    expect(french.document.querySelector('form[action="/language"]')).toBeNull();
    expect((await odile.get(`${house.url}/account`)).document.querySelector('#language-language')).toBeNull();
    const wrong = await save({ languages: ['fr'] });
    expect(wrong.status).toBe(422);
    expect(Object.keys(problems(wrong))).toEqual(['#language']);
    await save({ languages: ['fr', 'en'] });
    expect((await makeVisitor().get(house.url, { 'accept-language': 'fr' })).text).toContain('lang="fr"');
  });

  test('says how this very request came, and whether the proxies are right', async () => {
    const said = async (forwarded?: string): Promise<string> => {
      const page = await odile.get(
        `${house.url}/admin/house`,
        forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
      );
      return page.document.querySelector('.reference')?.textContent ?? '';
    };
    expect(await said()).toContain('No proxy says where you are.');
    const ignored = await said('198.51.100.7, <b>garbage</b>');
    expect(ignored).toMatch(/everyone seems to come from (127\.0\.0\.1|::1)/u);
    expect(ignored).toContain('198.51.100.7');
    await save({ trusted_proxies: '127.0.0.1 ::1' });
    expect(await said()).toContain('The proxy is trusted but says nothing');
    const good = await said('198.51.100.7');
    expect(good).toContain('A trusted proxy says where you are.');
    expect(good).toMatch(/Taken to come from\s*198\.51\.100\.7/u);
    await save({ trusted_proxies: '' });
  });

  test('a long list of proxies comes back whole: a network that is cut would trust half the world', async () => {
    // The thousandth character stands in the middle of a mask.
    const networks = ['10.0.0.0/24', ...Array.from({ length: 70 }, (_, index) => `203.0.${100 + index}.0/24`)];
    await save({ trusted_proxies: networks.join(' ') });
    const page = await save({ contact: 'Ask Maud' });
    expect([page.status, house.parts.config.ALUCO_CONTACT]).toEqual([200, 'Ask Maud']);
    expect(house.parts.config.ALUCO_TRUSTED_PROXIES.map((network) => network.join('/'))).toEqual(networks);

    const tooLong = await save({ trusted_proxies: '10.0.0.0/24 '.repeat(900) });
    expect([tooLong.status, Object.keys(problems(tooLong))]).toEqual([422, ['#trusted_proxies']]);
    expect((await odile.submit(tooLong, '/admin/house')).status).toBe(422);
    await save({ trusted_proxies: '' });
  });

  describe('a form with a file', () => {
    /** Posts a multipart form byte for byte. */
    function post(
      cookie: string,
      body: Buffer | string,
      headers: Record<string, string> = {},
    ): Promise<{ status: number; location: string }> {
      return new Promise((resolve, reject) => {
        const sent = request(
          `${house.url}/admin/house`,
          {
            method: 'POST',
            headers: {
              'content-type': 'multipart/form-data; boundary=b',
              'sec-fetch-site': 'same-origin',
              origin: house.url,
              cookie,
              ...headers,
            },
          },
          (answer) => {
            answer.resume();
            resolve({ status: answer.statusCode ?? 0, location: answer.headers.location ?? '' });
          },
        );
        sent.on('error', reject);
        sent.end(body);
      });
    }
    const part = (name: string, value: string): string =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    let cookie: string;
    let csrf: string;
    beforeEach(async () => {
      cookie = await odile.cookies(house.url);
      csrf = (await open()).document.querySelector('main input[name=csrf]')?.getAttribute('value') ?? '';
    });

    test('is only taken with the token of the session', async () => {
      expect((await post(cookie, `${part('contact', 'Evil')}--b--\r\n`)).status).toBe(403);
      expect((await post(cookie, `${part('csrf', 'x')}${part('contact', 'Evil')}--b--\r\n`)).status).toBe(403);
      expect(house.parts.config.ALUCO_CONTACT).not.toBe('Evil');
      expect((await post(cookie, `${part('csrf', csrf)}--b--\r\n`)).status).not.toBe(403);
    });

    test('is not read for anybody but administrators: what nobody could read troubles nobody', async () => {
      const bruno = await signedIn(house, 'bruno');
      const garbage = 'no multipart at all';
      expect((await post(cookie, garbage)).status).toBe(400);
      expect((await post(await bruno.cookies(house.url), garbage)).status).toBe(403);
      const stranger = await post('', garbage);
      expect([stranger.status, stranger.location]).toEqual([303, expect.stringMatching(/^\/journey\//u)]);
    });

    test('is refused in words when it is too much, whether it says so before or not', async () => {
      const much = `${part('csrf', csrf)}${part('contact', 'x'.repeat(257 * 1024))}--b--\r\n`;
      expect((await post(cookie, much)).status).toBe(413);
      expect((await post(cookie, much, { 'transfer-encoding': 'chunked' })).status).toBe(413);
      const fields = Array.from({ length: 3000 }, (_, index) => part('csrf', String(index))).join('');
      expect((await post(cookie, `${fields}--b--\r\n`)).status).toBe(400);
    });

    test.each([
      ['two files', 'name="picture"; filename="a.png"', 2],
      ['a file in another field', 'name="contact"; filename="a.png"', 1],
      ['a field inside a field', 'name="languages[0][x]"', 1],
    ])('is refused with %s', async (_what, disposition, times) => {
      const odd = `--b\r\nContent-Disposition: form-data; ${disposition}\r\n\r\nx\r\n`.repeat(times);
      expect((await post(cookie, `${part('csrf', csrf)}${odd}--b--\r\n`)).status).toBe(400);
    });

    test('that breaks off leaves the house standing', async () => {
      const broken = post(cookie, part('csrf', csrf), { 'content-length': '5000' });
      await expect(Promise.race([broken, new Promise((resolve) => setTimeout(resolve, 300))])).resolves.toBeUndefined();
      expect((await open()).status).toBe(200);
    });
  });
});

describe('a house that applications already know', () => {
  test('says what a new address or domain breaks, asks for a tick, and tells the way back', async () => {
    const bare = await openHouse({ without: ['ALUCO_URL', 'ALUCO_ALIAS_DOMAIN'] });
    try {
      await addPerson(bare.parts, 'odile');
      await bare.parts.house.change({ ALUCO_URL: bare.url, ALUCO_ALIAS_DOMAIN: 'relay.example' });
      await bare.renew();
      const odile = await signedIn(bare, 'odile');
      const save = async (fields: Fields): Promise<Page> =>
        odile.submit(await odile.get(`${bare.url}/admin/house`), '/admin/house', fields);

      // Nobody knows it yet: nothing breaks.
      expect((await save({ alias_domain: 'post.example' })).status).toBe(200);
      await addApplication(bare.parts, 'Blog', 'https://blog.example');

      const asked = await save({ url: 'https://id.mill.example', alias_domain: 'relay.mill.example' });
      expect([asked.status, Object.keys(problems(asked))]).toEqual([422, ['#confirm']]);
      const caution = asked.document.querySelector('.caution')?.textContent ?? '';
      expect(caution).toContain('cuts off every application');
      expect(caution).toContain('changes the relay address of every profile');
      expect(caution).toContain('Blog');
      expect(bare.parts.config.ALUCO_URL).toBe(bare.url);

      const empty = await save({ url: '', alias_domain: '' });
      expect(Object.keys(problems(empty)).toSorted()).toEqual(['#alias_domain', '#url']);

      const moved = await odile.submit(asked, '/admin/house', { confirm: 'on' });
      expect(moved.status).toBe(200);
      expect(moved.document.querySelector('main a.button')?.getAttribute('href')).toBe(
        'https://id.mill.example/admin/house?notice=saved',
      );
      expect(moved.document.querySelector('main code')?.textContent).toBe(`aluco house set url ${bare.url}`);
      expect(bare.parts.config.ALUCO_URL).toBe('https://id.mill.example');
      expect(bare.parts.config.ALUCO_ALIAS_DOMAIN).toBe('relay.mill.example');
      const discovery = await fetch(`${bare.url}/.well-known/openid-configuration`);
      expect(await discovery.json()).toMatchObject({ issuer: 'https://id.mill.example' });
    } finally {
      await bare.close();
    }
  });
});
