import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { translator, type Language, type TextKey } from '../../views/text.ts';
import { browserPresent, clickThrough, launchBrowser, makeHand, openWindow, type Window } from '../browser.ts';
import { openHouse, type House } from '../house.ts';
import { addApplication, addPerson, PEOPLE, type PersonName } from '../people.ts';

const visits: { person: PersonName; language: Language; javaScriptEnabled: boolean; name: string }[] = [
  { person: 'alix', language: 'en', javaScriptEnabled: true, name: 'hulotte' },
  { person: 'bruno', language: 'fr', javaScriptEnabled: false, name: 'effraie' },
];
const NEW_PASSWORD = 'four foxes and a ferry';

describe.skipIf(!browserPresent)("a person's own pages in a browser", () => {
  let house: House;
  let browser: Browser;

  beforeAll(async () => {
    [house, browser] = await Promise.all([openHouse({ settings: { ALUCO_NAME: 'La Hulotte' } }), launchBrowser()]);
    await addPerson(house.parts, 'odile');
    await addApplication(house.parts, 'Blog', 'https://blog.example/');
    await house.parts.accounts.groups.create('Radio');
  });
  afterAll(async () => {
    await browser?.close();
    await house?.close();
  });

  describe.each(visits)('$person, in $language, with script: $javaScriptEnabled', (visit) => {
    const { person, language, javaScriptEnabled, name } = visit;
    const t = translator(language);
    let window: Window;
    let page: Page;

    const axe = javaScriptEnabled ? 'everything' : 'nothing';
    const { press, follow, heading, said, expectSound } = makeHand(() => window, language, axe);
    async function open(address: string, title: TextKey): Promise<void> {
      await page.goto(`${house.url}${address}`);
      expect(await heading()).toBe(t(title));
      await expectSound();
    }
    beforeAll(async () => {
      const account = await addPerson(house.parts, person);
      await house.parts.accounts.setLanguage(account.id, language);
      const [radio] = await house.parts.accounts.groups.list();
      await house.parts.accounts.groups.addMember(radio?.id ?? '', person);
      window = await openWindow(browser, { javaScriptEnabled, locale: language, reducedMotion: 'reduce' });
      page = window.page;
      await page.goto(house.url);
      await page.getByLabel(t('sign_in.login')).fill(PEOPLE[person].mailbox);
      await page.getByLabel(t('sign_in.password'), { exact: true }).fill(PEOPLE[person].password);
      await press('sign_in.submit');
    });
    afterAll(() => window?.context.close());

    test('at first there is no profile, and the way to one', async () => {
      expect(await heading()).toBe(t('home.title'));
      expect(await page.getByText(t('home.empty_title')).count()).toBe(1);
      await expectSound();
      await clickThrough(page.getByRole('link', { name: t('home.create') }));
      await page.getByLabel(t('create.name')).fill(name);
      await press('create.submit');
      expect(await said()).toBe(t('notice.profile_created', { name }));
      await expectSound();
    });

    test('a note too long is told so, a shorter one is kept', async () => {
      await page.getByLabel(t('note.label')).fill('a'.repeat(300));
      await press('note.save');
      expect(await page.locator('#note-error').textContent()).toContain('200');
      await page.getByLabel(t('note.label')).fill('with the neighbours');
      await press('note.save');
      expect(await said()).toBe(t('notice.note_saved'));
      expect(await page.getByLabel(t('note.label')).inputValue()).toBe('with the neighbours');
    });

    test('a group is shown to the application only when ticked', async () => {
      const received = page.locator('section[aria-labelledby=receives] dl');
      expect(await received.textContent()).not.toContain('Radio');
      await page.getByRole('checkbox', { name: 'Radio' }).check();
      await press('groups_shown.save');
      expect(await said()).toBe(t('notice.groups_saved'));
      expect(await received.textContent()).toContain('Radio');
    });

    test('a profile is retired after a question, and taken back', async () => {
      await clickThrough(page.getByRole('link', { name: t('retire.go') }));
      expect(await heading()).toBe(t('retire.question', { name }));
      await expectSound();
      await press('retire.submit', { name });
      expect(await said()).toBe(t('notice.profile_retired', { name }));
      await expectSound();
      await press('undo.submit');
      expect(await said()).toBe(t('notice.profile_restored', { name }));
    });

    test('the password is changed with the present one only, the address where somebody signed in lately', async () => {
      await open('/account', 'account.title');
      await follow('account.password_save');
      const password = page.locator('form[action="/account/password"]');
      await password.getByLabel(t('account.password_current')).fill('wrong');
      await password.getByLabel(t('account.password_new')).fill(NEW_PASSWORD);
      await press('account.password_save');
      expect(await page.locator('#current-error').textContent()).toContain(t('error.password_wrong'));
      await expectSound();
      await password.getByLabel(t('account.password_current')).fill(PEOPLE[person].password);
      await password.getByLabel(t('account.password_new')).fill(NEW_PASSWORD);
      await press('account.password_save');
      expect(await said()).toBe(t('notice.password_changed'));
      await follow('account.address_change');
      await expectSound();
      await page.getByLabel(t('account.address_new')).fill(`new.${person}@home.example`);
      await press('account.address_save');
      expect(await said()).toBe(t('notice.address_changed'));
      expect(await page.getByText(t('account.address_unverified')).count()).toBe(1);
    });

    test('the language is changed by the form and by the foot of the page', async () => {
      const shown = () => page.locator('html').getAttribute('lang');
      const other = language === 'fr' ? 'en' : 'fr';
      await page.getByRole('radio', { name: other === 'fr' ? 'Français' : 'English' }).check();
      await press('account.language_save');
      expect(await shown()).toBe(other);
      expect(await said()).toBe(translator(other)('notice.language_changed'));
      await clickThrough(page.locator('footer button'));
      expect(await shown()).toBe(language);
      expect(await heading()).toBe(t('account.title'));
    });

    test('the timeline says what happened, and where from', async () => {
      await open('/activity', 'activity.title');
      const lines = await page.locator('.timeline li p:last-child').allTextContents();
      expect(lines).toContain(t('event.profile_created', { profile: name, application: 'Blog' }));
      expect(lines).toContain(t('event.password_changed'));
      expect(lines.at(-1)).toMatch(/Chrom/u);
    });

    test('another browser is seen and ended, then all of them at once', async () => {
      const second = await openWindow(browser, { javaScriptEnabled, locale: language });
      await second.page.goto(house.url);
      await second.page.getByLabel(t('sign_in.login')).fill(PEOPLE[person].loginName);
      await second.page.getByLabel(t('sign_in.password'), { exact: true }).fill(NEW_PASSWORD);
      await clickThrough(second.page.getByRole('button', { name: t('sign_in.submit'), exact: true }));
      await open('/sessions', 'sessions.title');
      const rows = page.locator('.rows .row');
      expect(await rows.count()).toBe(2);
      await clickThrough(rows.filter({ hasNotText: t('sessions.current') }).getByRole('button'));
      expect(await said()).toBe(t('notice.session_ended'));
      expect(await rows.count()).toBe(1);
      await second.page.goto(house.url);
      expect(await second.page.getByLabel(t('sign_in.login')).count()).toBe(1);
      await second.context.close();
      await press('sessions.everywhere_submit');
      expect(await heading()).toBe(t('signed_out.title', { instance: 'La Hulotte' }));
      expect(window.complaints).toEqual([]);
    });
  });
});
