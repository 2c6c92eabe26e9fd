import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { translator } from '../../views/text.ts';
import { browserPresent, clickThrough, launchBrowser, makeHand, openWindow, type Window } from '../browser.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';

const MOON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4"/></svg>';
/** One white pixel. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=', 'base64');

describe.skipIf(!browserPresent)("administrators' pages in a browser", () => {
  let house: House;
  let browser: Browser;

  beforeAll(async () => {
    [house, browser] = await Promise.all([openHouse(), launchBrowser()]);
    for (const name of ['odile', 'bruno'] as const) await addPerson(house.parts, name);
  });
  afterAll(async () => {
    await browser?.close();
    await house?.close();
  });

  async function signedIn(person: PersonName, javaScriptEnabled = true): Promise<Window> {
    const window = await openWindow(browser, {
      javaScriptEnabled,
      locale: 'en',
      viewport: { width: 1280, height: 800 },
      reducedMotion: 'reduce',
    });
    await window.page.goto(house.url);
    await window.page.locator('#login').fill(PEOPLE[person].loginName);
    await window.page.locator('#password').fill(PEOPLE[person].password);
    await clickThrough(window.page.locator('form[action$="/sign-in"] button.primary'));
    return window;
  }

  test('a plain person finds nothing of them, and may open none', async () => {
    const { page, context } = await signedIn('bruno');
    expect(await page.locator('a[href^="/admin"]').count()).toBe(0);
    for (const address of [
      'applications',
      'applications/new',
      'applications/new/mastodon',
      'groups',
      'clients/none',
      'groups/none',
    ]) {
      const answer = await page.goto(`${house.url}/admin/${address}`);
      expect([address, answer?.status()]).toEqual([address, 403]);
    }
    expect(await page.locator('main').textContent()).toContain(translator('en')('error.forbidden'));
    await context.close();
  });

  describe.each([
    { language: 'fr', javaScriptEnabled: true },
    { language: 'en', javaScriptEnabled: false },
  ] as const)('for odile, in $language, with script: $javaScriptEnabled', ({ language, javaScriptEnabled }) => {
    const t = translator(language);
    const application = `Blog ${language}`;
    let window: Window;
    let page: Page;
    let clientUrl = '';

    const axe = javaScriptEnabled ? 'everything' : 'nothing';
    const { press, said, expectSound } = makeHand(() => window, language, axe);

    beforeAll(async () => {
      const odile = await house.parts.accounts.findByLogin(PEOPLE.odile.loginName);
      if (odile !== undefined) await house.parts.accounts.setLanguage(odile.id, language);
      window = await signedIn('odile', javaScriptEnabled);
      page = window.page;
    });
    afterAll(() => window?.context.close());

    test('a group is made, filled, renamed and emptied', async () => {
      await page.goto(`${house.url}/admin/groups`);
      await press('admin.groups.create');
      expect(await page.locator('#name-error').textContent()).toContain(t('error.group_name_invalid'));
      await page.getByLabel(t('admin.groups.name')).fill(`Radio ${language}`);
      await press('admin.groups.create');
      expect(await said()).toBe(t('notice.group_created', { name: `Radio ${language}` }));
      await page.getByLabel(t('admin.group.login')).fill('nobody_here');
      await press('admin.group.add');
      expect(await page.locator('#login-error').textContent()).toContain(t('error.account_unknown'));
      await page.getByLabel(t('admin.group.login')).fill('bruno');
      await press('admin.group.add');
      expect(await page.locator('.rows .row').textContent()).toContain('bruno');
      await expectSound();
      await page.locator('#rename-name').fill(`Radio du lac ${language}`);
      await press('admin.group.rename');
      expect(await said()).toBe(t('notice.group_renamed', { name: `Radio du lac ${language}` }));
      await press('admin.group.remove');
      expect(await page.getByText(t('admin.group.empty')).count()).toBe(1);
    });

    test('an application is added once all its settings are right', async () => {
      await page.goto(`${house.url}/admin/applications/new`);
      await clickThrough(page.getByRole('link', { name: t('admin.template.choose_hand'), exact: true }));
      const picture = { name: 'pixel.gif', mimeType: 'image/gif', buffer: PIXEL };
      await page.getByLabel(t('admin.application.icon')).setInputFiles(picture);
      await press('admin.application.create');
      expect(await page.locator('.problem li').allTextContents()).toEqual([
        t('error.application_name_required'),
        t('error.url_invalid'),
        t('error.choice_required'),
      ]);
      await expectSound();
      await page.getByLabel(t('admin.application.name'), { exact: true }).fill(application);
      await page.getByLabel(t('admin.application.home'), { exact: true }).fill('https://blog.example/');
      await page.getByRole('radio', { name: t('admin.people.none') }).check();
      // The picture chosen before stays chosen.
      expect(await page.locator('img.picture').count()).toBe(1);
      await press('admin.application.create');
      expect(await said()).toBe(t('notice.application_created', { name: application }));
      expect(await page.locator('.title-row img.mark').count()).toBe(1);
    });

    test('a picture is taken away again', async () => {
      await page.getByLabel(t('admin.application.icon_remove')).check();
      await press('admin.save');
      expect(await said()).toBe(t('notice.saved'));
      expect(await page.locator('.title-row img.mark').count()).toBe(0);
      expect(await page.getByLabel(t('admin.application.icon_remove')).count()).toBe(0);
    });

    test('the house gets a name, a logo, a colour and somebody to ask, at once', async () => {
      await page.goto(`${house.url}/admin/house`);
      await expectSound();
      await page.getByLabel(t('admin.house.colour')).fill('brown');
      await page.getByLabel(t('admin.house.name')).fill(`Mill ${language}`);
      await page.getByLabel(t('admin.house.contact')).fill('odile@home.example');
      await page
        .locator('#picture')
        .setInputFiles({ name: 'moon.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(MOON) });
      await press('admin.save');
      expect(await page.locator('#colour-error').textContent()).toContain(t('error.setting_invalid_colour'));
      await expectSound();
      await page.getByLabel(t('admin.house.colour')).fill('#7a3e12');
      await press('admin.save');
      expect(await said()).toBe(t('notice.saved'));
      expect(await page.locator('.home').textContent()).toBe(`Mill ${language}`);
      expect(await page.locator('.bottom').textContent()).toContain('odile@home.example');
      expect(await page.locator('.home img').getAttribute('src')).toMatch(/^\/look\/.+\.svg$/u);
      expect(await page.evaluate(`document.querySelector('.home img').naturalWidth > 0`)).toBe(true);
      const colour = `getComputedStyle(document.querySelector('main .primary')).backgroundColor`;
      expect(await page.evaluate(colour)).toBe('rgb(122, 62, 18)');
      await expectSound();
    });

    test('what counts only with a certain choice is shown with that choice', async () => {
      await page.goto(`${house.url}/admin/applications`);
      await clickThrough(page.getByRole('link', { name: application }));
      const pattern = page.getByLabel(t('admin.application.rule_pattern'));
      const groups = page.getByRole('checkbox', { name: `Radio du lac ${language}` });
      expect([await pattern.isVisible(), await groups.isVisible()]).toEqual([false, false]);
      await page.locator('#rulePreset').selectOption('own');
      await page.getByRole('radio', { name: t('admin.application.entry_groups') }).check();
      expect([await pattern.isVisible(), await groups.isVisible()]).toEqual([true, true]);
      await pattern.fill('[a-z]+(');
      await groups.check();
      await press('admin.save');
      expect(await page.locator('#rulePattern-error').textContent()).toContain(t('error.pattern_invalid'));
      await page.getByLabel(t('admin.application.rule_pattern')).fill('[a-z]+');
      await press('admin.save');
      expect(await said()).toBe(t('notice.saved'));
      expect(await groups.isChecked()).toBe(true);
      await expectSound();
    });

    test('a client is added, and its secret shown this once', async () => {
      await clickThrough(page.getByRole('link', { name: t('admin.application.client_add') }));
      await page.getByLabel(t('admin.client.label')).fill('Web');
      await page.locator('#redirectUris').fill('ftp://blog.example/');
      await press('admin.client.create');
      const wrong = t('error.redirect_uri_invalid', { uri: 'ftp://blog.example/' });
      expect(await page.locator('#redirectUris-error').textContent()).toContain(wrong);
      await expectSound();
      await page.locator('#redirectUris').fill('https://blog.example/callback');
      await page.getByRole('checkbox', { name: t('admin.client.by_address') }).check();
      await press('admin.client.create');
      expect(await page.locator('.copy.large code').textContent()).toMatch(/^[\w-]{43}$/u);
      await expectSound();
      const id = await page.locator('.facts code').first().textContent();
      clientUrl = `${house.url}/admin/clients/${id}`;
      await page.goto(clientUrl);
      expect(await page.locator('.copy.large').count()).toBe(0);
      expect(await page.getByRole('checkbox', { name: t('admin.client.by_address') }).isChecked()).toBe(true);
    });

    test('its settings are changed, and a new secret takes the place of the old one', async () => {
      await page.getByRole('radio', { name: 'client_secret_post' }).check();
      await press('admin.save');
      expect(await said()).toBe(t('notice.saved'));
      await press('admin.client.new_secret_submit');
      expect(await said()).toBe(t('admin.client.notice_secret'));
      expect(await page.locator('.copy.large code').textContent()).toMatch(/^[\w-]{43}$/u);
      await page.getByRole('radio', { name: 'private_key_jwt' }).check();
      expect(await page.locator('#jwks').isVisible()).toBe(true);
      await press('admin.save');
      expect(await page.locator('#jwks-error').textContent()).toContain(t('error.jwks_invalid'));
      await page.goto(`${house.url}/admin/applications`);
      expect(await page.locator('main').textContent()).toContain(application);
      await expectSound();
    });

    test('an application that we know is added by answering a few questions, and says what to write into it', async () => {
      await page.goto(`${house.url}/admin/applications/new`);
      await expectSound();
      await clickThrough(page.getByRole('link', { name: 'Mastodon', exact: true }));
      await press('admin.application.create');
      expect(await page.locator('.problem li').allTextContents()).toEqual([
        t('error.application_name_required'),
        t('error.url_invalid'),
        t('error.choice_required'),
      ]);
      await expectSound();
      await page.getByLabel(t('admin.application.name'), { exact: true }).fill(`Mastodon ${language}`);
      await page.locator('#address').fill('https://social.example/');
      await page.getByLabel(t('admin.template.ask_button')).fill(`L'oiseau "${language}" #1 `);
      await page.getByRole('radio', { name: t('admin.template.people_none') }).check();
      await press('admin.application.create');
      expect(await said()).toBe(t('admin.template.created', { application: `Mastodon ${language}` }));
      await expectSound();
      const lines = (await page.locator('pre code').textContent()) ?? '';
      expect(lines).toContain(`OIDC_DISPLAY_NAME="L'oiseau \\"${language}\\" #1 "\n`);
      expect(lines).toMatch(/^OIDC_CLIENT_SECRET=[\w-]{43}$/mu);
      const [file] = await Promise.all([page.waitForEvent('download'), press('admin.template.download')]);
      expect(file.suggestedFilename()).toBe('aluco-mastodon.txt');
      expect(await readFile(await file.path(), 'utf8')).toContain(`\n${lines}\n`);
      if (javaScriptEnabled) {
        await window.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: house.url });
        await clickThrough(page.locator('.copy.lines button'));
        await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(lines);
      }
      await clickThrough(page.getByRole('link', { name: t('back.to', { application: `Mastodon ${language}` }) }));
      await clickThrough(page.getByRole('link', { name: t('admin.template.link') }));
      const later = (await page.locator('pre code').textContent()) ?? '';
      expect(later).toContain(`OIDC_CLIENT_SECRET=${t('admin.template.secret_here')}`);
      await expectSound();
    });
  });
});
