import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Account } from '../../src/accounts/accounts.ts';
import type { ApplicationSettings } from '../../src/applications/settings.ts';
import type { Profile } from '../../src/profiles/profiles.ts';
import { translator, type Language, type TextKey, type TextParams } from '../../views/text.ts';
import { makeHand, openMirror, openWindow } from '../browser.ts';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type Caught, type MailCatcher } from '../mail-catcher.ts';
import { addPerson, PEOPLE, type PersonName } from '../people.ts';
import { openVisibleService, type VisibleService } from './visible-service.ts';

/** What it is about: an application made from Mastodon's template, where moderators decide about every profile. */
const RULES: Partial<ApplicationSettings> = {
  policy: 'approved',
  quota: 2,
  template: { id: 'mastodon', answers: {} },
};

/** Everybody of the week, by the people of the tests. Maud and Noé moderate. */
const EVERYBODY: readonly PersonName[] = ['alix', 'bruno', 'maud', 'noé', 'odile'];
const MODERATORS: readonly PersonName[] = ['maud', 'noé'];

/** How long a letter or a page may take on a busy machine, in milliseconds: a guard against hanging. */
const PATIENCE = 45_000;

export type Week = Awaited<ReturnType<typeof openWeek>>;
export type Desk = Awaited<ReturnType<Week['desk']>>;

/** A house with an application, its mail, and a window without script for everybody, in one language. */
export async function openWeek(browser: Browser, language: Language) {
  const t = translator(language);
  const catcher: MailCatcher = await openMailCatcher();
  const settings = { ALUCO_SMTP: catcher.smtp, ALUCO_MAIL_FROM: 'aluco@example.org', ALUCO_NAME: 'La Hulotte' };
  const house: House = await openHouse({ settings });
  const { accounts, applications, mail, profiles } = house.parts;
  const town: VisibleService = await openVisibleService(house, 'Mastodon', RULES);
  const { id: applicationId } = town.service.application;
  const mirror = await openMirror(browser);
  const people = new Map<PersonName, Account>();
  for (const person of EVERYBODY) {
    const account = await addPerson(house.parts, person);
    await accounts.setLanguage(account.id, language);
    people.set(person, account);
  }
  /** What no page of a moderator may show: accounts and mailboxes of those they decide about. */
  const secrets: RegExp[] = [/home\.example/u];
  const hide = ({ id, loginName }: Account): void =>
    void secrets.push(new RegExp(`\\b${loginName}\\b`, 'iu'), new RegExp(id, 'u'));
  for (const [person, account] of people) if (!MODERATORS.includes(person) && person !== 'odile') hide(account);

  const accountOf = (person: PersonName): Account => {
    const account = people.get(person);
    if (account === undefined) throw new Error(`there is no ${person}`);
    return account;
  };
  const application = () => applications.get(applicationId);

  /** The page of a moderator says nothing of who stands behind a profile, nor which ones belong together. */
  async function expectBlind(page: Page): Promise<void> {
    const html = await page.content();
    const told = secrets.filter((secret) => secret.test(html));
    expect([page.url(), told]).toEqual([page.url(), []]);
    if (!/\/(?:profiles|requests|appeals)\/[\w-]+/u.test(new URL(page.url()).pathname)) return;
    // A page about one profile names no other profile of its owner.
    const mine = await profiles.all(accountOf('alix').id, [applicationId]);
    const named = mine.filter(({ id, name }) => html.includes(id) || new RegExp(`\\b${name}\\b`, 'u').test(html));
    expect([page.url(), named.length < 2]).toEqual([page.url(), true]);
  }

  return {
    house,
    town,
    language,
    t,
    applicationId,
    application,
    accountOf,

    /** The page of the moderators below the application's. */
    at: (path: string): string => `${house.url}/moderation/${applicationId}${path}`,

    /** Changes what only administrators change. */
    async setRules(rules: Partial<ApplicationSettings>): Promise<void> {
      const { id, ...now } = await application();
      await applications.change(id, { ...now, ...rules });
    },

    /** Somebody who is nobody of the tests, and asks for a profile. */
    async newcomer(loginName: string, name: string, words: string): Promise<void> {
      const password = PEOPLE.bruno.password;
      const mailbox = `${loginName}@home.example`;
      const account = await accounts.add({ loginName, password, mailbox, mailboxVerified: true, language });
      hide(account);
      await profiles.request(account.id, await application(), { name, note: '', words, urgent: false });
    },

    /** A profile that somebody has had for a while. */
    async settled(person: PersonName, name: string): Promise<Profile> {
      const asked = { name, note: '', words: '', urgent: false };
      const profile = await profiles.request(accountOf(person).id, await application(), asked);
      await house.parts.storage.write((tx) => profiles.moderated.approve(tx, profile.id));
      return profile;
    },

    /** The letter to somebody with this subject, however many others came before. */
    async letter(person: PersonName, subject: TextKey, values: TextParams = {}): Promise<Caught> {
      const wanted = t(subject, { application: 'Mastodon', instance: 'La Hulotte', ...values });
      const find = () =>
        catcher.letters.find(({ to, subject: its }) => to === PEOPLE[person].mailbox && its === wanted);
      await expect
        .poll(
          async () => {
            await mail.deliver();
            return find()?.subject;
          },
          { timeout: PATIENCE, message: wanted },
        )
        .toBe(wanted);
      return find() as Caught;
    },

    /** A window of somebody's, without script. */
    async desk(person: PersonName) {
      const window = await openWindow(browser, {
        javaScriptEnabled: false,
        locale: language === 'fr' ? 'fr-FR' : 'en-GB',
        reducedMotion: 'reduce',
      });
      const { page } = window;
      window.context.setDefaultTimeout(PATIENCE);
      const hand = makeHand(() => window, language, 'nothing');
      return {
        page,
        ...hand,

        /** Goes where somebody has to sign in, and does. */
        async signIn(url: string): Promise<void> {
          await page.goto(url);
          await page.getByLabel(t('sign_in.login')).fill(PEOPLE[person].loginName);
          await page.getByLabel(t('sign_in.password'), { exact: true }).fill(PEOPLE[person].password);
          await hand.press('sign_in.submit');
        },

        /** All the words of the page. Spaces that break no line stay what they are. */
        words: async (): Promise<string> =>
          ((await page.locator('main').textContent()) ?? '').replaceAll(/[ \n]+/gu, ' '),

        /** The page is right for everybody, and blind where a moderator reads it. */
        async expectSound(): Promise<void> {
          await hand.expectSound();
          expect([page.url(), await mirror.findings(page)]).toEqual([page.url(), []]);
          if (MODERATORS.includes(person)) await expectBlind(page);
        },

        close: () => window.context.close(),
      };
    },

    async close(): Promise<void> {
      await mirror.close();
      await town.close();
      await house.close();
      await catcher.close();
    },
  };
}
