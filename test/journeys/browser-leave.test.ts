import { readFile } from 'node:fs/promises';
import { strFromU8, unzipSync } from 'fflate';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { momentText } from '../../views/parts/When.tsx';
import { translator, type Language } from '../../views/text.ts';
import { browserPresent, clickThrough, launchBrowser, makeHand, openWindow, type Window } from '../browser.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';

const visits: { person: PersonName; language: Language; javaScriptEnabled: boolean }[] = [
  { person: 'alix', language: 'fr', javaScriptEnabled: true },
  { person: 'bruno', language: 'en', javaScriptEnabled: false },
  { person: 'maud', language: 'en', javaScriptEnabled: true },
  { person: 'odile', language: 'fr', javaScriptEnabled: false },
];

describe.skipIf(!browserPresent)('sessions, one’s data and leaving, in a browser', () => {
  let house: House;
  let browser: Browser;

  beforeAll(async () => {
    [house, browser] = await Promise.all([openHouse({ settings: { ALUCO_NAME: 'La Hulotte' } }), launchBrowser()]);
    // Odile may only leave where somebody else looks after the house.
    await house.parts.accounts.add({
      loginName: 'oscar',
      password: PEOPLE.odile.password,
      administrator: true,
      language: 'fr',
    });
  });
  afterAll(async () => {
    await browser?.close();
    await house?.close();
  });

  describe.each(visits)('$person, in $language, with script: $javaScriptEnabled', (visit) => {
    const { person, language, javaScriptEnabled } = visit;
    const { loginName, password } = PEOPLE[person];
    const t = translator(language);
    let window: Window;
    let elsewhere: Window;
    let page: Page;
    const axe = javaScriptEnabled ? 'everything' : 'nothing';
    const { press, follow, heading, said, expectSound } = makeHand(() => window, language, axe);
    const open = () => openWindow(browser, { javaScriptEnabled, locale: language, reducedMotion: 'reduce' });

    async function signInOn(one: Page): Promise<void> {
      await one.getByLabel(t('sign_in.login')).fill(loginName);
      await one.getByLabel(t('sign_in.password'), { exact: true }).fill(password);
      await clickThrough(one.getByRole('button', { name: t('sign_in.submit'), exact: true }));
    }

    /** Whether a window is asked who it is when it goes to the list of sessions. */
    async function isSignedOut({ page: one }: Window): Promise<boolean> {
      await one.goto(`${house.url}/sessions`);
      return (await one.locator('input[name=password]').count()) > 0;
    }

    beforeAll(async () => {
      const { id } = await addPerson(house.parts, person);
      await house.parts.accounts.setLanguage(id, language);
      [window, elsewhere] = await Promise.all([open(), open()]);
      page = window.page;
      for (const one of [elsewhere.page, page]) {
        await one.goto(`${house.url}/sessions`);
        await signInOn(one);
      }
    });
    afterAll(async () => {
      await window?.context.close();
      await elsewhere?.context.close();
    });

    test('the list of sessions ends the one in another browser, and then all', async () => {
      expect(await heading()).toBe(t('sessions.title'));
      expect(await page.locator('.row').count()).toBe(2);
      await expectSound();
      const other = page.locator('.row').filter({ hasNotText: t('sessions.current') });
      await clickThrough(other.getByRole('button', { name: t('sessions.end'), exact: true }));
      expect(await said()).toBe(t('notice.session_ended'));
      expect(await page.locator('.row').count()).toBe(1);
      await expectSound();
      expect(await isSignedOut(elsewhere)).toBe(true);
      await signInOn(elsewhere.page);
      await press('sessions.everywhere_submit');
      expect(await heading()).toBe(t('signed_out.title', { instance: 'La Hulotte' }));
      await expectSound();
      expect([await isSignedOut(window), await isSignedOut(elsewhere)]).toEqual([true, true]);
      await expectSound();
      await signInOn(page);
      expect(await heading()).toBe(t('sessions.title'));
    });

    test('their data is one file, which opens by itself in the browser; programs get the same as JSON', async () => {
      await follow('nav.account');
      await expectSound();
      await follow('data.open');
      expect(await heading()).toBe(t('data.title'));
      await expectSound();
      const [download] = await Promise.all([page.waitForEvent('download'), press('data.submit')]);
      expect(download.suggestedFilename()).toMatch(/^aluco-\d{4}-\d{2}-\d{2}\.zip$/u);
      const files = unzipSync(await readFile(await download.path()));
      expect(Object.keys(files).toSorted()).toEqual(['README.txt', 'data.html', 'data.json']);
      const data = JSON.parse(strFromU8(files['data.json'] ?? new Uint8Array())) as Record<string, unknown>;
      const csrf = await page.locator('main input[name=csrf]').getAttribute('value');
      const answer = await window.context.request.post(`${house.url}/account/data`, {
        form: { csrf: csrf ?? '' },
        headers: { accept: 'application/json', origin: house.url, 'sec-fetch-site': 'same-origin' },
      });
      expect(answer.headers()['content-type']).toContain('application/json');
      expect(Object.keys((await answer.json()) as object)).toEqual(Object.keys(data));
      await page.setContent(strFromU8(files['data.html'] ?? new Uint8Array()));
      expect(await page.getByText(PEOPLE[person].mailbox).count()).toBeGreaterThan(0);
      await expectSound();
    });

    test('the account is left only by its name; whoever signs in again may keep it', async () => {
      await page.goto(`${house.url}/account`);
      await follow('deletion.open');
      expect(await heading()).toBe(t('deletion.title'));
      await expectSound();
      const confirm = page.getByLabel(t('deletion.confirm', { login_name: loginName }));
      await confirm.fill('somebody');
      await press('deletion.submit');
      expect(await page.locator('#confirm-error').textContent()).toContain(t('error.name_not_typed'));
      await expectSound();
      await confirm.fill(loginName);
      await press('deletion.submit');
      expect(await heading()).toBe(t('left.title'));
      const leaving = await house.parts.accounts.findByLogin(loginName);
      const day = new Date(leaving?.leavingAt ?? 0).toISOString().slice(0, 10);
      expect(await page.locator('main').textContent()).toContain(t('left.until', { day: momentText(language, day) }));
      await expectSound();

      await page.goto(`${house.url}/account`);
      await signInOn(page);
      expect(await heading()).toBe(t('leaving.title', { login_name: loginName }));
      await expectSound();
      await page.goto(`${house.url}/account`);
      expect(await page.locator('input[name=password]').count()).toBe(1);
      await signInOn(page);
      await press('leaving.keep');
      expect(await heading()).toBe(t('account.title'));
      await expectSound();
      expect((await house.parts.accounts.findByLogin(loginName))?.status).toBe('active');
    });
  });
});
