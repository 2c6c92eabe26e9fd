import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { translator, type Language } from '../../views/text.ts';
import { browserPresent, clickThrough, launchBrowser, makeHand, openWindow, type Window } from '../browser.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { openRelayHouse, type RelayHouse, type Sender } from '../mail/relay-house.ts';
import { PEOPLE, type PersonName } from '../people.ts';

const visits: { person: PersonName; language: Language; javaScriptEnabled: boolean; name: string }[] = [
  { person: 'alix', language: 'en', javaScriptEnabled: true, name: 'magpie_oaktree' },
  { person: 'bruno', language: 'fr', javaScriptEnabled: false, name: 'heron_reedbed' },
];

describe.skipIf(!browserPresent)("mail to one's profiles in a browser", () => {
  let place: RelayHouse;
  let catcher: MailCatcher;
  let browser: Browser;
  let meadow: Sender;
  let isFull = false;
  let later = 0;

  beforeAll(async () => {
    const full = Object.assign(new Error('5.2.2 <mailbox> is full'), { responseCode: 552 });
    catcher = await openMailCatcher({
      onRcptTo: ({ address }, _session, callback) =>
        isFull && address.endsWith('@home.example') ? callback(full) : callback(),
    });
    [place, browser] = await Promise.all([openRelayHouse({ catcher, now: () => Date.now() + later }), launchBrowser()]);
    meadow = await place.addSender('Meadow', 'meadow.example');
  });
  afterAll(async () => {
    await browser?.close();
    await place?.close();
    await catcher?.close();
  });

  describe.each(visits)('$person, in $language, with script: $javaScriptEnabled', (visit) => {
    const { person, language, javaScriptEnabled, name } = visit;
    const t = translator(language);
    const application = 'Meadow';
    const { mailbox } = PEOPLE[person];
    let account: Account;
    let profile: Profile;
    let alias: string;
    let window: Window;
    let page: Page;

    const axe = javaScriptEnabled ? 'everything' : 'nothing';
    const { press, follow, heading, said, expectSound } = makeHand(() => window, language, axe);
    const openMail = () => page.goto(`${place.house.url}/profiles/${profile.id}/mail`);

    beforeAll(async () => {
      account = await place.person(person);
      await place.house.parts.accounts.setLanguage(account.id, language);
      profile = await place.profile(account, meadow, name);
      alias = place.aliasOf(profile);
      window = await openWindow(browser, { javaScriptEnabled, locale: language, reducedMotion: 'reduce' });
      page = window.page;
      await page.goto(`${place.house.url}/mail`);
      await page.getByLabel(t('sign_in.login')).fill(PEOPLE[person].loginName);
      await page.getByLabel(t('sign_in.password'), { exact: true }).fill(PEOPLE[person].password);
      await press('sign_in.submit');
    });
    afterAll(() => window?.context.close());

    test('the page of mail shows the relay address, and leads to its log', async () => {
      expect(await heading()).toBe(t('relay.title'));
      await expectSound();
      expect(await page.locator('main').textContent()).toContain(alias);
      await clickThrough(page.getByRole('link', { name, exact: true }));
      expect(await heading()).toBe(t('relay.profile_title', { profile: name }));
      expect(await page.getByText(t('relay.log_empty')).count()).toBe(1);
      await expectSound();
    });

    test('a notification arrives, and an answer to it goes from the relay address', async () => {
      expect(await place.send(meadow, alias)).toMatchObject({ code: 250 });
      await place.next(mailbox);
      await openMail();
      await follow('relay.in_delivered');
      expect(await page.locator('main').textContent()).toContain('notify@meadow.example');
      await expectSound();
      await press('relay.answer_send');
      expect(await page.locator('#text-error').textContent()).toContain(t('error.mail_answer_empty'));
      await page.getByLabel(t('relay.answer_text')).fill(`Merci ! Écrivez à ${mailbox}`);
      await press('relay.answer_send');
      expect(await page.locator('#confirmed-error').textContent()).toContain(t('error.mail_tells_address'));
      await expectSound();
      await page.getByLabel(t('relay.answer_subject')).fill('Bonjour é');
      await page.getByLabel(t('relay.answer_text')).fill('Merci !\nÀ bientôt.');
      await press('relay.answer_send');
      expect(await said()).toBe(t('notice.mail_answered'));
      expect(await page.getByRole('link', { name: t('relay.out_waiting') }).count()).toBe(1);
      await expectSound();
      // Answers leave after a while of their own.
      later += 60_000;
      const answer = await place.next('notify@meadow.example');
      expect([answer.subject, answer.text.trim()]).toEqual(['Bonjour é', 'Merci !\nÀ bientôt.']);
      expect(answer.raw).toContain(`From: ${name} <${alias}>`);
      expect(answer.raw).not.toContain('home.example');
      await openMail();
      expect(await page.getByText(t('relay.out_delivered')).count()).toBe(1);
    });

    test('what is muted is not forwarded, what is kept waits until it is sent on', async () => {
      await page.getByLabel(t('relay.mode_muted'), { exact: true }).check();
      await clickThrough(page.locator('form[action$="/mode"]').getByRole('button'));
      expect(await said()).toBe(t('notice.saved'));
      expect(await place.send(meadow, alias)).toMatchObject({ code: 250 });
      await openMail();
      expect(await page.getByText(t('relay.in_muted')).count()).toBe(1);
      await page.getByLabel(t('relay.mode_held'), { exact: true }).check();
      await clickThrough(page.locator('form[action$="/mode"]').getByRole('button'));
      expect(await place.send(meadow, alias, { subject: 'kept' })).toMatchObject({ code: 250 });
      await openMail();
      await clickThrough(page.locator('section[aria-labelledby=attention]').getByRole('link'));
      expect(await heading()).toBe(t('relay.in_held_choice'));
      await expectSound();
      await press('relay.release');
      expect(await said()).toBe(t('notice.mail_again'));
      expect((await place.next(mailbox)).subject).toBe('kept');
      await page.getByLabel(t('relay.mode_on'), { exact: true }).check();
      await clickThrough(page.locator('form[action$="/mode"]').getByRole('button'));
    });

    test('a stranger is shown as what leaked, downloaded as it came, and thrown away or let through', async () => {
      await page.getByLabel(t('relay.strangers_hold'), { exact: true }).check();
      await clickThrough(page.locator('form[action$="/strangers"]').getByRole('button'));
      for (const subject of ['spam', 'more spam']) {
        const spam = place.message({ domain: 'evil.example' }, alias, { subject, text: '<b>bargain</b>' });
        expect(await place.hand(spam, 'offers@evil.example', alias)).toMatchObject({ code: 250 });
      }
      await openMail();
      const held = page.locator('section[aria-labelledby=attention]').getByRole('link');
      expect(await held.count()).toBe(2);
      await clickThrough(held.first());
      expect(await page.getByRole('heading', { name: t('relay.leak', { application }) }).count()).toBe(1);
      expect(await page.getByLabel(t('relay.answer_text')).count()).toBe(0);
      await expectSound();
      const [download] = await Promise.all([page.waitForEvent('download'), follow('relay.download')]);
      expect(download.suggestedFilename()).toBe('message.eml');
      const file = await readFile(await download.path(), 'utf8');
      expect(file).toContain('Subject: more spam\r\n');
      expect(file).toContain('<b>bargain</b>');
      await press('relay.discard');
      expect(await said()).toBe(t('notice.mail_discarded'));
      await clickThrough(held);
      await press('relay.through');
      expect((await place.next(mailbox)).subject).toBe('spam');
    });

    test('what could not be delivered says why, and is sent again', async () => {
      isFull = true;
      await place.send(meadow, alias, { subject: 'at last' });
      await place.settle();
      isFull = false;
      await page.goto(`${place.house.url}/mail`);
      expect(await page.getByText(t('relay.count_failed', { count: 1 })).count()).toBe(1);
      await openMail();
      await clickThrough(page.locator('section[aria-labelledby=attention]').getByRole('link'));
      expect(await heading()).toBe(t('relay.in_failed'));
      expect(await page.getByText(t('relay.reason_full')).count()).toBe(1);
      expect(await page.locator('blockquote').textContent()).toContain('is full');
      await expectSound();
      await press('relay.again');
      expect((await place.next(mailbox)).subject).toBe('at last');
    });

    test('who is blocked is not forwarded any more, and is again once they are not', async () => {
      await openMail();
      await follow('relay.people_go');
      expect(await heading()).toBe(t('relay.people_title', { profile: name }));
      const row = page.getByRole('listitem').filter({ hasText: 'notify@meadow.example' });
      await clickThrough(row.getByRole('button', { name: t('relay.block'), exact: true }));
      expect(await said()).toBe(t('notice.correspondent_blocked'));
      await expectSound();
      expect(await place.send(meadow, alias, { subject: 'blocked' })).toMatchObject({ code: 250 });
      await place.settle();
      expect(catcher.letters.filter(({ subject }) => subject === 'blocked')).toEqual([]);
      await clickThrough(row.getByRole('button', { name: t('relay.unblock') }));
      expect(await said()).toBe(t('notice.correspondent_unblocked'));
      await place.send(meadow, alias, { subject: 'not blocked' });
      expect((await place.next(mailbox)).subject).toBe('not blocked');
    });
  });
});
