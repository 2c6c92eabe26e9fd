import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawLetter } from '../../views/mail/letter.tsx';
import { PLANS, type LetterName } from '../../views/mail/plans.ts';
import { languages } from '../../views/text.ts';
import { axeFindings, browserPresent, launchBrowser, openWindow } from '../browser.ts';

const house = { name: 'Le Nid des Chouettes', url: 'https://nest.example', contact: 'odile, au bureau' };
const values = {
  token: 'x'.repeat(43),
  application: 'Mastodon du Lac',
  login_name: 'alix',
  days: '3',
  question: 'Comment avez-vous connu le Nid ?\nQui vous en a parlé ?',
  address: 'https://lac.example/',
  reason: 'Le Nid est réservé aux gens du lac.',
  count: '7',
  oldest_days: '12',
  method: 'passkey',
  left: '9',
  device: 'Firefox, Linux',
  day: '2026-12-01',
  code: '0417 2983',
  opens: '2026-12-01T08:30:00.000Z',
  profile: 'p'.repeat(22),
  moderated: 'm'.repeat(22),
  name: 'hulotte',
  new_name: 'chevêche',
  words: 'Trois messages par jour suffisent.\nMerci.',
  review: '4',
  appeals: '6',
  applications: 'Mastodon du Lac, Forum',
  step: 'confirmed',
  by: 'odile',
  fresh: 'firmin',
  number: '41',
  request: '37',
  head: `41:${'0ddba11'.repeat(9)}f`,
  reference: 'Art. 6',
  login: 'yes',
  mailbox: 'yes',
  here: 'yes',
  everywhere: 'yes',
  connections: 'yes',
  old_accounts: 'a'.repeat(22),
  stop: `${'a'.repeat(22)}.${'k'.repeat(6)}.${'t'.repeat(43)}.${'m'.repeat(22)}`,
};

describe.skipIf(!browserPresent)('letters in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  test.each(languages)(
    'nothing is wrong with any letter in %s for axe in light and dark, on a small phone, and none asks for anything',
    async (language) => {
      const { context, page } = await openWindow(browser, { viewport: { width: 320, height: 640 } });
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      const found: string[] = [];
      for (const kind of Object.keys(PLANS) as LetterName[]) {
        await page.emulateMedia({ colorScheme: 'light' });
        await page.setContent(drawLetter(language, house, kind, values).html);
        found.push(...(await axeFindings(page)).map((finding) => `${kind}: ${finding}`));
        await page.emulateMedia({ colorScheme: 'dark' });
        found.push(
          ...(await axeFindings(page, ['color-contrast'])).map((finding) => `${kind} in the dark: ${finding}`),
        );
        if (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) found.push(`${kind} is too wide`);
      }
      await context.close();
      expect(found).toEqual([]);
      expect(asked).toEqual([]);
    },
  );
});
