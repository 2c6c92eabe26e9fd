import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Language } from '../../views/text.ts';
import { browserPresent, launchBrowser } from '../browser.ts';
import { PEOPLE } from '../people.ts';
import { openWeek, type Desk, type Week } from './first-week.ts';

const weeks: { language: Language; urgentAtOnce: boolean; appointed: 'by link' | 'by page' }[] = [
  { language: 'fr', urgentAtOnce: true, appointed: 'by link' },
  { language: 'en', urgentAtOnce: false, appointed: 'by page' },
];

const BIRDS = ['avocet', 'bruant', 'crave', 'dunlin', 'eider', 'fauvette', 'garrot', 'huppe', 'ibis', 'jaseur'];
const MORE_BIRDS = ['knot', 'linotte', 'marouette', 'nette'];
const SPAM = 'Bonus casino: 500 free spins, click now';

/** A guard against hanging, in milliseconds: each test is many pages, and axe reads all of them. */
const PATIENCE = 300_000;

describe.skipIf(!browserPresent)('a moderator’s first week, without script', { timeout: PATIENCE }, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  describe.each(weeks)('in $language, appointed $appointed, urgent at once: $urgentAtOnce', (given) => {
    const { language, urgentAtOnce, appointed } = given;
    let week: Week;
    let t: Week['t'];
    let maud: Desk;
    let odile: Desk;
    let bruno: Desk;
    let alix: Desk;

    beforeAll(async () => {
      week = await openWeek(browser, language);
      ({ t } = week);
      maud = await week.desk('maud');
      odile = await week.desk('odile');
      bruno = await week.desk('bruno');
      alix = await week.desk('alix');
    });
    afterAll(async () => {
      await Promise.all([maud, odile, bruno, alix].map((desk) => desk?.close()));
      await week?.close();
    });

    /** Opens Maud's page of a profile as she finds it: by the name that the application shows. */
    async function find(desk: Desk, name: string): Promise<void> {
      await desk.page.goto(week.at('/profiles'));
      await desk.page.locator('#text').fill(name);
      await desk.press('moderation.search_submit');
      await desk.expectSound();
      await desk.page.getByRole('link', { name, exact: true }).click();
      expect(await desk.heading()).toBe(name);
    }

    test('Odile appoints Maud, who reads what that means', async () => {
      await odile.signIn(`${week.house.url}/admin/applications/${week.applicationId}`);
      await odile.follow('admin.moderators.open');
      expect(await odile.heading()).toBe(t('admin.moderators.title', { application: 'Mastodon' }));
      await odile.expectSound();
      if (appointed === 'by page') {
        await odile.page.locator('#login').fill(PEOPLE.maud.loginName);
        await odile.press('admin.moderators.appoint');
        expect(await odile.said()).toBe(t('notice.moderator_added'));
        const { links } = await week.letter('maud', 'mail.moderator_appointed.subject');
        await maud.signIn(links.find((link) => link.endsWith('/moderation')) ?? '');
        await maud.page.getByRole('link', { name: 'Mastodon', exact: true }).click();
      } else {
        await odile.press('admin.moderators.link');
        const link = await odile.page.locator('#one-time ~ .reference code').textContent();
        await maud.signIn(link ?? '');
        expect(await maud.heading()).toBe(t('appointment.title', { application: 'Mastodon' }));
        await maud.expectSound();
        await maud.press('appointment.accept');
        expect(await maud.said()).toBe(t('notice.moderator_self'));
      }
      await odile.expectSound();
      expect(await maud.heading()).toBe(t('moderation.requests_title', { application: 'Mastodon' }));
      expect(await maud.words()).toContain(t('moderation.total', { count: 0 }));
      await maud.expectSound();
    });

    test('Bruno asks for a profile on the way to the application, and waits', async () => {
      await bruno.signIn(`${week.town.url}/sign-in`);
      expect(await bruno.heading()).toBe(t('ask.title', { application: 'Mastodon' }));
      await bruno.expectSound();
      await bruno.page.locator('#name').fill('loriot');
      await bruno.page.locator('#words').fill('I photograph birds by the harbour.');
      await bruno.press('ask.submit');
      expect(await bruno.heading()).toBe(t('wait.title', { application: 'Mastodon' }));
      await bruno.expectSound();
    });

    test('forty requests wait; the twenty-five of one spammer go at once, with a reason', async () => {
      for (let index = 0; index < 25; index += 1) await week.newcomer(`kontor${index}`, `lucky_${index}`, SPAM);
      for (const name of [...BIRDS, ...MORE_BIRDS]) await week.newcomer(`${name}land`, name, `I am fond of ${name}s.`);
      await maud.page.goto(`${week.house.url}/moderation`);
      expect(await maud.words()).toContain(t('moderation.waiting', { count: 40 }));
      await maud.expectSound();
      await maud.page.getByRole('link', { name: 'Mastodon', exact: true }).click();
      await maud.expectSound();
      await maud.page.locator('#tick').fill('casino');
      await maud.press('moderation.tick_submit');
      expect(await maud.page.locator('[name=request]:checked').count()).toBe(25);
      await maud.press('moderation.refuse');
      expect(await maud.page.locator('#reason-error').textContent()).toContain(t('error.reason_unknown'));
      expect(await maud.page.locator('[name=request]:checked').count()).toBe(25);
      await maud.expectSound();
      await maud.page.locator('#reason').selectOption('spam');
      await maud.press('moderation.refuse');
      expect(await maud.said()).toBe(t('notice.profile_requests_decided'));
      expect(await maud.page.locator('[name=request]').count()).toBe(15);
      expect(await maud.words()).not.toContain('lucky_');
      await maud.expectSound();
    });

    test('Maud asks Bruno a question, and reads his answer', async () => {
      await maud.follow('moderation.open', { name: 'loriot' });
      expect(await maud.heading()).toBe(t('moderation.request_title', { name: 'loriot' }));
      await maud.expectSound();
      await maud.page.locator('#question').fill('Which harbour?');
      await maud.press('moderation.ask_send');
      expect(await maud.words()).toContain('Which harbour?');
      await maud.expectSound();
      const { links } = await week.letter('bruno', 'mail.request_question.subject');
      await bruno.signIn(links.find((link) => link.includes('/profiles/')) ?? '');
      expect(await bruno.heading()).toBe('loriot');
      await bruno.expectSound();
      await bruno.page.locator('#answer').fill('The old one, behind the mill.');
      await bruno.press('request.send');
      expect(await bruno.said()).toBe(t('notice.answer_sent'));
      await bruno.expectSound();
      await maud.page.reload();
      expect(await maud.words()).toContain('The old one, behind the mill.');
      await maud.expectSound();
    });

    test('she approves the others, and a letter leads Bruno to the button that opens the application', async () => {
      await maud.page.goto(week.at(''));
      await maud.press('moderation.tick_submit');
      expect(await maud.page.locator('[name=request]:checked').count()).toBe(15);
      await maud.press('moderation.approve');
      expect(await maud.said()).toBe(t('notice.profile_requests_decided'));
      expect(await maud.words()).toContain(t('moderation.total', { count: 0 }));
      await maud.expectSound();
      const { links } = await week.letter('bruno', 'mail.request_approved.subject');
      await bruno.close();
      bruno = await week.desk('bruno');
      await bruno.signIn(links.find((link) => link.includes('/profiles/')) ?? '');
      expect(await bruno.heading()).toBe('loriot');
      await bruno.expectSound();
      await bruno.follow('request.open', { application: 'Mastodon' });
      await bruno.page.getByRole('link', { name: 'Sign in' }).click();
      await bruno.expectSound();
      await bruno.page.getByRole('button', { name: /loriot/u }).click();
      expect(await bruno.heading()).toBe('Mastodon received');
    });

    test('of a profile that somebody reports she reads the history, writes a note and warns; its owner reads it first', async () => {
      await find(maud, (await bruno.page.locator('#preferred_username').textContent()) ?? '');
      expect(await maud.words()).toContain(t('happened.approved'));
      await maud.expectSound();
      await maud.follow('moderation.action.note');
      await maud.expectSound();
      await maud.page.locator('#words').fill('Reported by two neighbours.');
      await maud.press('moderation.action.note');
      expect(await maud.said()).toBe(t('notice.decided'));
      await maud.follow('moderation.action.warn');
      await maud.expectSound();
      await maud.page.locator('#reason').selectOption('harassment');
      await maud.page.locator('#words').fill('Leave the anglers alone.');
      await maud.press('moderation.action.warn');
      expect(await maud.words()).toContain(t('moderation.unread_warnings', { count: 1 }));
      await maud.expectSound();
      const { text } = await week.letter('bruno', 'mail.profile_warned.subject');
      expect(text).toContain('Leave the anglers alone.');
      expect(text).not.toContain('neighbours');
      await bruno.page.goto(`${week.town.url}/sign-in`);
      expect(await bruno.heading()).toBe(t('say.title', { application: 'Mastodon' }));
      expect(await bruno.words()).toContain('Leave the anglers alone.');
      await bruno.expectSound();
      await bruno.press('say.read');
      expect(await bruno.heading()).toBe('Mastodon received');
      await maud.page.reload();
      expect(await maud.words()).toContain(t('happened.acknowledged'));
      expect(await maud.words()).not.toContain(t('moderation.unread_warnings', { count: 1 }));
    });

    test('an urgent new profile goes before others; where it is given at once, it is looked at afterwards', async () => {
      await week.setRules({ moderation: { urgentAtOnce, overdueDays: 7, reasons: [] } });
      await week.settled('alix', 'mesange');
      await week.newcomer('aigretteland', 'aigrette', 'I am fond of egrets.');
      await alix.signIn(`${week.house.url}/applications/${week.applicationId}/new`);
      await alix.expectSound();
      await alix.page.locator('#name').fill('pinson');
      await alix.page.locator('#words').fill('Somebody follows me from post to post.');
      await alix.page.locator('#urgent').check();
      await alix.press('ask.submit');
      await alix.expectSound();
      expect(await alix.words()).toContain(
        t(urgentAtOnce ? 'request.given' : 'request.urgent', { application: 'Mastodon' }),
      );
      await maud.page.goto(week.at(''));
      expect(await maud.page.locator('label[for^=request]').allTextContents()).toEqual(['pinson', 'aigrette']);
      expect((await maud.words()).includes(t('moderation.request_review'))).toBe(urgentAtOnce);
      await maud.expectSound();
      await maud.follow('moderation.open', { name: 'pinson' });
      await maud.expectSound();
      await maud.press('moderation.approve');
      expect(await maud.said()).toBe(t('notice.profile_requests_decided'));
      await alix.page.reload();
      expect(await alix.words()).toContain(t('status.active'));
    });

    test('a block for a week says what it ends and what to run there; a colleague hears the appeal', async () => {
      await find(maud, 'loriot');
      await maud.follow('moderation.action.block');
      const words = await maud.words();
      expect(words).toContain(t('moderation.means.block', { application: 'Mastodon', name: 'loriot' }));
      expect(words).toContain(t('moderation.goes_on', { application: 'Mastodon', name: 'loriot' }));
      expect(words).toContain('bin/tootctl accounts modify --disable loriot');
      await maud.expectSound();
      await maud.page.locator('#days').fill('7');
      await maud.page.locator('#reason').selectOption('harassment');
      await maud.page.locator('#words').fill('Again, after the warning.');
      await maud.press('moderation.action.block');
      expect(await maud.said()).toBe(t('notice.decided'));
      await maud.expectSound();

      const { links, text } = await week.letter('bruno', 'mail.profile_blocked.subject');
      expect(text).toContain('Again, after the warning.');
      await bruno.page.goto(`${week.town.url}/sign-in`);
      expect(await bruno.heading()).not.toBe('Mastodon received');
      await bruno.expectSound();
      await bruno.page.goto(links.find((link) => link.includes('/profiles/')) ?? '');
      expect(await bruno.words()).not.toContain(PEOPLE.maud.loginName);
      await bruno.expectSound();
      const block = bruno.page.getByRole('listitem').filter({ hasText: 'Again, after the warning.' });
      await block.getByRole('link', { name: t('decisions.appeal_go') }).click();
      await bruno.expectSound();
      await bruno.page.locator('#words').fill('It was not me, it was the heron.');
      await bruno.press('appeal.submit');
      expect(await bruno.said()).toBe(t('notice.appeal_sent'));
      await bruno.expectSound();

      await maud.page.goto(week.at('/appeals'));
      expect(await maud.words()).toContain(t('moderation.appeal_own'));
      await maud.expectSound();
      await odile.page.goto(`${week.house.url}/admin/applications/${week.applicationId}/moderators`);
      await odile.page.locator('#login').fill(PEOPLE.noé.loginName);
      await odile.press('admin.moderators.appoint');
      const noé = await week.desk('noé');
      await noé.signIn(week.at('/appeals'));
      await noé.follow('moderation.appeal_open', { name: 'loriot' });
      expect(await noé.words()).toContain('It was not me, it was the heron.');
      await noé.expectSound();
      await noé.page.getByLabel(t('moderation.appeal_grant'), { exact: true }).check();
      await noé.page.locator('#words').fill('The heron confessed.');
      await noé.press('moderation.appeal_submit');
      expect(await noé.said()).toBe(t('notice.decided'));
      await noé.expectSound();
      await find(noé, 'loriot');
      expect(await noé.words()).toContain(t('happened.by', { login: PEOPLE.maud.loginName }));
      await noé.close();

      expect((await week.letter('bruno', 'mail.appeal_granted.subject')).text).toContain('The heron confessed.');
      await bruno.page.goto(`${week.town.url}/sign-in`);
      await bruno.page.getByRole('button', { name: /loriot/u }).click();
      expect(await bruno.heading()).toBe('Mastodon received');
    });

    test('a higher number of profiles says what it means before it holds', async () => {
      const further = `${week.house.url}/applications/${week.applicationId}/new`;
      await alix.page.goto(further);
      expect(await alix.words()).toContain(t('error.quota_full', { limit: 2 }));
      await alix.expectSound();
      await maud.page.goto(week.at('/rules'));
      await maud.expectSound();
      await maud.page.locator('#quota').fill('3');
      await maud.press('moderation.rules.next');
      expect(await maud.words()).toContain(t('moderation.rules.raised', { quota: 3 }));
      expect(await maud.words()).toContain(t('moderation.rules.kept'));
      await maud.expectSound();
      await alix.page.goto(further);
      expect(await alix.words()).toContain(t('error.quota_full', { limit: 2 }));
      await maud.press('moderation.rules.confirm');
      expect(await maud.said()).toBe(t('notice.saved'));
      await maud.expectSound();
      await alix.page.goto(further);
      await alix.page.locator('#name').fill('sittelle');
      await alix.page.locator('#words').fill('For the choir.');
      await alix.press('ask.submit');
      expect(await alix.said()).toBe(t('notice.request_sent'));
    });

    test('more profiles are granted blind, on a request', async () => {
      await maud.page.goto(week.at(''));
      await maud.follow('moderation.open', { name: 'sittelle' });
      await maud.follow('moderation.to_profile', { name: 'sittelle' });
      await maud.expectSound();
      await maud.follow('moderation.action.except');
      await maud.expectSound();
      await maud.page.locator('#quota').fill('5');
      await maud.press('moderation.action.except');
      expect(await maud.said()).toBe(t('notice.decided'));
      await maud.page.goto(week.at('/exceptions'));
      expect(await maud.words()).toContain('sittelle');
      await maud.expectSound();
      await alix.page.goto(week.house.url);
      await alix.expectSound();
      expect(await alix.words()).toContain(t('home.quota', { used: 3, limit: 5 }));
    });

    test('Maud is dismissed while a page of hers is open: its form does nothing', async () => {
      await find(maud, 'huppe');
      await maud.follow('moderation.action.warn');
      await maud.page.locator('#reason').selectOption('other');
      await odile.page.goto(`${week.house.url}/admin/applications/${week.applicationId}/moderators`);
      const row = odile.page.getByRole('listitem').filter({ hasText: PEOPLE.maud.loginName });
      await row.getByRole('button', { name: t('admin.moderators.dismiss') }).click();
      expect(await odile.said()).toBe(t('notice.moderator_removed'));
      await odile.expectSound();
      await maud.press('moderation.action.warn');
      expect(await maud.words()).toContain(t('error.forbidden'));
      await maud.expectSound();
      await find(odile, 'huppe');
      expect(await odile.words()).not.toContain(t('happened.warned'));
      await odile.expectSound();
      await maud.page.goto(`${week.house.url}/moderation`);
      expect(await maud.words()).toContain(t('error.forbidden'));
    });
  });
});
