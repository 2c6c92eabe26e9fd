import type { Browser, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { translator } from '../../views/text.ts';
import { browserPresent, clickThrough, launchBrowser, makeHand, openWindow, type Window } from '../browser.ts';
import { openHouse, type House } from '../house.ts';
import { addPerson, PEOPLE } from '../people.ts';

describe.skipIf(!browserPresent)('work against robots, in a browser', () => {
  let house: House;
  let browser: Browser;
  let window: Window | undefined;

  beforeAll(async () => {
    [house, browser] = await Promise.all([openHouse(), launchBrowser()]);
    for (const name of ['alix', 'bruno', 'odile'] as const) await addPerson(house.parts, name);
  });
  afterAll(async () => {
    await browser?.close();
    await house?.close();
  });

  /** Somebody who has failed so often that work is asked for. */
  async function arrive(
    name: 'alix' | 'bruno',
    language: 'fr' | 'en',
    javaScriptEnabled: boolean,
    onSolver?: (route: Route) => Promise<void>,
  ) {
    const locale = language === 'fr' ? 'fr-FR' : 'en-GB';
    const opened = await openWindow(browser, { javaScriptEnabled, locale, reducedMotion: 'reduce' });
    window = opened;
    const { page } = opened;
    if (onSolver !== undefined) await page.route('**/work-solver.js*', onSolver);
    const t = translator(language);
    const hand = makeHand(() => opened, language, javaScriptEnabled ? 'everything' : 'nothing');
    const send = async (password: string): Promise<void> => {
      await page.getByLabel(t('sign_in.login')).fill(PEOPLE[name].loginName);
      await page.getByLabel(t('sign_in.password'), { exact: true }).fill(password);
      await hand.press('sign_in.submit');
    };
    await page.goto(`${house.url}/account`);
    while ((await page.locator('[data-challenge]').count()) === 0) await send('not the password');
    return { ...hand, page, t, send };
  }

  test('is done in the background, says so, and lets the form go by itself', async () => {
    const { page, t, send, expectSound } = await arrive('alix', 'fr', true);
    expect(await page.locator('#work').isVisible()).toBe(false);
    await page.getByText(t('work.done')).waitFor();
    expect(await page.locator('.work [role=status]').textContent()).toBe(t('work.done'));
    await expectSound();
    await send(PEOPLE.alix.password);
    await page.waitForURL(`${house.url}/account`);
    await window?.context.close();
  });

  test('is waited for by whoever was faster, and the form is sent once', async () => {
    // The solver comes only after the button was pressed.
    let letGo = (): void => {};
    const pressed = new Promise<void>((resolve) => (letGo = resolve));
    const { page, t, send } = await arrive('alix', 'en', true, async (route) => {
      await pressed;
      await route.continue();
    });
    const sent: string[] = [];
    // The page asks for passkeys by a POST of its own; a form that is sent is a navigation.
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.isNavigationRequest()) sent.push(request.url());
    });
    await send(PEOPLE.alix.password);
    await page.getByText(t('work.waiting')).waitFor();
    await clickThrough(page.getByRole('button', { name: t('sign_in.submit'), exact: true }));
    expect(sent).toEqual([]);
    letGo();
    await page.waitForURL(`${house.url}/account`);
    expect(sent).toHaveLength(1);
    await window?.context.close();
  });

  test('is asked as a question where the solver cannot run, and the form can be sent', async () => {
    const { page, t, send, expectSound } = await arrive('bruno', 'en', true, (route) =>
      route.fulfill({ status: 404, body: '' }),
    );
    await send(PEOPLE.bruno.password);
    await page.locator('#work').waitFor();
    window?.complaints.splice(0);
    await expectSound();
    await answer(page, t);
    await send(PEOPLE.bruno.password);
    await page.waitForURL(`${house.url}/account`);
    await window?.context.close();
  });

  test.each(['fr', 'en'] as const)('is a question in words without scripts (%s)', async (language) => {
    const { page, t, send, expectSound } = await arrive('bruno', language, false);
    expect(await page.locator('#work').isVisible()).toBe(true);
    await expectSound();
    await answer(page, t);
    await send(PEOPLE.bruno.password);
    await page.waitForURL(`${house.url}/account`);
    await window?.context.close();
  });

  /** Copies the word that is asked for. */
  async function answer(page: Window['page'], t: ReturnType<typeof translator>): Promise<void> {
    const label = (await page.locator('label[for=work]').textContent()) ?? '';
    const words = label.split(/:\s*/u)[1]?.split(', ') ?? [];
    const place = ['1', '2', '3', '4', '5', '6'].findIndex(
      (at) => t('work.question', { place: at, words: words.join(', ') }) === label.trim(),
    );
    await page.locator('#work').fill(words[place] ?? '');
  }
});
