import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'vitest';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from 'playwright-core';
import { translator, type Language, type TextKey, type TextParams } from '../views/text.ts';

const executablePath = '/usr/bin/chromium';

/** Whether there is a browser to test with. Says loudly when there is none. */
export const browserPresent = existsSync(executablePath);
if (!browserPresent) console.warn(`No ${executablePath}: the pages are NOT checked in a browser.`);

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Starts the browser, talking to nobody but the tests. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Somebody's window, and what the browser complained about in it. */
export type Window = {
  readonly context: BrowserContext;
  readonly page: Page;
  /** What the page's headers forbade, scripts that failed, parts of a page that were not found. */
  readonly complaints: string[];
};

/** Opens a window that writes down every complaint of the browser. */
export async function openWindow(browser: Browser, options: BrowserContextOptions = {}): Promise<Window> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, ...options });
  // A guard against hanging: the machine may have other things to do.
  context.setDefaultTimeout(120_000);
  const complaints: string[] = [];
  context.on('console', (message) => {
    // A form that comes back with its errors is a 422, which the browser reports too.
    const refusal = message.text().startsWith('Failed to load resource: the server responded with a status of 4');
    if (!refusal || message.location().url.includes('/assets/')) complaints.push(message.text());
  });
  context.on('weberror', (problem) => complaints.push(problem.error().message));
  return { context, page: await context.newPage(), complaints };
}

/**
 * Clicks, and waits for the whole of the page it leads to, where it leads to one: the library goes on as soon as that
 * page has begun to arrive, and what is counted in it then may not be there yet.
 */
export async function clickThrough(target: Locator): Promise<void> {
  await target.click();
  await target.page().waitForLoadState();
}

/** What axe-core calls wrong with the page as it stands: the rule, how grave, and where. Needs script. */
export async function axeFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  const known = await page.evaluate('typeof axe === "object"');
  if (known !== true) await page.evaluate(axe);
  const options = { resultTypes: ['violations'], preload: false, ...(rules === undefined ? {} : { runOnly: rules }) };
  return page.evaluate(
    `axe.run(${JSON.stringify(options)}).then(({ violations }) => violations.map((v) => v.id + ' (' + v.impact + ') ' + v.nodes.map((n) => n.target.join(' ')).join(', ')))`,
  );
}

/** What axe looks at: everything, once more the contrast (where the colours are others), or nothing (without script). */
export type AxeScope = 'everything' | 'contrast' | 'nothing';

/**
 * A window with script that shows pages of another one that has none, exactly as they arrived there, to axe. Styles and
 * pictures come from where they always do.
 */
export async function openMirror(browser: Browser): Promise<{
  findings(page: Page): Promise<string[]>;
  close(): Promise<void>;
}> {
  const { context, page: mirror } = await openWindow(browser, { reducedMotion: 'reduce' });
  let shown = { url: '', html: '' };
  await context.route(
    ({ href }) => href === shown.url,
    (route) => route.fulfill({ contentType: 'text/html; charset=utf-8', body: shown.html }),
  );
  return {
    async findings(page) {
      // Nothing is asked of a place in the page: two places in it are two pages to axe.
      shown = { url: page.url().replace(/#.*$/u, ''), html: await page.content() };
      await mirror.goto('about:blank');
      await mirror.goto(shown.url);
      return axeFindings(mirror);
    },
    close: () => context.close(),
  };
}

/** What somebody does in a window, in the words of their language. */
export function makeHand(window: () => Window, language: Language, scope: AxeScope) {
  const t = translator(language);
  return {
    press: (key: TextKey, params?: TextParams) =>
      clickThrough(window().page.getByRole('button', { name: t(key, params), exact: true })),
    follow: (key: TextKey, params?: TextParams) =>
      clickThrough(window().page.getByRole('link', { name: t(key, params), exact: true })),
    heading: () => window().page.getByRole('heading', { level: 1 }).textContent(),
    said: () => window().page.getByRole('status').textContent(),

    /** The page as it stands is in the right language, right for everybody, and asked for nothing it may not have. */
    async expectSound(): Promise<void> {
      const { page, complaints } = window();
      await page.waitForLoadState();
      expect(await page.locator('html').getAttribute('lang')).toBe(language);
      if (scope !== 'nothing') {
        const findings = await axeFindings(page, scope === 'contrast' ? ['color-contrast'] : undefined);
        expect([page.url(), findings]).toEqual([page.url(), []]);
      }
      expect(complaints).toEqual([]);
    },
  };
}
