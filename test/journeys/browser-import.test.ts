import { readFile } from 'node:fs/promises';
import bcrypt from 'bcryptjs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Application } from '../../src/applications/applications.ts';
import { translator } from '../../views/text.ts';
import { browserPresent, clickThrough, launchBrowser, makeHand, openWindow, type Window } from '../browser.ts';
import { openHouse, type House } from '../house.ts';
import { openMailCatcher, type MailCatcher } from '../mail-catcher.ts';
import { addApplication, addPerson, PEOPLE } from '../people.ts';

const HASH = bcrypt.hashSync('kingfisher by the weir', 4).replace('$2b$', '$2a$');

/** What Mastodon's database gives by the statement of the page: three people, and one whose password nobody can try. */
const TABLE = [
  'key,name,hash,address,confirmed,disabled,second_factor',
  `1,heron,${HASH},heron@old.example,t,f,f`,
  `2,Heron_,${HASH},egret@old.example,t,f,f`,
  `3,rail,${HASH},rail@old.example,f,t,f`,
  '4,bittern,a riddle,bittern@old.example,t,f,f',
  '',
].join('\n');

describe.skipIf(!browserPresent)('moving in, by the pages of a browser', () => {
  let house: House;
  let browser: Browser;
  let mail: MailCatcher;

  beforeAll(async () => {
    mail = await openMailCatcher();
    const settings = { ALUCO_SMTP: mail.smtp, ALUCO_MAIL_FROM: 'aluco@nest.example' };
    [house, browser] = await Promise.all([openHouse({ settings }), launchBrowser()]);
    for (const name of ['odile', 'bruno'] as const) await addPerson(house.parts, name);
  });
  afterAll(async () => {
    await browser?.close();
    await house?.close();
    await mail?.close();
  });

  describe.each([
    { language: 'fr', javaScriptEnabled: true, viewport: { width: 390, height: 844 } },
    { language: 'en', javaScriptEnabled: false, viewport: { width: 1280, height: 800 } },
  ] as const)('odile, in $language, with script: $javaScriptEnabled', ({ language, javaScriptEnabled, viewport }) => {
    const t = translator(language);
    let window: Window;
    let page: Page;
    let lake: Application;

    const { press, follow, said, expectSound } = makeHand(
      () => window,
      language,
      javaScriptEnabled ? 'everything' : 'nothing',
    );
    const base = (): string => `${house.url}/admin/applications/${lake.id}/old-accounts`;

    /** The page says so by itself, loaded again as often as it takes. */
    const says = (text: string): Promise<void> => page.getByText(text, { exact: true }).first().waitFor();

    async function send(name: string, content: string): Promise<void> {
      await page.locator('#file').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(content) });
      await press('admin.old.upload.do');
      await says(t('admin.old.file.waiting'));
      await house.parts.legacy.uploads.work();
      await says(t('admin.old.file.checked'));
    }

    async function bringIn(): Promise<void> {
      await press('admin.old.file.import');
      expect(await said()).toBe(t('notice.old_import_asked'));
      await house.parts.legacy.uploads.work();
      await says(t('admin.old.file.done'));
    }

    beforeAll(async () => {
      const odile = await house.parts.accounts.findByLogin(PEOPLE.odile.loginName);
      if (odile !== undefined) await house.parts.accounts.setLanguage(odile.id, language);
      lake = await addApplication(house.parts, `Lake ${language}`, 'https://lake.example/');
      window = await openWindow(browser, { javaScriptEnabled, locale: language, viewport, reducedMotion: 'reduce' });
      page = window.page;
      await page.goto(house.url);
      await page.locator('#login').fill(PEOPLE.odile.loginName);
      await page.locator('#password').fill(PEOPLE.odile.password);
      await clickThrough(page.locator('form[action$="/sign-in"] button.primary'));
    });
    afterAll(() => window?.context.close());

    test('sends a table of Mastodon, reads what the check found, and imports it', async () => {
      await page.goto(`${house.url}/admin/applications/${lake.id}`);
      await follow('admin.application.old_open');
      await expectSound();
      await follow('admin.old.new');
      await page.locator('#kind-source').selectOption('mastodon');
      await press('admin.old.upload.choose');
      expect(await page.locator('main').textContent()).toContain('FROM accounts a');
      await expectSound();
      await press('admin.old.upload.do');
      expect(await page.locator('#file-error').textContent()).toContain(t('error.upload_missing'));
      await send('mastodon.csv', TABLE);
      const report = await page.locator('main').textContent();
      for (const words of [t('admin.old.report.count.alike'), t('legacy.problem.hash_unknown')])
        expect(report).toContain(words);
      await expectSound();
      await bringIn();
      await expectSound();
    });

    test('downloads what was rejected, corrects it, and sends it again', async () => {
      const download = page.waitForEvent('download');
      await page.getByRole('link', { name: t('admin.old.rejects.download'), exact: true }).click();
      const lines = await readFile(await (await download).path(), 'utf8');
      expect(lines).toContain('a riddle');
      await page.goto(`${base()}/new?source=mastodon`);
      await send('rejects.csv', lines.replace('a riddle', HASH));
      await bringIn();
      expect(await house.parts.legacy.reclaim.isReserved(lake.id, 'bittern')).toBe(true);
    });

    test('writes to those who have not come yet', async () => {
      await page.goto(base());
      await follow('admin.old.notices_open');
      await page.locator('#size').fill('2');
      await page.locator('#language').selectOption(language);
      await press('admin.old.notice.do');
      expect(await said()).toBe(t('notice.old_notices_begun'));
      await house.parts.legacy.notices.run();
      await house.parts.mail.deliver();
      const letter = await mail.next('bittern@old.example');
      expect(letter.subject).toContain(`Lake ${language}`);
      await page.reload();
      expect(await page.locator('main').textContent()).toContain(t('admin.old.notice.running'));
      await expectSound();
      await press('admin.old.notice.stop');
      expect(await said()).toBe(t('notice.old_notices_stopped'));
    });

    test('hands a link to somebody who has lost everything, and sees on the chart that they came', async () => {
      await page.goto(`${base()}/hand`);
      await page.locator('#name').fill('heron');
      await press('admin.old.hand.do');
      expect(await page.locator('#sure-error').textContent()).toContain(t('error.sure_needed'));
      await page.getByLabel(t('admin.old.hand.sure')).check();
      await press('admin.old.hand.do');
      const address = (await page.locator('.reference code').textContent()) ?? '';
      await expectSound();
      const bruno = await house.parts.accounts.findByLogin('bruno');
      await house.parts.legacy.reclaim.withLink(bruno?.id ?? '', address.trim().split('/').at(-1) ?? '');

      const first = (await house.parts.legacy.batches.list(lake.id)).find(({ tally }) => tally.names === 3);
      await page.goto(`${base()}/batches/${first?.id}`);
      expect(await page.locator('main').textContent()).toContain(t('admin.old.batch.taken_of', { taken: 1, total: 3 }));
      const box = await page.locator('svg.chart').boundingBox();
      expect(box?.height).toBeGreaterThan(80);
      expect(
        await page.locator('svg.chart path.chart-line').evaluate((line) => getComputedStyle(line).stroke),
      ).not.toBe('none');
      await page.getByText(t('admin.old.batch.by_day'), { exact: true }).first().click();
      expect(await page.locator('details[open] tbody tr').count()).toBe(1);
      expect(await page.locator('main').textContent()).toContain(t('admin.old.undo.taken'));
      await expectSound();
    });

    test('undoes the import that nobody took a name from, once the reverse file was run', async () => {
      const second = (await house.parts.legacy.batches.list(lake.id)).find(({ tally }) => tally.names === 1);
      await page.goto(`${base()}/tell`);
      const download = page.waitForEvent('download');
      await page.locator('[aria-labelledby=link] form button.secondary').click();
      expect((await download).suggestedFilename()).toBe('unlink.sql');
      await page.goto(`${base()}/batches/${second?.id}`);
      await press('admin.old.undo.do');
      expect(await page.locator('#reverseRun-error').textContent()).toContain(t('error.legacy_reverse_first'));
      await expectSound();
      await page.getByLabel(t('admin.old.undo.reverse')).check();
      await press('admin.old.undo.do');
      expect(await said()).toBe(t('notice.old_undone'));
      expect(await house.parts.legacy.reclaim.isReserved(lake.id, 'bittern')).toBe(false);
      await expectSound();
    });
  });
});
