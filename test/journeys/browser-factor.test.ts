import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { translator, type Language } from '../../views/text.ts';
import { codeAt, STEP, wrongCode } from '../authenticator.ts';
import { browserPresent, clickThrough, launchBrowser, makeHand, openWindow, type Window } from '../browser.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';

const visits: { person: PersonName; language: Language; javaScriptEnabled: boolean }[] = [
  { person: 'alix', language: 'fr', javaScriptEnabled: true },
  { person: 'bruno', language: 'en', javaScriptEnabled: false },
  { person: 'maud', language: 'en', javaScriptEnabled: true },
  { person: 'odile', language: 'fr', javaScriptEnabled: false },
];

describe.skipIf(!browserPresent)('a second factor in a browser', () => {
  let house: House;
  let browser: Browser;
  let now = Date.now();

  beforeAll(async () => {
    const settings = { ALUCO_NAME: 'La Hulotte' };
    [house, browser] = await Promise.all([openHouse({ settings, now: () => now }), launchBrowser()]);
    for (const { person, language } of visits) {
      const { id } = await addPerson(house.parts, person);
      await house.parts.accounts.setLanguage(id, language);
    }
  });
  afterAll(async () => {
    await browser?.close();
    await house?.close();
  });

  describe.each(visits)('$person, in $language, with script: $javaScriptEnabled', (visit) => {
    const { person, language, javaScriptEnabled } = visit;
    const t = translator(language);
    let window: Window;
    let page: Page;
    let secret = '';
    let codes: string[] = [];

    const axe = javaScriptEnabled ? 'everything' : 'nothing';
    const { press, follow, heading, said, expectSound } = makeHand(() => window, language, axe);

    /** The secret, as somebody types it who cannot scan it. */
    async function typed(): Promise<string> {
      await clickThrough(page.getByText(t('set_up.by_hand'), { exact: true }));
      const code = page.locator('details code');
      expect(await code.isVisible()).toBe(true);
      return (await code.textContent()) ?? '';
    }

    async function answer(code: string): Promise<void> {
      await page.locator('input[name=code]').fill(code);
      await press('factor.submit');
    }

    /** A new window, up to the second factor. */
    async function comeBack(): Promise<void> {
      now += 10 * STEP;
      await window?.context.close();
      window = await openWindow(browser, { javaScriptEnabled, locale: language, reducedMotion: 'reduce' });
      page = window.page;
      await page.goto(house.url);
      await page.getByLabel(t('sign_in.login')).fill(PEOPLE[person].loginName);
      await page.getByLabel(t('sign_in.password'), { exact: true }).fill(PEOPLE[person].password);
      await press('sign_in.submit');
    }

    beforeAll(async () => {
      await comeBack();
    });
    afterAll(() => window?.context.close());

    test('from the account to the security page, and an application is set up', async () => {
      await follow('nav.account');
      await follow('security.go');
      expect(await heading()).toBe(t('security.title'));
      await expectSound();
      await follow('security.app_add');
      expect(await page.getByAltText(t('set_up.picture')).isVisible()).toBe(true);
      secret = await typed();
      await expectSound();
      await page.locator('input[name=code]').fill(wrongCode(secret, now));
      await press('set_up.submit');
      expect(await page.locator('#code-error').textContent()).toContain(t('error.factor_code_wrong'));
      await expectSound();
      await page.locator('input[name=code]').fill(codeAt(secret, now));
      await page.getByLabel(t('set_up.name')).fill('Hibou');
      await press('set_up.submit');
      expect(await heading()).toBe(t('recovery_codes.title'));
      await expectSound();
    });

    test('the recovery codes can be copied and printed, and are not shown again', async () => {
      codes = ((await page.locator('.codes code').textContent()) ?? '').split('\n');
      expect(codes).toHaveLength(10);
      expect(await page.getByRole('button', { name: t('recovery_codes.print') }).count()).toBe(
        javaScriptEnabled ? 1 : 0,
      );
      await page.emulateMedia({ media: 'print' });
      expect([
        await page.locator('.codes').isVisible(),
        await page.locator('.whose').isVisible(),
        await page.locator('header.top').isVisible(),
        await page.getByRole('link', { name: t('recovery_codes.kept') }).isVisible(),
      ]).toEqual([true, true, false, false]);
      await page.emulateMedia({ media: null });
      await follow('recovery_codes.kept');
      expect(await page.getByText(t('security.codes_left', { left: 10 })).count()).toBe(1);
      expect(await page.content()).not.toContain(codes[0]);
      await expectSound();
    });

    test('the next sign-in asks for it: another way and back, a wrong code, a right one', async () => {
      await comeBack();
      expect(await heading()).toBe(t('factor.code_title'));
      await expectSound();
      await follow('factor.try_recovery');
      expect(await heading()).toBe(t('factor.recovery_title'));
      await expectSound();
      await page.goBack();
      expect(await heading()).toBe(t('factor.code_title'));
      await answer(wrongCode(secret, now));
      expect(await page.locator('#code-error').textContent()).toContain(t('error.factor_code_wrong'));
      await expectSound();
      await answer(codeAt(secret, now));
      expect(await heading()).toBe(t('home.title'));
    });

    test('without the telephone a recovery code does, once', async () => {
      await comeBack();
      await follow('factor.try_recovery');
      await answer(codes[0] ?? '');
      expect(await heading()).toBe(t('home.title'));
      await comeBack();
      await follow('factor.try_recovery');
      await answer(codes[0] ?? '');
      expect(await page.locator('#code-error').textContent()).toContain(t('error.recovery_code_wrong'));
      await expectSound();
      await answer(codes[1] ?? '');
      await page.goto(`${house.url}/account/security`);
      expect(await page.getByText(t('security.codes_left', { left: 8 })).count()).toBe(1);
    });

    test('renaming, new codes, another application, and none any more', async () => {
      await clickThrough(page.getByText(t('security.rename'), { exact: true }));
      await page.getByLabel(t('security.name_of', { name: 'Hibou' })).fill('Chouette');
      await press('security.rename_submit');
      expect(await said()).toBe(t('notice.factor_named'));
      await follow('security.codes_new');
      await expectSound();
      await press('new_codes.submit');
      expect(await page.locator('.codes code').textContent()).not.toContain(codes[2]);
      await follow('recovery_codes.kept');
      await follow('security.app_replace');
      secret = await typed();
      await page.locator('input[name=code]').fill(codeAt(secret, now));
      await press('set_up.submit');
      expect(await said()).toBe(t('notice.factor_added'));
      await clickThrough(page.getByRole('link', { name: t('security.remove') }));
      expect(await heading()).toBe(t('remove_factor.title', { name: t('security.app') }));
      await expectSound();
      await press('remove_factor.submit');
      expect(await said()).toBe(t('notice.factor_removed'));
      await expectSound();
      await comeBack();
      expect(await heading()).toBe(t('home.title'));
    });

    test('a group that asks for one has it set up on the way', async () => {
      const { groups } = house.parts.accounts;
      const { storage } = house.parts;
      const { id } = await groups.create(`Keys of ${person}`);
      await groups.addMember(id, person);
      await storage.write((tx) => tx.update(storage.tables.group).set({ secondFactor: true }));
      await comeBack();
      expect(await heading()).toBe(t('enrol.title'));
      await expectSound();
      secret = await typed();
      await page.locator('input[name=code]').fill(codeAt(secret, now));
      await press('set_up.submit');
      expect(await heading()).toBe(t('recovery_codes.title'));
      await expectSound();
      await follow('recovery_codes.kept');
      expect(await heading()).toBe(t('home.title'));
    });
  });
});
