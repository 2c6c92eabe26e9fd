import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { translator, type Language } from '../../views/text.ts';
import {
  axeFindings,
  browserPresent,
  clickThrough,
  launchBrowser,
  makeHand,
  openWindow,
  type AxeScope,
  type Window,
} from '../browser.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { openVisibleService, type VisibleService } from './visible-service.ts';

type Visit = {
  person: PersonName;
  language: Language;
  javaScriptEnabled: boolean;
  axe: AxeScope;
  names: [string, string];
};

const visits: Visit[] = [
  { person: 'alix', language: 'fr', javaScriptEnabled: true, axe: 'everything', names: ['chouette', 'hulotte'] },
  { person: 'bruno', language: 'en', javaScriptEnabled: true, axe: 'contrast', names: ['barn_owl', 'grand_duc'] },
  { person: 'maud', language: 'fr', javaScriptEnabled: false, axe: 'nothing', names: ['effraie', 'harfang'] },
  { person: 'odile', language: 'en', javaScriptEnabled: false, axe: 'nothing', names: ['scops', 'ninox'] },
];

describe.skipIf(!browserPresent)('in a browser', () => {
  let house: House;
  let browser: Browser;
  let blog: VisibleService;
  let photos: VisibleService;
  let closed: VisibleService;

  beforeAll(async () => {
    [house, browser] = await Promise.all([openHouse({ settings: { ALUCO_NAME: 'La Hulotte' } }), launchBrowser()]);
    // Odile comes later, as one of the visitors; until then somebody else looks after the instance.
    const keeper = {
      loginName: 'keeper',
      password: PEOPLE.odile.password,
      language: 'fr',
      administrator: true,
    } as const;
    await house.parts.accounts.add(keeper);
    blog = await openVisibleService(house, 'Blog');
    photos = await openVisibleService(house, 'Photos');
    closed = await openVisibleService(house, 'Atelier', { entry: { kind: 'nobody' } });
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([blog, photos, closed].map((service) => service?.close()));
    await house?.close();
  });

  describe.each(visits)('$person, in $language, with script: $javaScriptEnabled', (visit) => {
    const { person, language, javaScriptEnabled, axe, names } = visit;
    const t = translator(language);
    let window: Window;
    let page: Page;
    let first = '';

    beforeAll(async () => {
      const account = await addPerson(house.parts, person);
      await house.parts.accounts.setLanguage(account.id, language);
      window = await openWindow(browser, {
        javaScriptEnabled,
        locale: language === 'fr' ? 'fr-FR' : 'en-GB',
        colorScheme: axe === 'contrast' ? 'dark' : 'light',
        reducedMotion: 'reduce',
      });
      page = window.page;
    });
    afterAll(() => window?.context.close());

    const { press, follow, heading, expectSound } = makeHand(() => window, language, axe);
    const received = async (name: string): Promise<string | null> => {
      expect(await heading()).toBe('Blog received');
      expect(await page.locator('#preferred_username').textContent()).toBe(name);
      return page.locator('#sub').textContent();
    };
    async function signIn(password: string): Promise<void> {
      await page.getByLabel(t('sign_in.login')).fill(PEOPLE[person].loginName);
      await page.getByLabel(t('sign_in.password'), { exact: true }).fill(password);
      await press('sign_in.submit');
    }

    test('a wrong password is said on top and at its field, and the right one leads on', async () => {
      await page.goto(blog.url);
      await clickThrough(page.getByRole('link', { name: 'Sign in' }));
      expect(await heading()).toBe(t('sign_in.title_for', { application: 'Blog' }));
      await expectSound();
      await signIn('not the password');
      expect(await page.title()).toContain(t('form.error_title').trim());
      const wrong = page.getByRole('link', { name: t('error.credentials_wrong') });
      if (javaScriptEnabled) expect(await page.evaluate('document.activeElement.className')).toBe('problem');
      await clickThrough(wrong);
      await page.waitForURL(({ hash }) => hash === '#login');
      await expectSound();
      await signIn(PEOPLE[person].password);
      expect(await heading()).toBe(t('create.title', { application: 'Blog' }));
    });

    test('a name that cannot be is explained, and a suggestion makes the profile', async () => {
      await page.getByLabel(t('create.name')).fill(`${names[0]} !`);
      await press('create.submit');
      expect(await page.locator('#name-error').textContent()).toContain(t('error.name_pattern'));
      await expectSound();
      const suggestion = page.locator('button[name=suggestion]').first();
      first = (await suggestion.textContent()) ?? '';
      await clickThrough(suggestion);
      expect(await received(first)).not.toBe('');
      expect(window.complaints).toEqual([]);
    });

    test('another application gets another profile, and the first is entered again without a question', async () => {
      const before = await page.locator('#sub').textContent();
      await page.goto(`${photos.url}/sign-in`);
      await page.getByLabel(t('create.name')).fill(names[0]);
      await press('create.submit');
      expect(await heading()).toBe('Photos received');
      expect(await page.locator('#preferred_username').textContent()).toBe(names[0]);
      expect(await page.locator('#sub').textContent()).not.toBe(before);
      await page.goto(`${blog.url}/sign-in`);
      expect(await received(first)).toBe(before);
    });

    test('among several profiles the last used one is chosen beforehand', async () => {
      await page.goto(`${blog.url}/sign-in?prompt=create`);
      await page.getByLabel(t('create.name')).fill(names[1]);
      await press('create.submit');
      await received(names[1]);
      await page.goto(`${blog.url}/sign-in?prompt=select_account`);
      expect(await heading()).toBe(t('pick.title', { application: 'Blog' }));
      expect(await page.getByRole('radio', { name: names[1] }).isChecked()).toBe(true);
      await expectSound();
      await page.getByRole('radio', { name: first }).check();
      await press('pick.continue');
      await received(first);
    });

    test('switching is asked for on the own pages and answered at the next sign-in', async () => {
      await page.goto(house.url);
      await clickThrough(page.getByRole('link', { name: names[1], exact: true }));
      await press('switch.submit');
      expect(await page.getByRole('status').textContent()).toBe(t('notice.switch', { application: 'Blog' }));
      await page.goto(`${blog.url}/sign-in`);
      expect(await page.getByRole('radio', { name: names[1] }).isChecked()).toBe(true);
      await press('pick.continue');
      await received(names[1]);
    });

    test('an answer by form_post arrives, with or without script', async () => {
      await page.goto(`${blog.url}/sign-in?response_mode=form_post&prompt=select_account`);
      await press('pick.continue');
      if (!javaScriptEnabled) {
        expect(await heading()).toBe(t('form_post.title', { application: 'Blog' }));
        await expectSound();
        await press('pick.continue');
      }
      await page.waitForURL(`${blog.url}/callback`);
      await received(names[1]);
      expect(window.complaints).toEqual([]);
    });

    test('giving up leads back, and the application hears of it', async () => {
      await page.goto(`${blog.url}/sign-in?prompt=select_account`);
      await press('back.to', { application: 'Blog' });
      expect(await heading()).toBe('Blog was refused');
    });

    test('an application can be left alone, and everything at once', async () => {
      await page.goto(`${blog.url}/sign-in`);
      await page.goto(`${blog.url}/sign-out`);
      expect(await page.getByRole('radio').first().isChecked()).toBe(true);
      await expectSound();
      await page.getByRole('radio', { name: t('logout.application', { application: 'Blog' }) }).check();
      await press('logout.submit');
      expect(page.url()).toBe(`${blog.url}/bye`);
      await page.goto(`${blog.url}/sign-in`);
      expect(await heading()).toBe(t('pick.title', { application: 'Blog' }));
      await press('pick.continue');
      await received(names[1]);
      await page.goto(`${blog.url}/sign-out`);
      await press('logout.submit');
      expect(page.url()).toBe(`${blog.url}/bye`);
      await page.goto(house.url);
      expect(await heading()).toBe(t('sign_in.title', { instance: 'La Hulotte' }));
      expect(window.complaints).toEqual([]);
    });

    test('where one may not enter it says so, and leads back', async () => {
      await page.goto(`${closed.url}/sign-in`);
      await signIn(PEOPLE[person].password);
      expect(await heading()).toBe(t('refused.title_for', { application: 'Atelier' }));
      await expectSound();
      await follow('back.to', { application: 'Atelier' });
      expect(page.url()).toBe(`${closed.url}/`);
    });

    test('old and unknown addresses have pages of their own', async () => {
      const dead: [address: string, title: string][] = [
        ['/journey/long-gone', t('expired.title')],
        ['/no/such/page', t('not_found.title')],
        ['/oidc/authorize?client_id=nobody', t('fault.title_theirs')],
        ['/signed-out', t('signed_out.title', { instance: 'La Hulotte' })],
      ];
      for (const [address, title] of dead) {
        await page.goto(`${house.url}${address}`);
        expect(await heading()).toBe(title);
        await expectSound();
      }
    });

    test('the language can be changed wherever one is, also beside an error', async () => {
      const other = language === 'fr' ? 'en' : 'fr';
      const shown = () => page.locator('html').getAttribute('lang');
      await page.goto(`${blog.url}/sign-in?prompt=login`);
      await signIn('not the password');
      await clickThrough(page.locator('footer button'));
      expect(await shown()).toBe(other);
      expect(await heading()).toBe(translator(other)('sign_in.title_for', { application: 'Blog' }));
      await page.goto(`${blog.url}/sign-in?prompt=login`);
      await clickThrough(page.locator('footer button'));
      expect(await shown()).toBe(language);
      await signIn(PEOPLE[person].password);
      await clickThrough(page.locator('footer button'));
      expect(await shown()).toBe(other);
      expect(await heading()).toBe(translator(other)('pick.title', { application: 'Blog' }));
    });
  });

  test('what fails on our side has a page with a reference', async () => {
    const broken = await openHouse();
    const window = await openWindow(browser, { locale: 'en' });
    await addPerson(broken.parts, 'alix');
    await window.page.goto(`${broken.url}/account`);
    await window.page.getByLabel('Login name').fill('alix');
    await broken.parts.storage.close();
    await window.page.goto(`${broken.url}/account`);
    expect(await window.page.getByRole('heading', { level: 1 }).textContent()).toBe(
      translator('en')('fault.title_ours'),
    );
    expect((await window.page.locator('.reference code').textContent())?.length).toBeGreaterThan(10);
    expect(await axeFindings(window.page)).toEqual([]);
    await window.context.close();
    await broken.close();
  });
});
