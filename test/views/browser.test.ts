import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { axeFindings, browserPresent, clickThrough, launchBrowser, openWindow } from '../browser.ts';
import { samples, sentence } from './samples.ts';
import { serveSamples } from './served.ts';

const lasting = samples.filter(({ name }) => name !== 'form-post');

/** A dozen pages are what one test has time for on a small machine. */
const DOZEN = 12;
const dozens = Array.from({ length: Math.ceil(lasting.length / DOZEN) }, (_, at) => ({
  first: at * DOZEN + 1,
  pages: lasting.slice(at * DOZEN, (at + 1) * DOZEN),
}));

describe.skipIf(!browserPresent)('in a browser', () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveSamples>>;

  beforeAll(async () => {
    site = await serveSamples();
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  async function withPage(options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext(options);
    try {
      await use(await context.newPage());
    } finally {
      await context.close();
    }
  }

  /** Goes through pages once, in one window, and writes down whatever is wrong with any of them. */
  async function inspect(pages: typeof lasting): Promise<{ axe: string[]; complaints: string[]; wide: string[] }> {
    // Without motion: a colour that is still on its way has no contrast of its own.
    const viewport = { width: 320, height: 640 };
    const { context, page, complaints } = await openWindow(browser, { reducedMotion: 'reduce', viewport });
    const found: string[] = [];
    const wide: string[] = [];
    for (const { name } of pages) {
      await page.emulateMedia({ colorScheme: 'light' });
      await page.goto(`${site.url}/fr/${name}`);
      found.push(...(await axeFindings(page)).map((finding) => `${name}: ${finding}`));
      await page.emulateMedia({ colorScheme: 'dark' });
      found.push(...(await axeFindings(page, ['color-contrast'])).map((finding) => `${name} in the dark: ${finding}`));
      if (await page.evaluate('document.documentElement.scrollWidth > innerWidth')) wide.push(name);
    }
    await context.close();
    return { axe: found, complaints, wide };
  }

  test.each(dozens)(
    'nothing is wrong with any page for axe in light and dark, for its headers, or on a small phone (pages from $first on)',
    async ({ pages }) => {
      expect(await inspect(pages)).toEqual({ axe: [], complaints: [], wide: [] });
    },
  );

  test('what went wrong is under the cursor first, and leads to the field', async () => {
    await withPage({}, async (page) => {
      await page.goto(`${site.url}/en/sign-in-errors`);
      expect(await page.evaluate('document.activeElement.className')).toBe('problem');
      await clickThrough(page.getByRole('link', { name: sentence('en', 'credentials_wrong') }));
      expect(await page.evaluate('document.activeElement.id')).toBe('login');
    });
  });

  test('a password can be shown, and is hidden again when it is sent', async () => {
    await withPage({}, async (page) => {
      await page.goto(`${site.url}/en/sign-in`);
      const password = page.getByLabel('Password');
      await clickThrough(page.getByRole('button', { name: 'Show' }));
      expect(await password.getAttribute('type')).toBe('text');
      await page.evaluate(
        `document.querySelector('main form').addEventListener('submit', (event) => event.preventDefault())`,
      );
      await clickThrough(page.getByRole('button', { name: 'Sign in' }));
      expect(await password.getAttribute('type')).toBe('password');
    });
  });

  test('an answer to an application is sent by itself, and without script by the button', async () => {
    await withPage({}, async (page) => {
      // It leads on before it is whole.
      await page.goto(`${site.url}/en/form-post`, { waitUntil: 'commit' });
      await page.waitForURL(`${site.url}/callback`);
    });
    await withPage({ javaScriptEnabled: false }, async (page) => {
      await page.goto(`${site.url}/en/form-post`);
      await clickThrough(page.getByRole('button', { name: 'Continue' }));
      await page.waitForURL(`${site.url}/callback`);
    });
    expect(site.received).toEqual(['/callback', '/callback']);
  });
});
