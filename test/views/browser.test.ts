import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { samples, sentence } from './samples.ts';
import { serveSamples } from './served.ts';

const executablePath = '/usr/bin/chromium';
const present = existsSync(executablePath);
if (!present) console.warn(`No ${executablePath}: the pages are NOT checked in a browser.`);

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const lasting = samples.filter(({ name }) => name !== 'form-post');

describe.skipIf(!present)('in a browser', () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof serveSamples>>;

  beforeAll(async () => {
    site = await serveSamples();
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    });
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

  test.each(['light', 'dark'] as const)('axe finds nothing wrong with any page in %s', async (colorScheme) => {
    await withPage({ colorScheme, bypassCSP: true, viewport: { width: 390, height: 844 } }, async (page) => {
      const found: string[] = [];
      for (const { name } of lasting) {
        await page.goto(`${site.url}/fr/${name}`);
        await page.evaluate(axe);
        const violations: string[] = await page.evaluate(
          `axe.run().then(({ violations }) => violations.map((v) => v.id + ' ' + v.nodes.map((n) => n.target.join(' ')).join(', ')))`,
        );
        found.push(...violations.map((violation) => `${name}: ${violation}`));
      }
      expect(found).toEqual([]);
    });
  });

  test('no page asks for anything its headers forbid, nor scrolls sideways on a small phone', async () => {
    await withPage({ viewport: { width: 320, height: 640 } }, async (page) => {
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      for (const { name } of lasting) {
        await page.goto(`${site.url}/fr/${name}`);
        const wide: boolean = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
        if (wide) complaints.push(`${name} is wider than the screen`);
      }
      expect(complaints).toEqual([]);
    });
  });

  test('what went wrong is under the cursor first, and leads to the field', async () => {
    await withPage({}, async (page) => {
      await page.goto(`${site.url}/en/sign-in-errors`);
      expect(await page.evaluate('document.activeElement.className')).toBe('problem');
      await page.getByRole('link', { name: sentence('en', 'credentials_wrong') }).click();
      expect(await page.evaluate('document.activeElement.id')).toBe('login');
    });
  });

  test('a password can be shown, and is hidden again when it is sent', async () => {
    await withPage({}, async (page) => {
      await page.goto(`${site.url}/en/sign-in`);
      const password = page.getByLabel('Password');
      await page.getByRole('button', { name: 'Show' }).click();
      expect(await password.getAttribute('type')).toBe('text');
      await page.evaluate(
        `document.querySelector('main form').addEventListener('submit', (event) => event.preventDefault())`,
      );
      await page.getByRole('button', { name: 'Sign in' }).click();
      expect(await password.getAttribute('type')).toBe('password');
    });
  });

  test('an answer to an application is sent by itself, and without script by the button', async () => {
    await withPage({}, async (page) => {
      await page.goto(`${site.url}/en/form-post`);
      await page.waitForURL(`${site.url}/callback`);
    });
    await withPage({ javaScriptEnabled: false }, async (page) => {
      await page.goto(`${site.url}/en/form-post`);
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.waitForURL(`${site.url}/callback`);
    });
    expect(site.received).toEqual(['/callback', '/callback']);
  });
});
