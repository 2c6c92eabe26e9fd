import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { translator, type Language } from '../../views/text.ts';
import { browserPresent, clickThrough, launchBrowser, makeHand, openWindow, type Window } from '../browser.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { plugIn, type Plugged } from '../virtual-authenticator.ts';

const visits: { person: PersonName; language: Language }[] = [
  { person: 'alix', language: 'fr' },
  { person: 'bruno', language: 'en' },
];
const SETTINGS = { ALUCO_NAME: 'La Hulotte', ALUCO_SECOND_FACTOR: 'administrators' };

describe.skipIf(!browserPresent)('passkeys in a browser', () => {
  let house: House;
  let browser: Browser;

  beforeAll(async () => {
    [house, browser] = await Promise.all([openHouse({ settings: SETTINGS }), launchBrowser()]);
    await addPerson(house.parts, 'odile');
  });
  afterAll(async () => {
    await browser?.close();
    await house?.close();
  });

  /** A window of somebody whose authenticator is plugged in. */
  async function sitDown(person: PersonName, language: Language) {
    const window: Window = await openWindow(browser, { locale: language, reducedMotion: 'reduce' });
    const { page } = window;
    const key = await plugIn(page);
    // Most of these people have a browser that offers nothing in the field for the name: they press the button.
    await page.addInitScript(
      `if (!localStorage.getItem('offers')) PublicKeyCredential.isConditionalMediationAvailable = async () => false;`,
    );
    await page.route('**/passkey', async (route) => {
      // The finger is gone before the next page can ask for it.
      if (route.request().method() === 'POST') await key.touch(false);
      await route.continue();
    });
    const t = translator(language);
    const hand = makeHand(() => window, language, 'everything');
    return {
      window,
      page,
      key,
      t,
      ...hand,
      /** What the script says under the button. */
      told: (text: string) => page.locator('form.passkey [role=status]', { hasText: text }).waitFor(),
      async byPassword(): Promise<void> {
        await page.goto(house.url);
        await page.getByLabel(t('sign_in.login')).fill(PEOPLE[person].loginName);
        await page.getByLabel(t('sign_in.password'), { exact: true }).fill(PEOPLE[person].password);
        await hand.press('sign_in.submit');
      },
      /** Puts a finger on the passkey, and presses a button that asks for it. */
      async answer(press: () => Promise<void>): Promise<void> {
        await key.touch(true);
        await Promise.all([page.waitForEvent('load'), press()]);
      },
      async leave(): Promise<void> {
        await window.context.clearCookies();
        await page.goto(house.url);
      },
    };
  }
  type Desk = Awaited<ReturnType<typeof sitDown>>;

  describe.each(visits)('$person, in $language', ({ person, language }) => {
    let desk: Desk;
    let page: Page;
    let first: Plugged;

    beforeAll(async () => {
      const account = await addPerson(house.parts, person);
      await house.parts.accounts.setLanguage(account.id, language);
      desk = await sitDown(person, language);
      ({ page, key: first } = desk);
    });
    afterAll(() => desk?.window.context.close());

    test('adds one under a name, and is given recovery codes with it', async () => {
      const { t, answer, press, heading, expectSound, follow } = desk;
      await desk.byPassword();
      await page.goto(`${house.url}/account/security`);
      await follow('passkey.add');
      await expectSound();
      await page.getByLabel(t('set_up.name')).fill('Tournesol');
      await answer(() => press('passkey.create'));
      expect(await heading()).toBe(t('recovery_codes.title'));
      await expectSound();
      await follow('recovery_codes.kept');
      expect(await page.locator('section[aria-labelledby=passkeys-heading] strong').allTextContents()).toEqual([
        'Tournesol',
      ]);
      await expectSound();
      expect(await first.kept()).toMatchObject([{ userName: PEOPLE[person].loginName, rpId: 'localhost' }]);
      expect(await page.getByRole('status').count()).toBe(0);
    });

    test('is told that this device has one already', async () => {
      const { t, press, told } = desk;
      await page.goto(`${house.url}/account/security/passkey`);
      await first.touch(true);
      await press('passkey.create');
      await told(t('passkey.known'));
      await first.touch(false);
      expect(await first.kept()).toHaveLength(1);
    });

    test('signs in with it, without a name', async () => {
      const { t, answer, press, heading, expectSound } = desk;
      await desk.leave();
      await expectSound();
      await answer(() => press('passkey.sign_in'));
      expect(await heading()).toBe(t('home.title'));
      expect(await page.getByText(PEOPLE[person].loginName, { exact: true }).count()).toBe(1);
    });

    test('signs in from the field for the name, by what the browser offers there', async () => {
      const { t } = desk;
      await desk.leave();
      expect(await page.getByLabel(t('sign_in.login')).getAttribute('autocomplete')).toBe('username webauthn');
      await page.evaluate(`localStorage.setItem('offers', 'yes')`);
      await first.touch(true);
      await page.reload();
      await page.getByRole('heading', { level: 1, name: t('home.title') }).waitFor();
      await page.evaluate('localStorage.clear()');
    });

    test('shows it as the second factor, after the password', async () => {
      const { t, answer, press, heading, expectSound } = desk;
      await desk.leave();
      await desk.byPassword();
      expect(await heading()).toBe(t('factor.passkey_title'));
      await expectSound();
      await answer(() => press('factor.passkey'));
      expect(await heading()).toBe(t('home.title'));
    });

    test('is not signed in by it alone while it does not recognise its person', async () => {
      const { t, press, told, heading } = desk;
      await desk.leave();
      const before = await first.kept();
      await first.verify(false);
      await first.touch(true);
      await press('passkey.sign_in');
      await told(t('passkey.cancelled'));
      await first.touch(false);
      await first.verify(true);
      expect(await heading()).toBe(t('sign_in.title', { instance: 'La Hulotte' }));
      expect(await first.kept()).toEqual(before);
    });

    test('keeps two under their names, gives one another name and removes the other', async () => {
      const { t, answer, press, said } = desk;
      await answer(() => press('passkey.sign_in'));
      await page.goto(`${house.url}/account/security/passkey`);
      const second = await plugIn(page, first.session);
      await page.getByLabel(t('set_up.name')).fill('Clé bleue');
      await second.touch(true);
      await press('passkey.create');
      await page.waitForURL('**/account/security?notice=factor_added');
      const names = page.locator('section[aria-labelledby=passkeys-heading] strong');
      expect(await names.allTextContents()).toEqual(['Clé bleue', 'Tournesol']);
      expect(await second.kept()).toHaveLength(1);

      const rows = page.locator('section[aria-labelledby=passkeys-heading] li');
      await clickThrough(rows.filter({ hasText: 'Clé bleue' }).getByText(t('security.rename')));
      await page.getByLabel(t('security.name_of', { name: 'Clé bleue' })).fill('Clé verte');
      await clickThrough(
        rows.filter({ hasText: 'Clé bleue' }).getByRole('button', { name: t('security.rename_submit') }),
      );
      expect(await said()).toBe(t('notice.factor_named'));
      expect(await names.allTextContents()).toEqual(['Clé verte', 'Tournesol']);

      await clickThrough(rows.filter({ hasText: 'Tournesol' }).getByRole('link', { name: t('security.remove') }));
      await press('remove_factor.submit');
      expect(await said()).toBe(t('notice.factor_removed'));
      expect(await names.allTextContents()).toEqual(['Clé verte']);
      await second.unplug();
    });

    test('is refused by the one that was removed, in words', async () => {
      const { t, answer, press, expectSound } = desk;
      await desk.leave();
      await answer(() => press('passkey.sign_in'));
      expect(await page.getByRole('alert').textContent()).toContain(t('error.passkey_wrong'));
      await expectSound();
    });
  });

  test('an administrator of whom a second factor is asked sets one up on the way', async () => {
    const desk = await sitDown('odile', 'en');
    const { page, t, answer, press, follow, heading, expectSound } = desk;
    await desk.byPassword();
    expect(await heading()).toBe(t('enrol.title'));
    await follow('enrol.try_passkey');
    await expectSound();
    await answer(() => press('passkey.create'));
    expect(await heading()).toBe(t('recovery_codes.title'));
    await follow('recovery_codes.kept');
    expect(await heading()).toBe(t('home.title'));
    await page.goto(`${house.url}/admin/accounts`);
    expect(page.url()).toBe(`${house.url}/admin/accounts`);
    await page.goto(`${house.url}/account/security`);
    expect(await page.locator('section[aria-labelledby=passkeys-heading] strong').allTextContents()).toEqual([
      'Chrome, Linux',
    ]);
    await desk.window.context.close();
  });

  test('without script nobody is offered one, and everything else works', async () => {
    const window = await openWindow(browser, { locale: 'en', javaScriptEnabled: false });
    const { page } = window;
    const t = translator('en');
    await page.goto(house.url);
    expect(await page.getByRole('button', { name: t('passkey.sign_in') }).count()).toBe(0);
    await addPerson(house.parts, 'maud');
    await page.getByLabel(t('sign_in.login')).fill('maud');
    await page.getByLabel(t('sign_in.password'), { exact: true }).fill(PEOPLE.maud.password);
    await clickThrough(page.getByRole('button', { name: t('sign_in.submit'), exact: true }));
    await page.goto(`${house.url}/account/security/passkey`);
    expect(await page.getByText(t('passkey.cannot')).isVisible()).toBe(true);
    expect(await page.getByRole('button', { name: t('passkey.create') }).count()).toBe(0);
    await window.context.close();
  });
});
