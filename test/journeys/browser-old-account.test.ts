import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { translator, type Language } from '../../views/text.ts';
import {
  browserPresent,
  clickThrough,
  launchBrowser,
  makeHand,
  openMirror,
  openWindow,
  type Window,
} from '../browser.ts';
import { importNames } from '../legacy/place.ts';
import { CHOSEN, openDoor, type OpenDoor } from '../open-door.ts';
import { addPerson } from '../people.ts';
import { openVisibleService, type VisibleService } from './visible-service.ts';

/** The places in the question, in both languages; a place among the words. */
const PLACES: Readonly<Record<Language, readonly string[]>> = {
  en: ['first', 'second', 'third', 'fourth', 'fifth', 'last'],
  fr: ['premier', 'deuxième', 'troisième', 'quatrième', 'cinquième', 'dernier'],
};

const PASSWORD = 'le vieux chêne du lac';

describe.skipIf(!browserPresent)('people of a place that moves in, in a browser without script', () => {
  let door: OpenDoor;
  let browser: Browser;
  let meadow: VisibleService;
  let mirror: Awaited<ReturnType<typeof openMirror>>;
  beforeAll(async () => {
    [door, browser] = await Promise.all([
      openDoor('open', { settings: { ALUCO_NAME: 'La Hulotte' } }),
      launchBrowser(),
    ]);
    await addPerson(door.house.parts, 'odile');
    meadow = await openVisibleService(door.house, 'Meadow');
    mirror = await openMirror(browser);
  });
  afterAll(async () => {
    await mirror?.close();
    await browser?.close();
    await meadow?.close();
    await door?.close();
  });

  describe.each<Language>(['fr', 'en'])('in %s', (language) => {
    const t = translator(language);
    const here = { application: 'Meadow' };
    let window: Window;
    let page: Page;
    const hand = makeHand(() => window, language, 'nothing');
    const { press, follow, heading } = hand;

    beforeAll(async () => {
      const application = await door.house.parts.applications.get(meadow.service.application.id);
      const named = (name: string) => `${name}.${language}`;
      await importNames(door.house.parts.legacy, application, [
        { name: named('Heron'), address: `heron${language}@home.example` },
        { name: named('Loir'), password: PASSWORD },
        { name: named('Pie'), address: `pie.${language}@old.example` },
        { name: `chouette${language}`, password: PASSWORD },
      ]);
    });

    /** The page is right for everybody, in its language, and asked for nothing that it may not have. */
    async function expectSound(): Promise<void> {
      await hand.expectSound();
      expect([page.url(), await mirror.findings(page)]).toEqual([page.url(), []]);
    }

    /** Signs somebody new up by the application's redirect, in a window of their own, up to the end of that. */
    async function arrive(loginName: string): Promise<void> {
      window = await openWindow(browser, {
        javaScriptEnabled: false,
        locale: language === 'fr' ? 'fr-FR' : 'en-GB',
        reducedMotion: 'reduce',
      });
      ({ page } = window);
      const mailbox = `${loginName}@home.example`;
      await page.goto(`${meadow.url}/sign-in`);
      await follow('sign_in.no_account');
      await page.getByLabel(t('link.address')).fill(mailbox);
      const label = (await page.locator('label[for=work]').textContent()) ?? '';
      const words = /:\s*([^?.]+)/u.exec(label)?.[1]?.trim().split(', ') ?? [];
      await page.locator('#work').fill(words[PLACES[language].findIndex((one) => label.includes(one))] ?? '');
      await press('sign_up.submit');
      await page.goto(`${door.house.url}${await door.linkTo(mailbox)}`);
      await page.getByLabel(t('link.login_name')).fill(loginName);
      await page.getByLabel(t('sign_in.password'), { exact: true }).fill(CHOSEN);
      await press('link.account_submit');
    }

    /** Meadow knows the person by this name; their window is closed. */
    async function expectAtMeadow(name: string): Promise<void> {
      expect(await heading()).toBe('Meadow received');
      expect(await page.locator('#preferred_username').textContent()).toBe(name);
      await window.context.close();
    }

    test('whoever signs up with the address that Meadow knew is offered their name, takes it back and goes on', async () => {
      await arrive(`heron${language}`);
      expect(await heading()).toBe(t('old.offer_title', { name: `Heron.${language}` }));
      await expectSound();
      await press('old.take', { name: `Heron.${language}` });
      await expectAtMeadow(`Heron.${language}`);
    });

    test('another one says that there was an account, and gives its name and its password', async () => {
      await arrive(`mulot${language}`);
      expect(await heading()).toBe(t('create.title', here));
      await expectSound();
      await follow('old.before');
      expect(await heading()).toBe(t('old.title', here));
      await expectSound();
      await page.getByLabel(t('old.name', here)).fill(`loir.${language}`);
      await page.getByLabel(t('old.password', here)).fill('faux');
      await press('old.submit');
      await page.locator('#oldName-error').waitFor();
      await expectSound();
      await page.getByLabel(t('old.password', here)).fill(PASSWORD);
      await press('old.submit');
      await expectAtMeadow(`Loir.${language}`);
    });

    test('another one asks for a code, which goes to the old address', async () => {
      await arrive(`geai${language}`);
      await follow('old.before');
      await page.getByLabel(t('old.name', here)).fill(`@Pie.${language}@meadow.example`);
      await press('old.code_send');
      expect(await heading()).toBe(t('old.code_title'));
      await expectSound();
      const { text } = await door.letterTo(`pie.${language}@old.example`);
      await page.getByLabel(t('old.code'), { exact: true }).fill('0000 0000');
      await press('old.submit');
      await page.locator('#code-error').waitFor();
      await expectSound();
      await page.getByLabel(t('old.code'), { exact: true }).fill(/\b\d{4} \d{4}\b/u.exec(text)?.[0] ?? '');
      await press('old.submit');
      await expectAtMeadow(`Pie.${language}`);
    });

    test('another one asks for the name that is kept for them, and takes it back on the same page', async () => {
      const name = `chouette${language}`;
      await arrive(`hibou${language}`);
      await page.getByLabel(t('create.name')).fill(name);
      await press('create.submit');
      await page.getByRole('heading', { name: t('old.reserved_title', { name }) }).waitFor();
      await expectSound();
      await page.getByLabel(t('old.password', here)).fill(PASSWORD);
      await press('old.submit');
      await expectAtMeadow(name);
    });

    test('and one who has a profile finds theirs on the first page later', async () => {
      await arrive(`huppe${language}`);
      await page.getByLabel(t('create.name')).fill(`huppe${language}`);
      await press('create.submit');
      expect(await heading()).toBe('Meadow received');
      const application = await door.house.parts.applications.get(meadow.service.application.id);
      const old = `Huppe.${language}.1998`;
      await importNames(door.house.parts.legacy, application, [
        { name: old, address: `huppe${language}@home.example` },
      ]);
      await page.goto(door.house.url);
      expect(await page.getByText(t('old.home', { name: old })).count()).toBe(1);
      await expectSound();
      await clickThrough(page.getByRole('link', { name: t('old.home_take') }));
      await expectSound();
      await press('old.take', { name: old });
      expect(await heading()).toBe(t('ready.title', { profile: old }));
      await expectSound();
      await follow('ready.profile');
      expect(await page.getByText(t('old.was')).count()).toBe(1);
      await expectSound();
      await window.context.close();
    });
  });
});
