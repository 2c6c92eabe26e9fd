import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { translator, type Language } from '../../views/text.ts';
import {
  browserPresent,
  clickThrough,
  launchBrowser,
  makeHand,
  openWindow,
  type AxeScope,
  type Window,
} from '../browser.ts';
import { CHOSEN, openDoor, WHY, type OpenDoor } from '../open-door.ts';
import { addPerson, PEOPLE } from '../people.ts';
import { openVisibleService, type VisibleService } from './visible-service.ts';

type Visit = { language: Language; javaScriptEnabled: boolean; axe: AxeScope };

/** The places in the question, in both languages; a place among the words. */
const PLACES: Readonly<Record<Language, readonly string[]>> = {
  en: ['first', 'second', 'third', 'fourth', 'fifth', 'last'],
  fr: ['premier', 'deuxième', 'troisième', 'quatrième', 'cinquième', 'dernier'],
};

const visits: Visit[] = [
  { language: 'fr', javaScriptEnabled: true, axe: 'everything' },
  { language: 'en', javaScriptEnabled: true, axe: 'contrast' },
  { language: 'fr', javaScriptEnabled: false, axe: 'nothing' },
  { language: 'en', javaScriptEnabled: false, axe: 'nothing' },
];

describe.skipIf(!browserPresent)('a newcomer in a browser', () => {
  let door: OpenDoor;
  let browser: Browser;
  let blog: VisibleService;
  beforeAll(async () => {
    [door, browser] = await Promise.all([
      openDoor('open', { settings: { ALUCO_NAME: 'La Hulotte' } }),
      launchBrowser(),
    ]);
    await addPerson(door.house.parts, 'odile');
    blog = await openVisibleService(door.house, 'Blog');
  });
  afterAll(async () => {
    await browser?.close();
    await blog?.close();
    await door?.close();
  });

  describe.each(visits)('in $language, with script: $javaScriptEnabled', (visit) => {
    const { language, javaScriptEnabled, axe } = visit;
    const t = translator(language);
    const name = `hibou${language}${javaScriptEnabled ? 1 : 2}`;
    const instance = 'La Hulotte';
    let window: Window;
    let page: Page;

    async function open(): Promise<Window> {
      return openWindow(browser, {
        javaScriptEnabled,
        locale: language === 'fr' ? 'fr-FR' : 'en-GB',
        colorScheme: axe === 'contrast' ? 'dark' : 'light',
        reducedMotion: 'reduce',
      });
    }
    beforeAll(async () => {
      window = await open();
      page = window.page;
    });
    afterAll(() => window?.context.close());
    const { press, follow, heading, said, expectSound } = makeHand(() => window, language, axe);

    /** What takes the place of the work, where no script runs or the form came back with an error. */
    async function answer(): Promise<void> {
      if (!(await page.locator('#work').isVisible())) return;
      const label = (await page.locator('label[for=work]').textContent()) ?? '';
      const words = /:\s*([^?.]+)/u.exec(label)?.[1]?.trim().split(', ') ?? [];
      const place = PLACES[language].findIndex((one) => label.includes(one));
      await page.locator('#work').fill(words[place] ?? '');
    }

    /** From the application to the page that says to look into one's mail. */
    async function ask(mailbox: string): Promise<void> {
      await page.goto(`${blog.url}/sign-in`);
      await follow('sign_in.no_account');
      expect(await heading()).toBe(t('sign_up.title', { instance }));
      await expectSound();
      await page.getByLabel(t('link.address')).fill('hibou');
      await answer();
      await press('sign_up.submit');
      await page.locator('#mailbox-error').waitFor();
      expect(await page.locator('#mailbox-error').textContent()).toContain(t('error.mailbox_invalid'));
      await page.getByLabel(t('link.address')).fill(mailbox);
      await answer();
      await press('sign_up.submit');
      await page.getByRole('heading', { name: t('sign_up.sent_title') }).waitFor();
      await expectSound();
    }
    async function choose(loginName: string): Promise<void> {
      await page.getByLabel(t('link.login_name')).fill(loginName);
      await page.getByLabel(t('sign_in.password'), { exact: true }).fill(CHOSEN);
    }

    test('makes an account on the way, and goes on to the application', async () => {
      const mailbox = `${name}@home.example`;
      await ask(mailbox);
      await page.goto(`${door.house.url}${await door.linkTo(mailbox)}`);
      expect(await page.getByText(mailbox).count()).toBe(1);
      await expectSound();
      await choose(name);
      await press('link.account_submit');
      expect(await heading()).toBe(t('create.title', { application: 'Blog' }));
      await page.getByLabel(t('create.name')).fill(name);
      await press('create.submit');
      expect(await heading()).toBe('Blog received');
      await window.context.clearCookies();
    });

    test('or asks, answers a question, and goes on once an administrator agrees', async () => {
      await door.letIn('approval');
      try {
        const loginName = `${name}wait`;
        const mailbox = `${loginName}@home.example`;
        await ask(mailbox);
        await page.goto(`${door.house.url}${await door.linkTo(mailbox)}`);
        await choose(loginName);
        await page.getByLabel(t('sign_up.reason')).fill(WHY);
        await expectSound();
        await press('sign_up.ask');
        expect(await heading()).toBe(t('applicant.title'));
        await expectSound();
        const waiting = page.url();
        await decideAsOdile(loginName, async (desk) => {
          await desk.getByLabel(t('admin.request.question')).fill('Quelles abeilles ?');
          await clickThrough(desk.getByRole('button', { name: t('admin.request.send') }));
        });
        await page.goto(waiting);
        await page.getByLabel(t('applicant.answer')).fill('Des noires.');
        await press('applicant.send');
        expect(await said()).toContain(t('notice.answer_sent'));
        await expectSound();
        await decideAsOdile(loginName, async (desk) => {
          expect(await desk.getByText('Des noires.').count()).toBe(1);
          await clickThrough(desk.getByRole('button', { name: t('admin.requests.approve'), exact: true }));
          expect(await desk.getByRole('status').textContent()).toContain(t('notice.requests_approved'));
        });
        await page.goto(waiting);
        await page.getByLabel(t('sign_in.login')).fill(loginName);
        await page.getByLabel(t('sign_in.password'), { exact: true }).fill(CHOSEN);
        await press('sign_in.submit');
        expect(await heading()).toBe(t('create.title', { application: 'Blog' }));
      } finally {
        await door.letIn('open');
      }
    });

    /** Odile opens the request from the queue, in a window of her own. */
    async function decideAsOdile(loginName: string, act: (desk: Page) => Promise<void>): Promise<void> {
      const { accounts } = door.house.parts;
      await accounts.setLanguage((await accounts.findByLogin('odile'))?.id ?? '', language);
      const own = await open();
      const desk = own.page;
      const hand = makeHand(() => own, language, axe);
      await desk.goto(`${door.house.url}/admin/requests`);
      await desk.getByLabel(t('sign_in.login')).fill(PEOPLE.odile.loginName);
      await desk.getByLabel(t('sign_in.password'), { exact: true }).fill(PEOPLE.odile.password);
      await hand.press('sign_in.submit');
      expect(await hand.heading()).toBe(t('admin.requests.title'));
      await hand.expectSound();
      await hand.follow('admin.requests.open', { login: loginName });
      await hand.expectSound();
      await act(desk);
      await own.context.close();
    }
  });
});
