import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { translator, type Language } from '../../views/text.ts';
import { browserPresent, launchBrowser, makeHand, openWindow, type Window } from '../browser.ts';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';

const visits: { person: PersonName; language: Language; javaScriptEnabled: boolean }[] = [
  { person: 'alix', language: 'en', javaScriptEnabled: true },
  { person: 'bruno', language: 'fr', javaScriptEnabled: false },
];
const CHOSEN = 'four foxes and a ferry';
/** The places in the question, in both languages; a place among the words. */
const PLACES: Readonly<Record<Language, readonly string[]>> = {
  en: ['first', 'second', 'third', 'fourth', 'fifth', 'last'],
  fr: ['premier', 'deuxième', 'troisième', 'quatrième', 'cinquième', 'dernier'],
};

describe.skipIf(!browserPresent)('finding back to an account in a browser', () => {
  let catcher: MailCatcher;
  let house: House;
  let browser: Browser;

  beforeAll(async () => {
    catcher = await openMailCatcher();
    const settings = { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@example.org', ALUCO_NAME: 'La Hulotte' };
    [house, browser] = await Promise.all([openHouse({ settings }), launchBrowser()]);
    await addPerson(house.parts, 'odile');
  });
  afterAll(async () => {
    await browser?.close();
    await house?.close();
    await catcher?.close();
  });

  describe.each(visits)('$person, in $language, with script: $javaScriptEnabled', (visit) => {
    const { person, language, javaScriptEnabled } = visit;
    const { mailbox, loginName } = PEOPLE[person];
    const t = translator(language);
    let window: Window;
    let page: Page;
    const axe = javaScriptEnabled ? 'everything' : 'nothing';
    const { press, follow, heading, said, expectSound } = makeHand(() => window, language, axe);

    async function letterTo(address: string): Promise<string> {
      await house.parts.mail.deliver();
      // Letters of one delivery leave in any order, and not each has a link.
      return (
        catcher.letters
          .filter(({ to }) => to === address)
          .flatMap(({ links }) => links.filter((link) => link.includes('/link/')))
          .at(-1) ?? ''
      );
    }

    /** What takes the place of the work where no script runs. */
    async function answer(): Promise<void> {
      if (javaScriptEnabled) return;
      const label = (await page.locator('label[for=work]').textContent()) ?? '';
      const words = /:\s*([^?.]+)/u.exec(label)?.[1]?.trim().split(', ') ?? [];
      const place = PLACES[language].findIndex((name) => label.includes(name));
      await page.locator('#work').fill(words[place] ?? '');
    }

    beforeAll(async () => {
      const account = await addPerson(house.parts, person);
      await house.parts.accounts.setLanguage(account.id, language);
      window = await openWindow(browser, { javaScriptEnabled, locale: language, reducedMotion: 'reduce' });
      page = window.page;
    });
    afterAll(() => window?.context.close());

    test('a letter brings them back to the sign-in they came from, with a new password', async () => {
      await page.goto(`${house.url}/activity`);
      await follow('sign_in.forgotten');
      expect(await heading()).toBe(t('forgotten.title'));
      await expectSound();
      await page.getByLabel(t('sign_in.login')).fill(mailbox);
      await answer();
      await press('recovery.submit');
      await page.getByRole('heading', { level: 1, name: t('recovery.sent_title') }).waitFor();
      await expectSound();
      await page.goto(await letterTo(mailbox));
      expect(await heading()).toBe(t('link.password_title'));
      await expectSound();
      await page.getByLabel(t('account.password_new'), { exact: true }).fill(CHOSEN);
      await press('link.password_submit');
      expect(await heading()).toBe(t('link.done_title'));
      await expectSound();
      await follow('link.done_sign_in');
      await page.getByLabel(t('sign_in.login')).fill(loginName);
      await page.getByLabel(t('sign_in.password'), { exact: true }).fill(CHOSEN);
      await press('sign_in.submit');
      expect(await heading()).toBe(t('activity.title'));
      expect(await page.getByText(t('event.password_recovered')).count()).toBe(1);
    });

    test('another address counts once its letter was opened, and the one before takes it back', async () => {
      const other = `${person}@else.example`;
      await page.goto(`${house.url}/account`);
      await expectSound();
      await follow('account.address_change');
      await expectSound();
      await page.getByLabel(t('account.address_new')).fill(other);
      await press('account.address_send');
      expect(await said()).toBe(t('notice.letter_sent'));
      await expectSound();
      await page.goto(await letterTo(other));
      expect(await heading()).toBe(t('mailbox.confirm_title'));
      await expectSound();
      await press('mailbox.confirm_submit');
      expect(await heading()).toBe(t('mailbox.confirmed_title'));
      await expectSound();
      await page.goto(await letterTo(mailbox));
      expect(await heading()).toBe(t('mailbox.undo_title'));
      await expectSound();
      await press('mailbox.undo_submit');
      expect(await heading()).toBe(t('mailbox.undone_title'));
      await expectSound();
      expect(await house.parts.accounts.findByLogin(loginName)).toMatchObject({ mailbox, mailboxVerified: true });
    });

    test('a link that an administrator made is stopped by the letter', async () => {
      const account = await house.parts.accounts.findByLogin(loginName);
      const { token } = await house.parts.accounts.passwordLinks.make(account?.id ?? '');
      await page.goto(`${house.url}/link/${token}`);
      expect(await heading()).toBe(t('link.waits_title'));
      await expectSound();
      await page.goto(await letterTo(mailbox));
      expect(await heading()).toBe(t('stop_link.title'));
      await expectSound();
      await press('stop_link.submit');
      expect(await heading()).toBe(t('stop_link.done_title'));
      await expectSound();
    });
  });
});
